//! What one thread has measured of one series.
//!
//! A cell has one writer at a time, so it is written without atomic read-modify-write: load, add, store. Any thread may read it.
//! A cell outlives its thread; the next thread that meets the series takes it over and goes on adding.

use std::sync::Arc;

use crate::record::clock::{Clock, UnixNanos};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::attributes::Measured;
use super::exemplar::{Exemplar, ExemplarSettings, Reservoir};
use super::exponential::ExponentialCell;
use super::histogram::{HistogramCell, HistogramTotals};
use super::number::{Number, NumberType, PointNumber};
use super::totals::{LastValue, Sum, Totals};
use super::version::Version;

/// A cell as its thread and its series hold it. Loom's models watch the hand-over from one thread to the next.
pub(crate) type SharedCell = crate::sync::Arc<Cell>;

/// One thread's share of one series.
#[derive(Debug)]
pub(crate) struct Cell {
    /// The count of measurements at which the thread has to look up: an exemplar is due, or the cell is retired. One word, so
    /// that all other measurements cost one comparison. Written by both sides, relaxed: an overwritten zero is found again
    /// when the next exemplar is due, and until then the cell works as it did.
    look_up: AtomicU64,
    /// Tells the thread that holds it to fetch another. Relaxed: what is still written meanwhile is found by the next collection.
    is_retired: AtomicBool,
    aggregate: Aggregate,
    exemplars: Option<Reservoir>,
}

/// How a stream's cells aggregate.
#[derive(Clone, Debug)]
pub(crate) enum Aggregator {
    Sum(NumberType),
    LastValue(NumberType, Clock),
    Histogram { boundaries: Arc<[f64]> },
    Exponential { size_max: u16, scale_max: i8 },
}

impl Aggregator {
    /// Whether its points count from a time on.
    pub(crate) fn has_temporality(&self) -> bool {
        !matches!(self, Self::LastValue(..))
    }

    /// Those of a histogram.
    pub(crate) fn boundaries(&self) -> &[f64] {
        match self {
            Self::Histogram { boundaries } => boundaries,
            _ => &[],
        }
    }
}

#[derive(Debug)]
enum Aggregate {
    Sum(SumCell),
    LastValue(LastValueCell),
    Histogram(HistogramCell),
    /// With the number of measurements, which exemplars are chosen by.
    Exponential(AtomicU64, Box<ExponentialCell>),
}

/// A sum, and how often it was added to.
#[derive(Debug)]
struct SumCell {
    number: NumberType,
    /// Relaxed: `updates` publishes it.
    sum: AtomicU64,
    /// Release: whoever reads an update reads a sum that holds it. So a sum may be read before its update is, which is no
    /// news yet, and never after.
    updates: AtomicU64,
}

/// The latest value, and when it was measured.
#[derive(Debug)]
struct LastValueCell {
    number: NumberType,
    clock: Clock,
    value: AtomicU64,
    time: AtomicU64,
    updates: AtomicU64,
    /// Makes the three above one.
    version: Version,
}

impl Cell {
    pub(crate) fn new(aggregator: &Aggregator, exemplars: &ExemplarSettings) -> Self {
        let aggregate = match aggregator {
            Aggregator::Sum(number) => Aggregate::Sum(SumCell::new(*number)),
            Aggregator::LastValue(number, clock) => {
                Aggregate::LastValue(LastValueCell::new(*number, clock.clone()))
            }
            Aggregator::Histogram { boundaries } => {
                Aggregate::Histogram(HistogramCell::new(Arc::clone(boundaries)))
            }
            Aggregator::Exponential { size_max, scale_max } => Aggregate::Exponential(
                AtomicU64::new(0),
                Box::new(ExponentialCell::new(*size_max, *scale_max)),
            ),
        };
        let exemplars = Reservoir::new(exemplars);
        let look_up = AtomicU64::new(if exemplars.is_some() { 0 } else { u64::MAX });
        Self { look_up, aggregate, is_retired: AtomicBool::new(false), exemplars }
    }

    /// Takes a measurement of the one thread that holds the cell. Answers whether it did: a retired cell takes none, and the
    /// thread is to fetch another.
    #[inline(always)]
    pub(crate) fn record<'a, T: Number>(
        &self,
        value: T,
        settings: &ExemplarSettings,
        measured: impl Fn() -> Measured<'a>,
    ) -> bool {
        match &self.aggregate {
            Aggregate::Sum(cell) => {
                let updates = cell.updates.load(Ordering::Relaxed) + 1;
                if updates >= self.look_up.load(Ordering::Relaxed)
                    && !self.attend(updates, value, settings, measured())
                {
                    return false;
                }
                cell.add(value.to_bits(), updates);
                true
            }
            Aggregate::Histogram(cell) => {
                if self.is_retired() {
                    return false;
                }
                let place = cell.record(value.to_f64());
                if let Some(reservoir) = &self.exemplars
                    && reservoir.is_due(place.0, place.1)
                {
                    reservoir.offer(settings, place, number(value), measured());
                }
                true
            }
            other => self.record_other(other, value, settings, measured()),
        }
    }

    /// As [`record`](Self::record), retired or not.
    pub(crate) fn record_anyway<T: Number>(
        &self,
        value: T,
        settings: &ExemplarSettings,
        measured: Measured<'_>,
    ) {
        if !self.record(value, settings, || measured) {
            self.aggregate(value);
        }
    }

    /// The same without exemplars.
    pub(crate) fn aggregate<T: Number>(&self, value: T) {
        match &self.aggregate {
            Aggregate::Sum(cell) => cell.add(value.to_bits(), cell.updates.load(Ordering::Relaxed) + 1),
            Aggregate::LastValue(cell) => cell.set(value.to_bits(), cell.updates.load(Ordering::Relaxed) + 1),
            Aggregate::Histogram(cell) => {
                cell.record(value.to_f64());
            }
            Aggregate::Exponential(updates, cell) => {
                updates.store(updates.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                cell.record(value.to_f64());
            }
        }
    }

    /// The rarer kinds, apart, so that they cost the others no registers.
    #[inline(never)]
    fn record_other<T: Number>(
        &self,
        aggregate: &Aggregate,
        value: T,
        settings: &ExemplarSettings,
        measured: Measured<'_>,
    ) -> bool {
        let updates = match aggregate {
            Aggregate::LastValue(cell) => &cell.updates,
            Aggregate::Exponential(updates, _) => updates,
            Aggregate::Sum(_) | Aggregate::Histogram(_) => return false,
        };
        let count = updates.load(Ordering::Relaxed) + 1;
        if self.is_retired() {
            return false;
        }
        match aggregate {
            Aggregate::LastValue(cell) => cell.set(value.to_bits(), count),
            Aggregate::Exponential(_, cell) => {
                cell.record(value.to_f64());
                updates.store(count, Ordering::Relaxed);
            }
            Aggregate::Sum(_) | Aggregate::Histogram(_) => {}
        }
        if count >= self.look_up.load(Ordering::Relaxed) {
            self.attend(count, value, settings, measured);
        }
        true
    }

    /// An exemplar is due, or the cell is retired. Answers whether it is not.
    #[cold]
    #[inline(never)]
    fn attend<T: Number>(
        &self,
        count: u64,
        value: T,
        settings: &ExemplarSettings,
        measured: Measured<'_>,
    ) -> bool {
        if self.is_retired() {
            return false;
        }
        if let Some(reservoir) = &self.exemplars {
            let due = reservoir.offer(settings, (0, count), number(value), measured);
            self.look_up.store(due, Ordering::Relaxed);
        }
        true
    }

    /// What was measured so far. For any thread.
    pub(crate) fn totals(&self) -> Totals {
        match &self.aggregate {
            Aggregate::Sum(cell) => Totals::Sum(cell.totals()),
            Aggregate::LastValue(cell) => Totals::LastValue(cell.totals()),
            Aggregate::Histogram(cell) => Totals::Histogram(cell.totals()),
            Aggregate::Exponential(_, cell) => Totals::Exponential(Box::new(cell.totals())),
        }
    }

    /// What a cell without measurements holds.
    pub(crate) fn empty_totals(aggregator: &Aggregator) -> Totals {
        match aggregator {
            Aggregator::Sum(number) => Totals::Sum(Sum { number: *number, sum: 0, updates: 0 }),
            Aggregator::LastValue(number, _) => {
                Totals::LastValue(LastValue { number: *number, value: 0, time: 0, updates: 0 })
            }
            Aggregator::Histogram { .. } => Totals::Histogram(HistogramTotals::default()),
            Aggregator::Exponential { .. } => Totals::Exponential(Box::default()),
        }
    }

    /// Copies the exemplars made after `since`, and asks for new ones.
    pub(crate) fn collect_exemplars(&self, since: UnixNanos, into: &mut Vec<Exemplar>) {
        if let Some(reservoir) = &self.exemplars {
            reservoir.collect(since, into);
            self.look_up.store(0, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Relaxed)
    }

    /// Has the thread fetch another cell with its next measurement.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Relaxed);
        self.look_up.store(0, Ordering::Relaxed);
    }

    /// Empties the cell for the next thread.
    pub(crate) fn reset(&mut self) {
        match &mut self.aggregate {
            Aggregate::Sum(cell) => *cell = SumCell::new(cell.number),
            Aggregate::LastValue(cell) => *cell = LastValueCell::new(cell.number, cell.clock.clone()),
            Aggregate::Histogram(cell) => cell.reset(),
            Aggregate::Exponential(updates, cell) => {
                *updates = AtomicU64::new(0);
                cell.reset();
            }
        }
        self.look_up = AtomicU64::new(u64::MAX);
        if let Some(exemplars) = &mut self.exemplars {
            exemplars.reset();
            self.look_up = AtomicU64::new(0);
        }
        self.is_retired = AtomicBool::new(false);
    }
}

fn number<T: Number>(value: T) -> PointNumber {
    PointNumber::new(T::TYPE, value.to_bits())
}

impl SumCell {
    fn new(number: NumberType) -> Self {
        Self { number, sum: AtomicU64::new(0), updates: AtomicU64::new(0) }
    }

    #[inline]
    fn add(&self, value: u64, updates: u64) {
        self.sum.store(self.number.add(self.sum.load(Ordering::Relaxed), value), Ordering::Relaxed);
        self.updates.store(updates, Ordering::Release);
    }

    fn totals(&self) -> Sum {
        let updates = self.updates.load(Ordering::Acquire);
        Sum { number: self.number, sum: self.sum.load(Ordering::Relaxed), updates }
    }
}

impl LastValueCell {
    fn new(number: NumberType, clock: Clock) -> Self {
        let (value, time, updates) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Self { number, clock, value, time, updates, version: Version::default() }
    }

    fn set(&self, value: u64, updates: u64) {
        let time = self.clock.unix_nanos();
        self.version.write(|| {
            self.value.store(value, Ordering::Relaxed);
            self.time.store(time, Ordering::Relaxed);
            self.updates.store(updates, Ordering::Release);
        });
    }

    fn totals(&self) -> LastValue {
        self.version.read(|| {
            let updates = self.updates.load(Ordering::Acquire);
            let (value, time) = (self.value.load(Ordering::Relaxed), self.time.load(Ordering::Relaxed));
            LastValue { number: self.number, value, time, updates }
        })
    }
}
