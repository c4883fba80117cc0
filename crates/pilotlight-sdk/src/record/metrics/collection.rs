//! A collection adds up what the threads' cells hold, series by series.
//!
//! Cells are only ever read here, so no measurement waits for a collection and none is lost to one. *Cumulative* streams
//! add up all cells. *Delta* streams remember what they read of each cell and report what has come since. Where a difference would
//! tell too little (the extremes of an interval, the full resolution of an exponential histogram, a float's last
//! digits), they also retire the cells they read: the thread fetches an empty one with its next measurement, and the
//! old one is read once more when the thread has let go of it, so that nothing that was written meanwhile is lost.

use std::sync::atomic::Ordering;

use crate::encode::attribute::write_distinct;
use crate::encode::field::{self, Key};
use crate::record::Temporality;
use crate::record::clock::UnixNanos;
use crate::sync::{Arc, lock};

use super::cell::{Aggregator, Cell, SharedCell};
use super::exemplar::{Exemplar, ReservoirKind};
use super::number::NumberType;
use super::series::Series;
use super::stream::Stream;
use super::totals::Totals;

/// One series as one collection found it.
pub(crate) struct Point<'a> {
    /// Encoded, as fields of the data point.
    pub(crate) attributes: &'a [u8],
    pub(crate) start: UnixNanos,
    pub(crate) time: UnixNanos,
    pub(crate) totals: &'a Totals,
    pub(crate) exemplars: &'a [Exemplar],
}

/// What collections know of a stream.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    series: Vec<Tracked>,
    /// When each reader last collected, by its number.
    last: Vec<UnixNanos>,
    exemplars: Vec<Exemplar>,
}

#[derive(Debug)]
struct Tracked {
    series: Arc<Series>,
    /// The attributes, encoded.
    attributes: Vec<u8>,
    /// What was read of each of the series' cells, for delta streams.
    seen: Vec<Totals>,
    is_idle: bool,
}

impl Stream {
    /// Shows `sink` every series that has something to report to reader number `reader`.
    pub(crate) fn collect(&self, reader: usize, now: UnixNanos, sink: &mut dyn FnMut(Point<'_>)) {
        let mut collected = lock(&self.collected);
        let Collected { series, last, exemplars } = &mut *collected;
        self.adopt(series);
        if last.len() <= reader {
            last.resize(reader + 1, self.created);
        }
        let since = std::mem::replace(&mut last[reader], now);
        match self.temporality {
            Temporality::Cumulative => self.collect_cumulative(series, exemplars, now, sink),
            Temporality::Delta => self.collect_delta(series, exemplars, since, now, sink),
        }
    }

    /// Gets to know the series that are new.
    fn adopt(&self, known: &mut Vec<Tracked>) {
        let fresh = lock(&self.table).take_fresh();
        let key = self.attributes_key();
        known.extend(fresh.into_iter().map(|series| {
            let mut attributes = Vec::new();
            write_distinct(&mut attributes, key, series.attributes.iter());
            Tracked { series, attributes, seen: Vec::new(), is_idle: false }
        }));
    }

    fn attributes_key(&self) -> Key {
        match self.settings.aggregator {
            Aggregator::Sum(_) | Aggregator::LastValue(..) => field::number_point::ATTRIBUTES,
            Aggregator::Histogram { .. } => field::histogram_point::ATTRIBUTES,
            Aggregator::Exponential { .. } => field::exponential_point::ATTRIBUTES,
        }
    }

    fn collect_cumulative(
        &self,
        series: &[Tracked],
        exemplars: &mut Vec<Exemplar>,
        now: UnixNanos,
        sink: &mut dyn FnMut(Point<'_>),
    ) {
        for tracked in series {
            exemplars.clear();
            let start = tracked.series.start;
            let mut totals: Option<Totals> = None;
            for cell in lock(&tracked.series.cells).iter() {
                self.add(&mut totals, cell.totals());
                // Of all the time that the point tells of: each reader gets them, and again until newer ones replace them.
                cell.collect_exemplars(start, exemplars);
            }
            if let Some(totals) = totals.filter(|totals| !totals.is_empty()) {
                self.choose(exemplars);
                sink(Point { attributes: &tracked.attributes, start, time: now, totals: &totals, exemplars });
            }
        }
    }

    fn collect_delta(
        &self,
        series: &mut Vec<Tracked>,
        exemplars: &mut Vec<Exemplar>,
        since: UnixNanos,
        now: UnixNanos,
        sink: &mut dyn FnMut(Point<'_>),
    ) {
        for tracked in &mut *series {
            exemplars.clear();
            let news = self.read_news(tracked, since, exemplars);
            if let Some(totals) = news {
                self.choose(exemplars);
                let attributes = &tracked.attributes;
                sink(Point { attributes, start: since, time: now, totals: &totals, exemplars });
                self.wake(tracked);
            } else {
                self.rest(tracked);
            }
        }
        self.forget_idle(series);
    }

    /// What was measured of a series since the last time.
    fn read_news(
        &self,
        tracked: &mut Tracked,
        since: UnixNanos,
        exemplars: &mut Vec<Exemplar>,
    ) -> Option<Totals> {
        let mut news = None;
        let mut cells = lock(&tracked.series.cells);
        tracked.seen.resize_with(cells.len(), || Cell::empty_totals(&self.settings.aggregator));
        for (cell, seen) in cells.iter_mut().zip(&mut tracked.seen) {
            let now = cell.totals();
            let part = now.since(seen);
            if !part.is_empty() {
                // Only now: a sum whose measurement is not counted yet is news next time.
                *seen = now;
                self.add(&mut news, part);
                cell.collect_exemplars(since, exemplars);
                if self.retires_each_time() {
                    self.retire(cell);
                }
            }
            if cell.is_retired()
                && let Some(unread) = reclaim(cell, seen)
            {
                *seen = Cell::empty_totals(&self.settings.aggregator);
                if !unread.is_empty() {
                    self.add(&mut news, unread);
                }
            }
        }
        news
    }

    /// Nothing was measured for a whole interval: threads let go of the cells, and the series leaves its place to others.
    fn rest(&self, tracked: &mut Tracked) {
        if tracked.is_idle {
            return;
        }
        tracked.is_idle = true;
        lock(&tracked.series.cells).iter().for_each(|cell| self.retire(cell));
        lock(&self.table).set_idle(&tracked.series);
    }

    /// A thread had got hold of the series before it was idle, and measured it after.
    fn wake(&self, tracked: &mut Tracked) {
        if tracked.is_idle {
            tracked.is_idle = false;
            lock(&self.table).set_live(&tracked.series);
        }
    }

    /// Drops the idle series that nobody holds any more.
    fn forget_idle(&self, series: &mut Vec<Tracked>) {
        series.retain(|tracked| {
            let is_done = || tracked.is_done();
            !tracked.is_idle || !is_done() || !lock(&self.table).remove(&tracked.series, is_done)
        });
    }

    fn retire(&self, cell: &Cell) {
        cell.retire();
        self.retirements.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a difference of two readings would tell less than a cell of the interval's own.
    fn retires_each_time(&self) -> bool {
        match self.settings.aggregator {
            Aggregator::Sum(number) => number == NumberType::Float,
            Aggregator::LastValue(..) => false,
            Aggregator::Histogram { .. } | Aggregator::Exponential { .. } => true,
        }
    }

    fn add(&self, totals: &mut Option<Totals>, more: Totals) {
        match totals {
            Some(totals) => totals.merge(&more, self.size_max()),
            None => *totals = Some(more),
        }
    }

    fn size_max(&self) -> u16 {
        match self.settings.aggregator {
            Aggregator::Exponential { size_max, .. } => size_max,
            _ => 0,
        }
    }

    /// Of what all threads have kept, as much as one reservoir would have: the latest.
    fn choose(&self, exemplars: &mut Vec<Exemplar>) {
        exemplars.sort_unstable_by_key(|exemplar| std::cmp::Reverse(exemplar.time_nanos));
        match (&self.settings.exemplars.kind, &self.settings.aggregator) {
            (ReservoirKind::Aligned(_), Aggregator::Histogram { boundaries, .. }) => {
                let mut is_taken = vec![false; boundaries.len() + 1];
                exemplars.retain(|exemplar| {
                    let bucket = boundaries.partition_point(|boundary| exemplar.value.to_f64() > *boundary);
                    !std::mem::replace(&mut is_taken[bucket], true)
                });
            }
            (ReservoirKind::Fixed(size), _) => exemplars.truncate(*size),
            _ => {}
        }
    }
}

impl Tracked {
    /// Whether no thread holds a cell of the series, and all that is in them was told.
    fn is_done(&self) -> bool {
        let mut cells = lock(&self.series.cells);
        let is_done = |(cell, seen): (&mut SharedCell, &Totals)| {
            SharedCell::get_mut(cell).is_some_and(|cell| cell.totals().since(seen).is_empty())
        };
        cells.len() == self.seen.len() && cells.iter_mut().zip(&self.seen).all(is_done)
    }
}

/// Empties a retired cell for the next thread, once its own has let go of it. Answers what was still unread in it.
fn reclaim(cell: &mut SharedCell, seen: &Totals) -> Option<Totals> {
    // Unique: its thread is done with it, and all it wrote is visible here.
    let cell = SharedCell::get_mut(cell)?;
    let rest = cell.totals().since(seen);
    cell.reset();
    Some(rest)
}
