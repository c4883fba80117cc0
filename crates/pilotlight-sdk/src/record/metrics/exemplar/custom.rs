//! Reservoirs of users' own: called on the measuring thread, and kept from doing it harm.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opentelemetry::{Context, KeyValue};

use crate::record::metrics::attributes::Measured;

use super::Exemplar;

/// How many exemplars a user's reservoir may keep: far more than anybody looks at, and no harm done.
const SLOTS_MAX: usize = 1_024;

/// A measurement offered to an [`ExemplarReservoir`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Offer<'a> {
    /// The measured value.
    pub value: f64,
    /// All its attributes, those that a view leaves out included.
    pub attributes: &'a [KeyValue],
    /// The context it was made in.
    pub context: &'a Context,
    /// When it was made, in nanoseconds since the Unix epoch.
    pub time_nanos: u64,
}

/// Chooses which measurements of one series become exemplars, in place of the built-in reservoirs. Given to a
/// [`View`](crate::record::View).
///
/// Each thread has its own for each series. `offer` runs on the measuring thread, for every measurement that the filter lets
/// pass, under a lock that is only ever contended by a collection: it must be quick. Should it measure something itself, that
/// counts, without becoming an exemplar. A panic in it is caught, and the measurement counts nevertheless.
///
/// Specification: "ExemplarReservoir", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#exemplarreservoir>.
pub trait ExemplarReservoir: Send {
    /// Answers whether to keep this measurement, and in which slot. The one that was there is replaced.
    fn offer(&mut self, offer: &Offer<'_>) -> Option<usize>;

    /// How many slots there are. More than 1,024 are not used.
    fn size(&self) -> usize;

    /// Called once after a collection, on the measuring thread, before the next offer.
    fn collected(&mut self) {}
}

/// Makes a reservoir for each thread and series.
pub(crate) type ReservoirMaker = Arc<dyn Fn() -> Box<dyn ExemplarReservoir> + Send + Sync>;

thread_local! {
    /// Whether a user's reservoir is being asked something on this thread.
    static IS_ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of a user's reservoir. `None` when it panicked, or when it measured something that would have asked it, or
/// another one, again: that would have no end.
pub(super) fn ask<R>(f: impl FnOnce() -> R) -> Option<R> {
    if IS_ASKING.replace(true) {
        return None;
    }
    let answer = catch_unwind(AssertUnwindSafe(f)).ok();
    IS_ASKING.set(false);
    answer
}

/// Asks a user's reservoir; a panic in it, or a slot that does not exist, is a no.
pub(super) fn offer_to(
    reservoir: &mut dyn ExemplarReservoir,
    exemplar: &Exemplar,
    measured: Measured<'_>,
) -> Option<(usize, usize)> {
    let choose = || {
        let context = Context::current();
        let offer = Offer {
            value: exemplar.value.to_f64(),
            attributes: measured.all(),
            context: &context,
            time_nanos: exemplar.time_nanos,
        };
        let size = reservoir.size().min(SLOTS_MAX);
        reservoir.offer(&offer).filter(|slot| *slot < size).map(|slot| (slot, size))
    };
    ask(choose).flatten()
}
