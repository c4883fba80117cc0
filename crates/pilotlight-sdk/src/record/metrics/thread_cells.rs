//! The cells that one thread writes, found again without a lock.
//!
//! A thread has a short list of the streams it measures and, for each, its series. A series is looked for in two steps: a glance at
//! where the attributes' strings are, which finds what a call site with literals measured last; then by the attributes' hash.
//! Either find is compared in full. What is not found is asked for once, under locks, and kept.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use hashbrown::HashTable;

use super::attributes::{AttributeSet, Identities, Measured};
use super::cell::{Cell, SharedCell};
use super::series::Series;
use super::slots::SlotKey;
use super::stream::Stream;

/// How many series a glance tells apart at most: a page of memory.
const GLANCES_MAX: usize = 1024;

#[cfg(not(pilotlight_loom))]
thread_local! {
    static CELLS: RefCell<ThreadCells> = const { RefCell::new(ThreadCells::new()) };
}

// A model's threads are not the system's.
#[cfg(pilotlight_loom)]
loom::thread_local! {
    static CELLS: RefCell<ThreadCells> = RefCell::new(ThreadCells::new());
}

/// Calls `f` with the thread's cells; `None` when the thread is ending, or is within such a call already.
#[inline]
pub(super) fn with<R>(f: impl FnOnce(&mut ThreadCells) -> R) -> Option<R> {
    CELLS.try_with(|cells| cells.try_borrow_mut().ok().map(|mut cells| f(&mut cells))).ok().flatten()
}

/// Everything one thread measures.
pub(super) struct ThreadCells {
    /// By the stream's slot.
    streams: Vec<Option<Box<ThreadStream>>>,
    /// By the bound instrument's slot.
    bound: Vec<Option<Bound>>,
}

impl ThreadCells {
    const fn new() -> Self {
        Self { streams: Vec::new(), bound: Vec::new() }
    }

    /// The thread's part of a stream, if it has measured it before.
    #[inline]
    pub(super) fn stream(&mut self, key: SlotKey) -> Option<&mut ThreadStream> {
        self.streams.get_mut(key.slot)?.as_deref_mut().filter(|stream| stream.key == key)
    }

    /// The same, made now if need be. A stream that had the slot before is gone, and so are its cells.
    #[cold]
    pub(super) fn open_stream(&mut self, stream: &Arc<Stream>) -> &mut ThreadStream {
        let key = stream.key();
        if self.streams.len() <= key.slot {
            self.streams.resize_with(key.slot + 1, || None);
        }
        if self.stream(key).is_none() {
            self.forget_what_is_gone();
            self.streams[key.slot] = None;
        }
        self.streams[key.slot].get_or_insert_with(|| Box::new(ThreadStream::new(key, Arc::downgrade(stream))))
    }

    /// The thread's cell of a bound instrument; it may be retired.
    #[inline]
    pub(super) fn bound(&self, key: SlotKey) -> Option<&Cell> {
        let bound = self.bound.get(key.slot)?.as_ref()?;
        (bound.key == key).then_some(&*bound.cell)
    }

    #[cold]
    pub(super) fn bind(&mut self, key: SlotKey, stream: &Arc<Stream>, cell: SharedCell) {
        if self.bound.len() <= key.slot {
            self.bound.resize_with(key.slot + 1, || None);
        }
        self.bound[key.slot] = Some(Bound { key, stream: Arc::downgrade(stream), cell });
    }

    /// Lets go of the cells of streams that are no more.
    fn forget_what_is_gone(&mut self) {
        for place in &mut self.streams {
            place.take_if(|stream| stream.stream.strong_count() == 0);
        }
        for place in &mut self.bound {
            place.take_if(|bound| bound.stream.strong_count() == 0);
        }
    }
}

/// A thread's cell of one bound instrument.
struct Bound {
    key: SlotKey,
    stream: Weak<Stream>,
    cell: SharedCell,
}

/// What one thread measures of one stream.
pub(super) struct ThreadStream {
    key: SlotKey,
    /// Weak, so that a provider's memory does not wait for every thread to end.
    stream: Weak<Stream>,
    /// The cell of measurements without attributes.
    plain: Option<SharedCell>,
    /// The cell of attribute sets beyond the limit.
    overflow: Option<SharedCell>,
    series: Vec<ThreadSeries>,
    /// Places in `series`, by hash.
    by_hash: HashTable<u32>,
    /// Places in `series`, by glance; whatever was last measured. A power of two, twice as many as there are series.
    by_glance: Vec<u32>,
    /// The stream's count of retirements when this thread last looked for its own.
    swept: u64,
}

struct ThreadSeries {
    hash: u64,
    attributes: AttributeSet,
    /// Those of `attributes`.
    identities: Identities,
    cell: SharedCell,
}

impl ThreadStream {
    fn new(key: SlotKey, stream: Weak<Stream>) -> Self {
        Self {
            key,
            stream,
            plain: None,
            overflow: None,
            series: Vec::new(),
            by_hash: HashTable::new(),
            by_glance: vec![u32::MAX],
            swept: 0,
        }
    }

    /// The cell of a measurement's series; it may be retired.
    #[inline]
    pub(super) fn find(&mut self, measured: Measured<'_>) -> Option<&Cell> {
        if measured.is_empty() {
            return self.plain.as_deref();
        }
        let glance = measured.glance() & (self.by_glance.len() - 1);
        let place = self.by_glance[glance] as usize;
        let is_same = |series: &ThreadSeries| measured.has_identities(&series.identities);
        if !self.series.get(place).is_some_and(is_same) {
            return self.look_up(measured, glance);
        }
        Some(&self.series[place].cell)
    }

    /// Compares contents: with what was seen at this glance, then with what has this hash.
    #[inline(never)]
    fn look_up(&mut self, measured: Measured<'_>, glance: usize) -> Option<&Cell> {
        let is = |place: &u32| {
            self.series.get(*place as usize).is_some_and(|series| measured.is(&series.attributes))
        };
        let seen = self.by_glance.get(glance).filter(|place| is(place));
        let place = *seen.or_else(|| self.by_hash.find(measured.hash(), is))?;
        self.by_glance[glance] = place;
        Some(&self.series[place as usize].cell)
    }

    /// Keeps the cell of a series that was not found, or whose cell is retired.
    #[cold]
    pub(super) fn keep(&mut self, series: &Series, cell: SharedCell) {
        let measured = Measured::new(&series.attributes, None);
        if measured.is_empty() {
            // Found by hash too: a view may leave all attributes of a measurement out.
            self.plain = Some(SharedCell::clone(&cell));
        }
        let is = |place: &u32| measured.is(&self.series[*place as usize].attributes);
        if let Some(place) = self.by_hash.find(series.hash, is) {
            self.series[*place as usize].cell = cell;
            return;
        }
        let place = self.series.len() as u32;
        self.series.push(ThreadSeries {
            hash: series.hash,
            attributes: AttributeSet::clone(&series.attributes),
            identities: Identities::clone(&series.identities),
            cell,
        });
        self.by_hash.insert_unique(series.hash, place, |place| self.series[*place as usize].hash);
        self.fit_glances();
    }

    fn fit_glances(&mut self) {
        let glances = (2 * self.series.len()).next_power_of_two().min(GLANCES_MAX);
        if self.by_glance.len() < glances {
            self.by_glance = vec![u32::MAX; glances];
        }
    }

    pub(super) fn overflow(&self) -> Option<&SharedCell> {
        self.overflow.as_ref().filter(|cell| !cell.is_retired())
    }

    pub(super) fn keep_overflow(&mut self, cell: SharedCell) {
        self.overflow = Some(cell);
    }

    /// Lets go of retired cells, when the stream has retired any since the last time.
    pub(super) fn sweep(&mut self, retirements: u64) {
        if self.swept == retirements {
            return;
        }
        self.swept = retirements;
        self.plain.take_if(|cell| cell.is_retired());
        self.overflow.take_if(|cell| cell.is_retired());
        self.series.retain(|series| !series.cell.is_retired());
        self.by_glance.fill(u32::MAX);
        self.by_hash.clear();
        for (place, series) in self.series.iter().enumerate() {
            let hash_at = |place: &u32| self.series[*place as usize].hash;
            self.by_hash.insert_unique(series.hash, place as u32, hash_at);
        }
    }
}
