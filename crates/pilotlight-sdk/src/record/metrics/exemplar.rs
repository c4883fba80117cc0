//! Exemplars: single measurements kept as examples, with the trace they were made in.
//!
//! A cell's reservoir decides with one comparison that a measurement is not wanted, which is the answer for nearly all of
//! them: each slot knows the count at which its next example is due (Algorithm L, with the count as its clock). Only a measurement
//! that is due is looked at, in the current context.
//!
//! Specification: "Exemplar", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#exemplar>.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, PoisonError, TryLockError};

use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};

use crate::config::ExemplarFilter;
use crate::record::clock::{Clock, UnixNanos};
use crate::record::random_fraction;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, lock};

use super::attributes::Measured;
use super::number::PointNumber;

/// After so many measurements outside of sampled spans in a row, a thread asks less often. A process without traces would
/// otherwise ask each time.
const MISSES_PATIENT: u64 = 32;

/// How many measurements are passed over at most between two questions.
const PASS_OVER_MAX: u64 = 16;

/// How many exemplars a user's reservoir may keep: far more than anybody looks at, and no harm done.
const SLOTS_MAX: usize = 1_024;

/// One measurement kept as an example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) time_nanos: UnixNanos,
    pub(crate) value: PointNumber,
    /// The span it was made in; invalid when there was none.
    pub(crate) span_id: SpanId,
    pub(crate) trace_id: TraceId,
    /// The attributes that a view leaves out of the series.
    pub(crate) filtered_attributes: Vec<KeyValue>,
}

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
/// [`View`](super::View).
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

/// How a stream chooses its exemplars.
#[derive(Clone)]
pub(crate) enum ReservoirKind {
    /// So many of all measurements, each as likely as the others (`SimpleFixedSizeExemplarReservoir`).
    Fixed(usize),
    /// One of each bucket (`AlignedHistogramBucketExemplarReservoir`).
    Aligned(usize),
    /// What the user chose.
    Custom(ReservoirMaker),
}

impl fmt::Debug for ReservoirKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "Fixed({size})"),
            Self::Aligned(buckets) => write!(f, "Aligned({buckets})"),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

/// What all reservoirs of a stream have in common.
#[derive(Clone, Debug)]
pub(crate) struct ExemplarSettings {
    pub(crate) filter: ExemplarFilter,
    pub(crate) kind: ReservoirKind,
    pub(crate) clock: Clock,
}

/// The examples of one cell. Small until there is one: most cells of most services never see a sampled span.
#[derive(Default)]
pub(crate) struct Reservoir {
    /// Measurements outside of sampled spans in a row. Written by the cell's thread alone, like the one below.
    misses: AtomicU64,
    /// How many measurements to let pass before asking again, while there is no slot.
    pass_over: AtomicU64,
    slots: OnceLock<Box<Slots>>,
}

struct Slots {
    /// For each group of slots, the count of measurements at which the next example is due. Zero after a collection: the next
    /// one is. Written by the cell's thread and by collections; relaxed, since a stale value only delays an example.
    due: Box<[AtomicU64]>,
    /// Protects the examples: held by the cell's thread to store one and by a collection to copy them.
    kept: Mutex<Kept>,
}

struct Kept {
    choice: Choice,
    /// Empty until the first example.
    exemplars: Vec<Option<Exemplar>>,
}

enum Choice {
    Fixed {
        size: usize,
        sampling: Sampling,
    },
    Aligned(Vec<Sampling>),
    Custom {
        reservoir: Box<dyn ExemplarReservoir>,
        /// A collection came by, and the reservoir has not been told yet: it is, on the measuring thread, with its next
        /// offer. The exporter thread runs nothing of a user's under the series' lock.
        is_collected: bool,
    },
}

/// Where one run of Algorithm L stands.
#[derive(Clone, Copy, Default)]
struct Sampling {
    /// How many examples this run has taken.
    taken: u64,
    /// The algorithm's W, shrinking with every example once the slots are full.
    w: f64,
}

impl Sampling {
    /// An example is taken at `count`. Answers its slot of `size`, and the count at which the next one is due.
    fn take(&mut self, count: u64, size: usize) -> (usize, u64) {
        if self.taken == 0 {
            self.w = 1.0;
        }
        self.taken += 1;
        let slot = match usize::try_from(self.taken) {
            Ok(taken) if taken <= size => taken - 1,
            _ => ((random_fraction() * size as f64) as usize).min(size - 1),
        };
        if self.taken < size as u64 {
            return (slot, count + 1);
        }
        self.w *= fraction().powf(1.0 / size as f64);
        let skipped = (fraction().ln() / (1.0 - self.w).ln()).floor();
        (slot, count.saturating_add(1).saturating_add(skipped as u64))
    }
}

/// Above zero and below one.
fn fraction() -> f64 {
    random_fraction().clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}

impl Reservoir {
    /// `None` when there are to be no exemplars.
    pub(crate) fn new(settings: &ExemplarSettings) -> Option<Self> {
        (settings.filter != ExemplarFilter::AlwaysOff).then(Self::default)
    }

    /// Whether the `count`-th measurement of `group` may become an exemplar.
    #[inline]
    pub(crate) fn is_due(&self, group: usize, count: u64) -> bool {
        if let Some(slots) = self.slots.get() {
            return slots.is_due(group, count);
        }
        let left = self.pass_over.load(Ordering::Relaxed);
        self.pass_over.store(left.saturating_sub(1), Ordering::Relaxed);
        left == 0
    }

    /// Looks at a measurement that is due. Answers the count at which the group's next one is.
    #[cold]
    #[inline(never)]
    pub(crate) fn offer(
        &self,
        settings: &ExemplarSettings,
        (group, count): (usize, u64),
        value: PointNumber,
        measured: Measured<'_>,
    ) -> u64 {
        let Some((trace_id, span_id)) = span(settings.filter) else {
            return self.let_pass(group, count);
        };
        self.misses.store(0, Ordering::Relaxed);
        let exemplar = Exemplar {
            time_nanos: settings.clock.unix_nanos(),
            value,
            span_id,
            trace_id,
            filtered_attributes: measured.left_out(),
        };
        let Some(slots) = self.open_slots(&settings.kind) else {
            return self.let_pass(group, count);
        };
        // A collection is copying: the next measurement will do as well.
        let mut kept = match slots.kept.try_lock() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
            Err(TryLockError::WouldBlock) => return count + 1,
        };
        let due = kept.take(group, count, exemplar, measured);
        slots.set_due(group, due);
        due
    }

    /// The slots, made now if need be. `None` when a user's reservoir cannot be made.
    fn open_slots(&self, kind: &ReservoirKind) -> Option<&Slots> {
        if self.slots.get().is_none() {
            // Only the cell's thread makes them.
            let _ = self.slots.set(Box::new(Slots::new(kind)?));
        }
        self.slots.get().map(|slots| &**slots)
    }

    /// No sampled span: asks again with the next measurement, or some later, when there has been none for long.
    fn let_pass(&self, group: usize, count: u64) -> u64 {
        let misses = self.misses.load(Ordering::Relaxed).saturating_add(1);
        self.misses.store(misses, Ordering::Relaxed);
        let passed_over = (misses / MISSES_PATIENT).min(PASS_OVER_MAX);
        match self.slots.get() {
            Some(slots) => slots.set_due(group, count + 1 + passed_over),
            None => self.pass_over.store(passed_over, Ordering::Relaxed),
        }
        count + 1 + passed_over
    }

    /// Copies the examples made since `since`, and asks for new ones.
    pub(crate) fn collect(&self, since: UnixNanos, into: &mut Vec<Exemplar>) {
        let Some(slots) = self.slots.get() else { return };
        let mut kept = lock(&slots.kept);
        let fresh = kept.exemplars.iter().flatten().filter(|exemplar| exemplar.time_nanos >= since);
        into.extend(fresh.cloned());
        kept.restart();
        slots.ask_anew();
    }

    /// Forgets everything, for the next thread.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The current span's ids, if the filter lets its measurements pass. On an ending thread the context may be gone already,
/// which the API answers with a panic.
fn span(filter: ExemplarFilter) -> Option<(TraceId, SpanId)> {
    catch_unwind(|| span_in_context(filter)).ok().flatten()
}

fn span_in_context(filter: ExemplarFilter) -> Option<(TraceId, SpanId)> {
    Context::map_current(|context| {
        let ids = context.has_active_span().then(|| {
            let span = context.span();
            let span = span.span_context();
            (span.is_sampled(), span.trace_id(), span.span_id())
        });
        match (filter, ids) {
            (ExemplarFilter::TraceBased, Some((true, trace_id, span_id))) => Some((trace_id, span_id)),
            (ExemplarFilter::AlwaysOn, Some((_, trace_id, span_id))) => Some((trace_id, span_id)),
            (ExemplarFilter::AlwaysOn, None) => Some((TraceId::INVALID, SpanId::INVALID)),
            _ => None,
        }
    })
}

impl Slots {
    fn new(kind: &ReservoirKind) -> Option<Self> {
        let (groups, choice) = match kind {
            ReservoirKind::Fixed(size) => {
                (1, Choice::Fixed { size: (*size).max(1), sampling: Sampling::default() })
            }
            ReservoirKind::Aligned(buckets) => {
                (*buckets, Choice::Aligned(vec![Sampling::default(); *buckets]))
            }
            ReservoirKind::Custom(make) => {
                (0, Choice::Custom { reservoir: ask(|| make())?, is_collected: false })
            }
        };
        let due = (0..groups).map(|_| AtomicU64::new(0)).collect();
        Some(Self { due, kept: Mutex::new(Kept { choice, exemplars: Vec::new() }) })
    }

    /// A user's reservoir has no groups, and every measurement is due.
    #[inline]
    fn is_due(&self, group: usize, count: u64) -> bool {
        self.due.get(group).is_none_or(|due| count >= due.load(Ordering::Relaxed))
    }

    fn set_due(&self, group: usize, count: u64) {
        if let Some(due) = self.due.get(group) {
            due.store(count, Ordering::Relaxed);
        }
    }

    fn ask_anew(&self) {
        for due in &self.due {
            due.store(0, Ordering::Relaxed);
        }
    }
}

impl Kept {
    /// Stores the example if it is chosen. Answers when the next one is due.
    fn take(&mut self, group: usize, count: u64, exemplar: Exemplar, measured: Measured<'_>) -> u64 {
        let (slot, size, due) = match &mut self.choice {
            Choice::Fixed { size, sampling } => {
                let (slot, due) = sampling.take(count, *size);
                (slot, *size, due)
            }
            Choice::Aligned(groups) => {
                let size = groups.len();
                let (_, due) = groups[group].take(count, 1);
                (group, size, due)
            }
            Choice::Custom { reservoir, is_collected } => {
                if std::mem::take(is_collected) {
                    ask(|| reservoir.collected());
                }
                match offer_to(reservoir.as_mut(), &exemplar, measured) {
                    Some((slot, size)) => (slot, size, count + 1),
                    None => return count + 1,
                }
            }
        };
        if self.exemplars.len() < size {
            self.exemplars.resize(size, None);
        }
        self.exemplars[slot] = Some(exemplar);
        due
    }

    fn restart(&mut self) {
        match &mut self.choice {
            Choice::Fixed { sampling, .. } => *sampling = Sampling::default(),
            Choice::Aligned(groups) => groups.fill(Sampling::default()),
            Choice::Custom { is_collected, .. } => *is_collected = true,
        }
    }
}

thread_local! {
    /// Whether a user's reservoir is being asked something on this thread.
    static IS_ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of a user's reservoir. `None` when it panicked, or when it measured something that would have asked it, or
/// another one, again: that would have no end.
fn ask<R>(f: impl FnOnce() -> R) -> Option<R> {
    if IS_ASKING.replace(true) {
        return None;
    }
    let answer = catch_unwind(AssertUnwindSafe(f)).ok();
    IS_ASKING.set(false);
    answer
}

/// Asks a user's reservoir; a panic in it, or a slot that does not exist, is a no.
fn offer_to(
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

impl fmt::Debug for Reservoir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservoir").field("misses", &self.misses).finish_non_exhaustive()
    }
}
