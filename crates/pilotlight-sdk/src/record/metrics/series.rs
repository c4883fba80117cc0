//! The series of one stream: who is in, who is too many, and whose cells belong to whom.

use hashbrown::HashTable;
use opentelemetry::KeyValue;

use crate::diagnostics;
use crate::record::clock::UnixNanos;
use crate::sync::{Arc, Mutex, lock};

use super::attributes::{AttributeSet, Identities, Identity, Measured};
use super::cell::{Cell, SharedCell};

/// Marks the series that takes in what exceeds the limit.
///
/// Specification: "Overflow attribute", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute>.
pub(crate) const OVERFLOW: &str = "otel.metric.overflow";

/// Says that a metric has reached its limit.
#[cold]
pub(crate) fn warn_of_overflow(name: &str, limit: usize) {
    diagnostics::warn(format_args!(
        "metric \"{name}\" has more attribute sets than the {limit} it may have, the overflow's included; further ones \
         are added up under otel.metric.overflow=true. Leave attributes with many values out of metrics, or raise the \
         limit in a view"
    ));
}

/// How many series a table holds for each one it may report: those beyond were idle for an interval and wait for the last
/// thread that still holds a cell of theirs.
const IDLE_FACTOR: usize = 4;

/// One attribute set of a stream.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) attributes: AttributeSet,
    /// Those of `attributes`.
    pub(crate) identities: Identities,
    pub(crate) hash: u64,
    /// When the series was first measured.
    pub(crate) start: UnixNanos,
    /// A cell for each thread that has met the series. Held to add a cell, and by collections to read them.
    pub(crate) cells: Mutex<Vec<SharedCell>>,
}

impl Series {
    fn new(attributes: AttributeSet, hash: u64, start: UnixNanos) -> Arc<Self> {
        let identities = attributes.iter().map(Identity::of).collect();
        Arc::new(Self { attributes, identities, hash, start, cells: Mutex::new(Vec::new()) })
    }

    /// A cell for the calling thread: one that an ended thread left behind, or a new one.
    pub(crate) fn acquire_cell(&self, new: impl FnOnce() -> Cell) -> SharedCell {
        if let Some(cell) = self.left_behind() {
            return cell;
        }
        let cell = SharedCell::new(new());
        lock(&self.cells).push(SharedCell::clone(&cell));
        cell
    }

    fn left_behind(&self) -> Option<SharedCell> {
        let mut cells = lock(&self.cells);
        // Unique means that no thread holds it, and that what the last one wrote is visible here.
        let is_free = |cell: &mut SharedCell| !cell.is_retired() && SharedCell::get_mut(cell).is_some();
        cells.iter_mut().find_map(|cell| is_free(cell).then(|| SharedCell::clone(cell)))
    }
}

/// The series of one stream, by their attributes.
///
/// Bound: `limit` series are reported, one of which is the overflow's; measurements of further attribute sets are its.
///
/// Specification: "Cardinality limits", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits>.
#[derive(Debug)]
pub(crate) struct SeriesTable {
    limit: usize,
    known: HashTable<Known>,
    /// Series that no collection has seen yet.
    fresh: Vec<Arc<Series>>,
    /// How many of `known` are not idle.
    live: usize,
    overflow: Option<Arc<Series>>,
}

#[derive(Debug)]
struct Known {
    series: Arc<Series>,
    /// Nothing was measured for a whole interval, so it does not count against the limit.
    is_idle: bool,
}

/// Where a measurement belongs.
pub(crate) enum Place {
    Own(Arc<Series>),
    Overflow(Arc<Series>),
}

impl SeriesTable {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: limit.max(2), known: HashTable::new(), fresh: Vec::new(), live: 0, overflow: None }
    }

    /// The series of `set`, which has no repeated keys; the overflow's if there are too many.
    pub(crate) fn place(&mut self, set: &AttributeSet, now: UnixNanos) -> Place {
        let measured = Measured::new(set, None);
        let hash = measured.hash();
        let has_room = self.live + 1 < self.limit;
        if let Some(known) = self.known.find_mut(hash, |known| measured.is(&known.series.attributes)) {
            if !known.is_idle || has_room {
                self.live += usize::from(known.is_idle);
                known.is_idle = false;
                return Place::Own(Arc::clone(&known.series));
            }
            return Place::Overflow(self.overflow(now));
        }
        if !has_room || self.known.len() >= self.limit.saturating_mul(IDLE_FACTOR) {
            return Place::Overflow(self.overflow(now));
        }
        let series = Series::new(AttributeSet::clone(set), hash, now);
        self.live += 1;
        self.fresh.push(Arc::clone(&series));
        let known = Known { series: Arc::clone(&series), is_idle: false };
        self.known.insert_unique(hash, known, |known| known.series.hash);
        Place::Own(series)
    }

    fn overflow(&mut self, now: UnixNanos) -> Arc<Series> {
        if let Some(overflow) = &self.overflow {
            return Arc::clone(overflow);
        }
        let overflow = Series::new([KeyValue::new(OVERFLOW, true)].into(), 0, now);
        self.fresh.push(Arc::clone(&overflow));
        self.overflow = Some(Arc::clone(&overflow));
        overflow
    }

    /// The series that came in since the last call.
    pub(crate) fn take_fresh(&mut self) -> Vec<Arc<Series>> {
        std::mem::take(&mut self.fresh)
    }

    /// Nothing was measured of `series` for an interval: it no longer counts against the limit.
    pub(crate) fn set_idle(&mut self, series: &Series) {
        let found = self.known.find_mut(series.hash, |known| std::ptr::eq(&*known.series, series));
        if let Some(known) = found.filter(|known| !known.is_idle) {
            known.is_idle = true;
            self.live -= 1;
        }
    }

    /// The opposite: it was measured after all. It counts, even where that is one too many for an interval.
    pub(crate) fn set_live(&mut self, series: &Series) {
        let found = self.known.find_mut(series.hash, |known| std::ptr::eq(&*known.series, series));
        if let Some(known) = found.filter(|known| known.is_idle) {
            known.is_idle = false;
            self.live += 1;
        }
    }

    /// Removes an idle series that nobody holds but this table and the collection that asks, if its cells are done with.
    /// Answers whether it is gone.
    ///
    /// Who wants to measure it has to come through this table, so once nobody holds it nobody gets a cell of it. Only then do
    /// the cells tell whether somebody did. The count is read relaxed: `is_done` takes the cells' lock after it, and who
    /// got a cell had that lock before letting go of the series.
    pub(crate) fn remove(&mut self, series: &Arc<Series>, is_done: impl Fn() -> bool) -> bool {
        const HELD_HERE_AND_BY_THE_COLLECTION: usize = 2;
        let same = |known: &Known| {
            Arc::ptr_eq(&known.series, series)
                && known.is_idle
                && Arc::strong_count(series) == HELD_HERE_AND_BY_THE_COLLECTION
                && is_done()
        };
        self.known.find_entry(series.hash, same).map(|entry| drop(entry.remove())).is_ok()
    }

    /// How many series there are, idle ones included.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(number: i64) -> AttributeSet {
        [KeyValue::new("number", number)].into()
    }

    fn is_own(place: &Place) -> bool {
        matches!(place, Place::Own(_))
    }

    #[test]
    fn the_overflow_is_one_of_those_that_the_limit_allows() {
        let mut table = SeriesTable::new(3);
        assert!(is_own(&table.place(&set(1), 0)));
        assert!(is_own(&table.place(&set(2), 0)));
        assert!(!is_own(&table.place(&set(3), 0)));
        assert!(is_own(&table.place(&set(1), 0)), "a known series stays");
        assert_eq!(table.take_fresh().len(), 3);
    }

    #[test]
    fn an_idle_series_makes_room_and_comes_back_when_there_is_some() {
        let mut table = SeriesTable::new(3);
        for number in [1, 2] {
            table.place(&set(number), 0);
        }
        let series = table.take_fresh();
        table.set_idle(&series[0]);
        assert!(is_own(&table.place(&set(3), 0)));
        assert!(!is_own(&table.place(&set(1), 0)), "its room is taken");
        table.set_idle(&series[1]);
        assert!(is_own(&table.place(&set(1), 0)));
    }

    #[test]
    fn a_series_is_removed_when_it_is_idle_and_nobody_holds_it() {
        let mut table = SeriesTable::new(3);
        let held = table.place(&set(1), 0);
        let series = table.take_fresh().remove(0);
        assert!(!table.remove(&series, || true), "it is live");
        table.set_idle(&series);
        assert!(!table.remove(&series, || true), "somebody holds it");
        drop(held);
        assert!(!table.remove(&series, || false), "a cell is in use");
        assert!(table.remove(&series, || true));
        assert_eq!(table.len(), 0);
    }
}
