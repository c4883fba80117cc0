//! What time it is, for about the price of reading a counter.
//!
//! Asking the operating system for the wall-clock time costs as much as encoding two attributes, and a span needs it twice. So
//! each thread keeps an *anchor*: a reading of the wall clock together with a reading of a fast monotonic counter. The time
//! is the anchor's wall-clock time plus what the counter has counted since.
//!
//! * The counter's speed is known to some ten parts per million. A thread that finds its anchor older than
//!   [`ANCHOR_LIFE`] takes a new one, so the error stays below a microsecond, and a wall clock that is slewed (NTP) is followed.
//! * Within one thread time never runs backwards: a new anchor that would put the present before a time already handed
//!   out is answered with that time until the wall clock has caught up. A child therefore never starts before a parent that was
//!   started on the same thread. Only when the wall clock is set back by more than [`STEP_MAX`] is the step followed.
//! * A span's end is never before its start: [`record`](super) clamps it, whichever clock either came from.
//!
//! Between threads times agree as well as the anchors do, within about a microsecond.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// How long an anchor is good for: at 100 parts per million, the error of a badly calibrated counter, it is off by 1 µs then.
/// A new anchor costs about 50 ns, so the renewal is lost in the noise.
const ANCHOR_LIFE: u64 = Duration::from_millis(10).as_nanos() as u64;

/// The largest step back of the wall clock that is hidden from a thread by holding time still.
const STEP_MAX: u64 = Duration::from_secs(1).as_nanos() as u64;

/// The longest that reading both clocks takes when nothing comes between; some 50 ns are usual.
const TOGETHER: u64 = 1_000;

/// Where reading them always takes longer, as without the kernel's help, the anchor is as good as it gets.
const REREADS_MAX: u32 = 3;

/// Nanoseconds since the Unix epoch.
pub(crate) type UnixNanos = u64;

/// Where a tracer provider gets its time from.
///
/// Cloning shares the source.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use pilotlight_sdk::record::Clock;
///
/// let clock = Clock::manual(SystemTime::UNIX_EPOCH);
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// The wall clock, read through the processor's counter. This is the default.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is told to [`advance`](Self::advance), for tests.
    pub fn manual(start: SystemTime) -> Self {
        Self(Source::Manual(Arc::new(AtomicU64::new(unix_nanos(start)))))
    }

    /// Moves a manual clock forward. Does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(nanos) = &self.0 {
            // Relaxed: the value is all there is to see.
            nanos.fetch_add(by.as_nanos() as u64, Ordering::Relaxed);
        }
    }

    /// The present.
    pub fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.unix_nanos())
    }

    #[inline]
    pub(crate) fn unix_nanos(&self) -> UnixNanos {
        match &self.0 {
            Source::System => system_nanos(),
            Source::Manual(nanos) => nanos.load(Ordering::Relaxed),
        }
    }
}

/// `time` as nanoseconds since the Unix epoch; times before it are it, times after the year 2554 are that.
pub(crate) fn unix_nanos(time: SystemTime) -> UnixNanos {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

/// The wall clock and the counter, read together.
#[derive(Clone, Copy)]
struct Anchor {
    counter: u64,
    wall: UnixNanos,
    /// The latest time handed out on this thread.
    latest: UnixNanos,
}

thread_local! {
    /// A counter of `u64::MAX` marks the anchor that no thread has taken yet.
    static ANCHOR: Cell<Anchor> = const { Cell::new(Anchor { counter: u64::MAX, wall: 0, latest: 0 }) };
}

/// Calibrates itself at the first use, which is when a provider is built: in well under a millisecond where the counter's
/// speed is known to the system, in up to 200 ms where it has to be measured.
fn counter() -> &'static quanta::Clock {
    static COUNTER: OnceLock<quanta::Clock> = OnceLock::new();
    COUNTER.get_or_init(quanta::Clock::new)
}

#[inline]
fn system_nanos() -> UnixNanos {
    let clock = counter();
    let counter = clock.raw();
    let anchor = ANCHOR.get();
    let elapsed = clock.delta_as_nanos(anchor.counter, counter);
    if anchor.counter == u64::MAX || elapsed > ANCHOR_LIFE {
        return renew(clock, anchor);
    }
    let now = (anchor.wall + elapsed).max(anchor.latest);
    ANCHOR.set(Anchor { latest: now, ..anchor });
    now
}

#[cold]
fn renew(clock: &quanta::Clock, old: Anchor) -> UnixNanos {
    let (counter, wall) = read_together(clock);
    let latest = next_latest(old.latest, wall);
    ANCHOR.set(Anchor { counter, wall, latest });
    latest
}

/// Reads the counter and the wall clock. A thread that is put aside between the two would be wrong by as long for its anchor's
/// whole life, so it reads again.
fn read_together(clock: &quanta::Clock) -> (u64, UnixNanos) {
    let mut counter = clock.raw();
    let mut wall = unix_nanos(SystemTime::now());
    for _ in 0..REREADS_MAX {
        let after = clock.raw();
        if clock.delta_as_nanos(counter, after) <= TOGETHER {
            break;
        }
        counter = after;
        wall = unix_nanos(SystemTime::now());
    }
    (counter, wall)
}

/// The time to hand out when the wall clock reads `wall` and `latest` was the time handed out before.
fn next_latest(latest: UnixNanos, wall: UnixNanos) -> UnixNanos {
    let stepped_back = latest.saturating_sub(wall) > STEP_MAX;
    if stepped_back { wall } else { wall.max(latest) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_on_one_thread_never_runs_backwards_across_anchors() {
        let clock = Clock::system();
        let mut before = clock.unix_nanos();
        let end = before + 3 * ANCHOR_LIFE;
        while before < end {
            let now = clock.unix_nanos();
            assert!(now >= before, "{now} < {before}");
            before = now;
        }
    }

    #[test]
    fn the_clock_agrees_with_the_systems_wall_clock() {
        let clock = Clock::system();
        let before = unix_nanos(SystemTime::now());
        let now = clock.unix_nanos();
        // A renewed anchor lies between the two readings; an old one may lag by its drift.
        assert!(now + 1_000_000 > before, "{now} lags behind {before}");
    }

    proptest! {
        #[test]
        fn a_small_step_back_holds_time_still_and_a_large_one_is_followed(latest in 0u64..1 << 62, back: u32) {
            let wall = latest.saturating_sub(u64::from(back));
            let now = next_latest(latest, wall);
            if latest - wall > STEP_MAX {
                prop_assert_eq!(now, wall);
            } else {
                prop_assert_eq!(now, latest);
            }
        }
    }

    #[test]
    fn times_outside_the_range_of_the_wire_format_are_clamped() {
        assert_eq!(unix_nanos(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), 0);
        assert_eq!(unix_nanos(SystemTime::UNIX_EPOCH + Duration::from_nanos(7)), 7);
    }
}
