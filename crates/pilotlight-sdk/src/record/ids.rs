//! Trace and span ids.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use opentelemetry::trace::{SpanId, TraceId};
use rand::rngs::{SmallRng, SysRng};
use rand::{Rng, SeedableRng};

/// Makes the ids of new traces and spans.
///
/// Runs on the caller's thread for every span, so it must be quick and must not block. A panic is caught and counted; the span
/// then gets random ids.
///
/// Specification: "Id Generators", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#id-generators>.
pub trait IdGenerator: Send + Sync + fmt::Debug + 'static {
    /// The id of a new trace. Must not be zero.
    fn new_trace_id(&self) -> TraceId;

    /// The id of a new span. Must not be zero.
    fn new_span_id(&self) -> SpanId;

    /// Whether at least the rightmost seven bytes of the trace ids are random, which our roots then say with the W3C
    /// random-trace-id flag.
    ///
    /// Specification: "TraceID randomness",
    /// <https://opentelemetry.io/docs/specs/otel/trace/sdk/#traceid-randomness>.
    fn is_random(&self) -> bool {
        false
    }
}

impl IdGenerator for Box<dyn IdGenerator> {
    fn new_trace_id(&self) -> TraceId {
        (**self).new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        (**self).new_span_id()
    }

    fn is_random(&self) -> bool {
        (**self).is_random()
    }
}

/// The default: xoshiro256++ for each thread, seeded by the operating system. Never zero. Costs about 2 ns an id.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    #[inline]
    fn new_trace_id(&self) -> TraceId {
        with_rng(|rng| {
            TraceId::from(nonzero(|| u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())))
        })
    }

    #[inline]
    fn new_span_id(&self) -> SpanId {
        with_rng(|rng| SpanId::from(nonzero(|| rng.next_u64())))
    }

    fn is_random(&self) -> bool {
        true
    }
}

/// A uniformly distributed number in `0.0..1.0`, for jitter.
pub(crate) fn random_fraction() -> f64 {
    // 53 bits are what a double holds exactly.
    with_rng(|rng| (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64)
}

thread_local! {
    /// Taken out while it is used: a cell needs no borrow flag and its contents no destructor.
    static RNG: Cell<Option<SmallRng>> = const { Cell::new(None) };
}

#[inline]
fn with_rng<T>(f: impl FnOnce(&mut SmallRng) -> T) -> T {
    RNG.with(|cell| {
        let mut rng = cell.take().unwrap_or_else(seeded);
        let value = f(&mut rng);
        cell.set(Some(rng));
        value
    })
}

#[cold]
fn seeded() -> SmallRng {
    // Where the system gives no randomness (it always does but in early boot), the keys of std's hash maps are the next best.
    SmallRng::try_from_rng(&mut SysRng)
        .unwrap_or_else(|_| SmallRng::seed_from_u64(RandomState::new().hash_one(std::thread::current().id())))
}

fn nonzero<T: Default + PartialEq>(mut next: impl FnMut() -> T) -> T {
    loop {
        let value = next();
        if value != T::default() {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_many_threads_never_repeat_and_are_never_zero() {
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| (0..1000).map(|_| RandomIds.new_span_id()).collect::<Vec<_>>()))
            .collect();
        let ids: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert!(!ids.contains(&SpanId::INVALID));
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 8000);
    }

    #[test]
    fn a_zero_is_drawn_again() {
        let mut draws = [0u64, 0, 7].into_iter();
        assert_eq!(nonzero(|| draws.next().unwrap()), 7);
    }
}
