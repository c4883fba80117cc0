//! What one thread has measured of one series.
//!
//! A cell has one writer at a time, so it is written without atomic read-modify-write: load, add, store. Any thread may read it.
//! A cell outlives its thread; the next thread that meets the series takes it over and goes on adding.

use std::sync::Arc;

use crate::record::clock::Clock;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::attributes::Measured;
use super::exemplar::{ExemplarSettings, Reservoir};
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
    /// Release, as a sum's: where a reader gave up waiting for a whole measurement, the value is no older.
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
        Self { is_retired: AtomicBool::new(false), aggregate, exemplars: Reservoir::new(exemplars) }
    }

    /// Takes a measurement of the one thread that holds the cell.
    #[inline]
    pub(crate) fn record<T: Number>(&self, value: T, measured: Measured<'_>) {
        let (group, count) = self.aggregate(value);
        if let Some(reservoir) = &self.exemplars
            && reservoir.is_due(group, count)
        {
            reservoir.offer(group, count, PointNumber::new(T::TYPE, value.to_bits()), measured);
        }
    }

    /// The same without exemplars. Answers the measurement's group, and how many there are in it now.
    #[inline]
    pub(crate) fn aggregate<T: Number>(&self, value: T) -> (usize, u64) {
        match &self.aggregate {
            Aggregate::Sum(cell) => (0, cell.add(value.to_bits())),
            Aggregate::Histogram(cell) => cell.record(value.to_f64()),
            Aggregate::LastValue(cell) => (0, cell.set(value.to_bits())),
            Aggregate::Exponential(updates, cell) => {
                let count = updates.load(Ordering::Relaxed) + 1;
                updates.store(count, Ordering::Relaxed);
                cell.record(value.to_f64());
                (0, count)
            }
        }
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

    pub(crate) fn exemplars(&self) -> Option<&Reservoir> {
        self.exemplars.as_ref()
    }

    #[inline]
    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Relaxed)
    }

    /// Has the thread fetch another cell with its next measurement.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Relaxed);
    }

    /// Empties the cell for the next thread.
    pub(crate) fn reset(&mut self) {
        match &mut self.aggregate {
            Aggregate::Sum(cell) => *cell = SumCell::new(cell.number),
            Aggregate::LastValue(cell) => *cell = LastValueCell::new(cell.number, cell.clock.clone()),
            Aggregate::Histogram(cell) => cell.reset(),
            Aggregate::Exponential(_, cell) => cell.reset(),
        }
        if let Some(exemplars) = &mut self.exemplars {
            exemplars.reset();
        }
        self.is_retired = AtomicBool::new(false);
    }
}

impl SumCell {
    fn new(number: NumberType) -> Self {
        Self { number, sum: AtomicU64::new(0), updates: AtomicU64::new(0) }
    }

    #[inline]
    fn add(&self, value: u64) -> u64 {
        let updates = self.updates.load(Ordering::Relaxed) + 1;
        self.sum.store(self.number.add(self.sum.load(Ordering::Relaxed), value), Ordering::Relaxed);
        self.updates.store(updates, Ordering::Release);
        updates
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

    #[inline]
    fn set(&self, value: u64) -> u64 {
        let updates = self.updates.load(Ordering::Relaxed) + 1;
        let time = self.clock.unix_nanos();
        self.version.write(|| {
            self.value.store(value, Ordering::Relaxed);
            self.time.store(time, Ordering::Relaxed);
            self.updates.store(updates, Ordering::Release);
        });
        updates
    }

    fn totals(&self) -> LastValue {
        self.version.read(|| {
            let updates = self.updates.load(Ordering::Acquire);
            let (value, time) = (self.value.load(Ordering::Relaxed), self.time.load(Ordering::Relaxed));
            LastValue { number: self.number, value, time, updates }
        })
    }
}
