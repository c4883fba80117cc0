//! One series.

use super::column::POINTS_MAX;
use super::exemplar::Exemplars;
use super::point::{Heap, Point};
use super::{Column, Origin, Points};
use std::sync::Arc;

/// What tells the series of one metric from each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SeriesKey {
    /// The origin's id.
    pub(crate) origin: u64,
    /// The stream, as a position in the metric's.
    pub(crate) stream: u16,
    /// The points' attributes: see [`canonical`](super::canonical).
    pub(crate) attributes: Box<[u8]>,
}

/// The same, borrowed: what a series is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SeriesKeyRef<'a> {
    pub(super) origin: u64,
    pub(super) stream: u16,
    pub(super) attributes: &'a [u8],
}

impl hashbrown::Equivalent<SeriesKey> for SeriesKeyRef<'_> {
    fn equivalent(&self, key: &SeriesKey) -> bool {
        *self == key.borrowed()
    }
}

impl SeriesKey {
    pub(super) fn borrowed(&self) -> SeriesKeyRef<'_> {
        SeriesKeyRef { origin: self.origin, stream: self.stream, attributes: &self.attributes }
    }
}

impl SeriesKeyRef<'_> {
    pub(super) fn to_owned(self) -> SeriesKey {
        SeriesKey { origin: self.origin, stream: self.stream, attributes: self.attributes.into() }
    }
}

/// The points of one origin with the same attributes.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// Who tells it.
    pub(crate) origin: Arc<Origin>,
    /// Its points by time.
    pub(crate) points: Points,
    /// Single measurements, the newest.
    pub(crate) exemplars: Exemplars,
    /// When the sender said that there was no value, nanoseconds since 1970; the newest [`GAPS_MAX`].
    pub(crate) gaps: Vec<u64>,
    /// How many points were NaN or infinite; they are not among the points.
    pub(crate) not_finite: u64,
    /// How many points began after they ended.
    pub(crate) backwards: u64,
    /// Points before the first one have been let go of: it is not known what came before it.
    pub(crate) cut: bool,
    /// When something of it last came, nanoseconds since 1970.
    pub(super) seen: u64,
}

/// A series that stops and begins again more often shows the gaps that matter.
const GAPS_MAX: usize = 256;

impl Series {
    pub(super) fn new(origin: Arc<Origin>, points: Points) -> Self {
        Self {
            origin,
            points,
            exemplars: Exemplars::default(),
            gaps: Vec::new(),
            not_finite: 0,
            backwards: 0,
            cut: false,
            seen: 0,
        }
    }

    /// What it takes, without its key.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.points.bytes()
            + self.exemplars.bytes()
            + self.gaps.capacity() * size_of::<u64>()
    }

    /// The sender said that there is no value any more.
    pub(super) fn note_gap(&mut self, time: u64) {
        let is_full = self.gaps.len() == GAPS_MAX;
        // The oldest is anywhere: what is read from the file comes newest first.
        let oldest = self.gaps.iter_mut().min().filter(|_| is_full);
        match oldest {
            Some(oldest) => *oldest = time.max(*oldest),
            None => self.gaps.push(time),
        }
    }

    /// Lets go of the oldest points. Answers how many.
    pub(super) fn drop_oldest(&mut self, many: usize) -> u64 {
        let many = many.min(self.points.len());
        self.points.drop_oldest(many);
        self.cut |= many > 0;
        many as u64
    }
}

/// Appends a point. Answers whether the column is to be settled, and whether the oldest point had to go.
pub(super) fn push<V: Heap + PartialEq>(column: &mut Column<V>, point: Point<V>) -> (bool, bool) {
    let full = column.len() >= POINTS_MAX;
    if full {
        column.drop_oldest(1);
    }
    (column.push(point), full)
}
