//! Everything of one name and kind.

use super::layouts::Layouts;
use super::series::{Series, SeriesKey};
use crate::query::text::{SEARCHED_BYTES, cut};
use crate::query::{MetricKind, Temporality};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// A metric with its series.
#[derive(Debug)]
pub(crate) struct Metric {
    /// What kind of points its series have.
    pub(crate) kind: MetricKind,
    /// Its descriptions, cut, the first one first; at most [`DESCRIPTIONS_MAX`].
    pub(crate) descriptions: Vec<String>,
    /// Its streams, at most [`STREAMS_MAX`].
    pub(crate) streams: Vec<Stream>,
    /// Its series.
    pub(crate) series: HashMap<SeriesKey, Series, RandomState>,
    /// The bounds of its histograms.
    pub(super) layouts: Layouts,
    /// What texts take.
    texts_bytes: usize,
}

/// What series must have in common to be added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    /// The unit, cut.
    pub(crate) unit: String,
    /// What points count from; none for gauges and summaries.
    pub(crate) temporality: Option<Temporality>,
    /// It only goes up.
    pub(crate) monotonic: bool,
}

/// More different descriptions of one metric tell nothing that the first ones do not.
const DESCRIPTIONS_MAX: usize = 4;
/// More units and temporalities of one metric are not a metric; their series are left out.
const STREAMS_MAX: usize = 32;

impl Metric {
    pub(super) fn new(kind: MetricKind) -> Self {
        Self {
            kind,
            descriptions: Vec::new(),
            streams: Vec::new(),
            series: HashMap::default(),
            layouts: Layouts::default(),
            texts_bytes: size_of::<Self>(),
        }
    }

    pub(super) fn describe(&mut self, description: &str) {
        let description = cut(description, SEARCHED_BYTES);
        let known = description.is_empty() || self.descriptions.iter().any(|known| known == description);
        if !known && self.descriptions.len() < DESCRIPTIONS_MAX {
            self.texts_bytes += description.len();
            self.descriptions.push(description.to_owned());
        }
    }

    /// The stream's position; none when there are too many.
    pub(super) fn stream(
        &mut self,
        unit: &str,
        temporality: Option<Temporality>,
        monotonic: bool,
    ) -> Option<u16> {
        let unit = cut(unit, SEARCHED_BYTES);
        let same = |stream: &Stream| {
            stream.unit == unit && stream.temporality == temporality && stream.monotonic == monotonic
        };
        let position = self.streams.iter().position(same).or_else(|| {
            (self.streams.len() < STREAMS_MAX).then(|| {
                self.texts_bytes += unit.len() + size_of::<Stream>();
                self.streams.push(Stream { unit: unit.to_owned(), temporality, monotonic });
                self.streams.len() - 1
            })
        });
        position.map(|position| position as u16)
    }

    /// What a series has in common with others.
    pub(crate) fn stream_of(&self, key: &SeriesKey) -> &Stream {
        &self.streams[usize::from(key.stream)]
    }

    /// What it takes beside its series.
    pub(super) fn own_bytes(&self) -> usize {
        self.texts_bytes + self.layouts.bytes()
    }
}
