//! One series.

use super::exemplar::Exemplars;
use super::tally::Tally;
use super::{Origin, Points};
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
    /// Its points by time, at most [`POINTS_MAX`].
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
    /// What points counted that have been let go of, of a series that stays itself: see [`held`](super::held).
    pub(crate) gone: Option<Box<Tally>>,
    /// When something of it last came, nanoseconds since 1970.
    pub(super) seen: u64,
}

/// Half a day of one a second. More of one series no page can show, and late points have to be sorted in.
const POINTS_MAX: usize = 50_000;
/// So many more may be there before late ones are sorted in and the oldest go: sorting looks at all points.
const LATE_MAX: usize = POINTS_MAX / 8;
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
            gone: None,
            seen: 0,
        }
    }

    /// What it takes, without its key.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.points.bytes()
            + self.exemplars.bytes()
            + self.gaps.capacity() * size_of::<u64>()
            + self.gone.as_ref().map_or(0, |gone| gone.bytes())
    }

    /// It is not let go of.
    pub(super) fn is_held(&self) -> bool {
        self.gone.is_some()
    }

    /// The sender said that there is no value any more. What comes now (`live`) takes the place of what came first, whatever its clock
    /// says; what is read from the file, newest first, that of what is older.
    pub(super) fn note_gap(&mut self, time: u64, live: bool) {
        if self.gaps.len() < GAPS_MAX {
            self.gaps.push(time);
        } else if live {
            self.gaps.remove(0);
            self.gaps.push(time);
        } else if let Some(oldest) = self.gaps.iter_mut().min() {
            *oldest = time.max(*oldest);
        }
    }

    /// Puts late points where they belong; then lets go of the oldest over the bound. Answers how many of them.
    pub(super) fn settle(&mut self) -> u64 {
        self.points.settle();
        self.drop_oldest(self.points.len().saturating_sub(POINTS_MAX))
    }

    /// It has so many points over the bound that it is to be settled before it takes another.
    pub(super) fn is_too_long(&self) -> bool {
        let late_max = if self.points.is_settled() { 0 } else { LATE_MAX };
        self.points.len() > POINTS_MAX + late_max
    }

    /// Lets go of the oldest points. Answers how many.
    pub(super) fn drop_oldest(&mut self, many: usize) -> u64 {
        let many = many.min(self.points.len());
        if let (Some(gone), Points::Numbers(column)) = (&mut self.gone, &self.points) {
            column.iter().take(many).for_each(|point| gone.note(point));
        }
        self.points.drop_oldest(many);
        self.cut |= many > 0;
        many as u64
    }
    /// Lets go of what only makes charts richer.
    pub(super) fn drop_samples(&mut self) {
        self.exemplars.clear();
        self.gaps = Vec::new();
    }
}
