//! The examples of one cell.

use std::fmt;
use std::panic::catch_unwind;
use std::sync::{OnceLock, PoisonError, TryLockError};

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};

use crate::config::ExemplarFilter;
use crate::record::clock::UnixNanos;
use crate::record::metrics::attributes::Measured;
use crate::record::metrics::number::PointNumber;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, lock};

use super::custom::{ExemplarReservoir, ask, offer_to};
use super::sampling::Sampling;
use super::{Exemplar, ExemplarSettings, ReservoirKind};

/// After so many measurements outside of sampled spans in a row, a thread asks less often. A process without traces would
/// otherwise ask each time.
const MISSES_PATIENT: u64 = 32;

/// How many measurements are passed over at most between two questions.
const PASS_OVER_MAX: u64 = 16;

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

impl fmt::Debug for Reservoir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservoir").field("misses", &self.misses).finish_non_exhaustive()
    }
}
