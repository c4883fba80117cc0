//! A metric stream: what one instrument's measurements become for one or several readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::KeyValue;

use crate::record::clock::{Clock, UnixNanos};
use crate::record::{ScopeId, Temporality};
use crate::sync::{Mutex, lock};

use super::attributes::{AttributeFilter, Measured};
use super::cell::{Aggregator, Cell, SharedCell};
use super::collection::Collected;
use super::exemplar::ExemplarSettings;
use super::number::Number;
use super::series::{Place, Series, SeriesTable, warn_of_overflow};
use super::slots::{self, Slot, SlotKey};
use super::thread_cells::{self, ThreadCells};

/// What a stream is called and what its points are.
#[derive(Clone, Debug)]
pub(crate) struct StreamDescriptor {
    pub(crate) scope: ScopeId,
    pub(crate) name: String,
    pub(crate) unit: String,
    /// Whether its sums only grow.
    pub(crate) is_monotonic: bool,
    /// A view wrote the description.
    pub(crate) is_redescribed: bool,
}

/// How a stream aggregates, and within which bounds.
#[derive(Clone, Debug)]
pub(crate) struct StreamSettings {
    pub(crate) aggregator: Aggregator,
    pub(crate) filter: Option<AttributeFilter>,
    /// Series reported, the overflow's included.
    pub(crate) cardinality_limit: usize,
    pub(crate) exemplars: ExemplarSettings,
}

/// The series of one instrument, aggregated in one way.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) descriptor: StreamDescriptor,
    pub(crate) settings: StreamSettings,
    /// The longest description that the instrument was given. Held to compare or copy it.
    pub(crate) description: Mutex<String>,
    /// Delta streams belong to one reader alone.
    pub(crate) temporality: Temporality,
    pub(crate) created: UnixNanos,
    pub(crate) clock: Clock,
    /// Held when a thread meets a series for the first time, and briefly by collections. Grows under the lock, but never while
    /// a known series is measured.
    pub(crate) table: Mutex<SeriesTable>,
    /// How many cells collections have retired. Relaxed: it only tells threads when to look for theirs.
    pub(crate) retirements: AtomicU64,
    /// Measurements that the overflow series took in.
    pub(crate) overflowed: AtomicU64,
    /// What collections know. Held for a whole collection, never while measuring.
    pub(crate) collected: Mutex<Collected>,
    slot: Slot,
}

impl Stream {
    pub(crate) fn new(
        descriptor: StreamDescriptor,
        description: String,
        settings: StreamSettings,
        clock: Clock,
        temporality: Temporality,
    ) -> Self {
        Self {
            description: Mutex::new(description),
            created: clock.unix_nanos(),
            table: Mutex::new(SeriesTable::new(settings.cardinality_limit)),
            descriptor,
            settings,
            clock,
            temporality,
            retirements: AtomicU64::new(0),
            overflowed: AtomicU64::new(0),
            collected: Mutex::new(Collected::default()),
            slot: slots::streams().take(),
        }
    }

    pub(super) fn key(&self) -> SlotKey {
        self.slot.key()
    }

    /// Takes a measurement on the thread that made it.
    #[inline]
    pub(crate) fn record<T: Number>(self: &Arc<Self>, value: T, attributes: &[KeyValue]) {
        let measured = Measured::new(attributes, self.settings.filter.as_ref());
        let recorded = thread_cells::with(|cells| {
            let cell = cells.stream(self.key()).and_then(|stream| stream.find(measured));
            cell.is_some_and(|cell| cell.record(value, &self.settings.exemplars, || measured))
        });
        if recorded != Some(true) {
            self.record_first(value, measured);
        }
    }

    /// The thread meets the series for the first time, or its cell was retired.
    #[cold]
    #[inline(never)]
    fn record_first<T: Number>(self: &Arc<Self>, value: T, measured: Measured<'_>) {
        let set = measured.to_set();
        let place = lock(&self.table).place(&set, self.clock.unix_nanos());
        let recorded = thread_cells::with(|cells| {
            let cell = self.cell_of(cells, &place);
            self.record_into(&cell, value, measured);
        });
        if recorded.is_none() {
            self.record_without_thread(value, &place);
        }
    }

    fn cell_of(self: &Arc<Self>, cells: &mut ThreadCells, place: &Place) -> SharedCell {
        let stream = cells.open_stream(self);
        stream.sweep(self.retirements.load(Ordering::Relaxed));
        match place {
            Place::Own(series) => {
                let cell = self.acquire(series);
                stream.keep(series, SharedCell::clone(&cell));
                cell
            }
            Place::Overflow(series) => {
                self.count_overflow();
                if let Some(cell) = stream.overflow() {
                    return SharedCell::clone(cell);
                }
                let cell = self.acquire(series);
                stream.keep_overflow(SharedCell::clone(&cell));
                cell
            }
        }
    }

    /// The thread is ending and has no list of its own any more, or code that chooses an exemplar measures something: the cell
    /// is for this one measurement. It is no exemplar: an ending thread has no context, and the choice would have no end.
    #[cold]
    fn record_without_thread<T: Number>(&self, value: T, place: &Place) {
        let (Place::Own(series) | Place::Overflow(series)) = place;
        self.acquire(series).aggregate(value);
    }

    /// Records into a cell just acquired. Should a collection have retired it since, the measurement is in all the same: the
    /// cell is read again after it is let go of.
    fn record_into<T: Number>(&self, cell: &Cell, value: T, measured: Measured<'_>) {
        cell.record_anyway(value, &self.settings.exemplars, measured);
    }

    fn acquire(&self, series: &Series) -> SharedCell {
        series.acquire_cell(|| Cell::new(&self.settings.aggregator, &self.settings.exemplars))
    }

    fn count_overflow(&self) {
        if self.overflowed.fetch_add(1, Ordering::Relaxed) == 0 {
            warn_of_overflow(&self.descriptor.name, self.settings.cardinality_limit);
        }
    }
}

/// One series of a stream, looked up beforehand (`Counter::bind`).
#[derive(Debug)]
pub(crate) struct BoundStream {
    stream: Arc<Stream>,
    attributes: Vec<KeyValue>,
    slot: Slot,
}

impl BoundStream {
    pub(crate) fn new(stream: &Arc<Stream>, attributes: &[KeyValue]) -> Self {
        Self { stream: Arc::clone(stream), attributes: attributes.to_vec(), slot: slots::bound().take() }
    }

    #[inline]
    pub(crate) fn record<T: Number>(&self, value: T) {
        let recorded = thread_cells::with(|cells| {
            let cell = cells.bound(self.slot.key());
            cell.is_some_and(|cell| cell.record(value, &self.stream.settings.exemplars, || self.measured()))
        });
        if recorded != Some(true) {
            self.record_first(value);
        }
    }

    fn measured(&self) -> Measured<'_> {
        Measured::new(&self.attributes, self.stream.settings.filter.as_ref())
    }

    #[cold]
    #[inline(never)]
    fn record_first<T: Number>(&self, value: T) {
        let (stream, measured) = (&self.stream, self.measured());
        let set = measured.to_set();
        let place = lock(&stream.table).place(&set, stream.clock.unix_nanos());
        let recorded = thread_cells::with(|cells| {
            let cell = stream.cell_of(cells, &place);
            stream.record_into(&cell, value, measured);
            // An overflowing one is looked up again each time: there may be room for it later.
            if let Place::Own(_) = place {
                cells.bind(self.slot.key(), &self.stream, cell);
            }
        });
        if recorded.is_none() {
            stream.record_without_thread(value, &place);
        }
    }
}
