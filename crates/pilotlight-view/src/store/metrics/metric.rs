//! Everything of one name and kind.

use super::series::{Series, SeriesKey};
use crate::query::{MetricKind, Temporality};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::sync::Arc;

/// A metric with its series.
#[derive(Debug)]
pub(crate) struct Metric {
    /// What kind of points its series have.
    pub(crate) kind: MetricKind,
    /// Its descriptions, the first one first; at most [`DESCRIPTIONS_MAX`].
    pub(crate) descriptions: Vec<String>,
    /// Its streams, at most [`STREAMS_MAX`].
    pub(crate) streams: Vec<Stream>,
    /// Its series.
    pub(crate) series: HashMap<SeriesKey, Series, RandomState>,
    /// The newest bounds of its histograms, so that points share them.
    layouts: Vec<Arc<[f64]>>,
    /// What texts and bounds take. Bounds that are not among the newest are counted until the metric goes.
    texts_bytes: usize,
}

/// What series must have in common to be added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    /// The unit.
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
/// Senders of one metric rarely have more than two or three different bounds.
const LAYOUTS_MAX: usize = 16;

impl Metric {
    pub(super) fn new(kind: MetricKind) -> Self {
        Self {
            kind,
            descriptions: Vec::new(),
            streams: Vec::new(),
            series: HashMap::default(),
            layouts: Vec::new(),
            texts_bytes: size_of::<Self>(),
        }
    }

    pub(super) fn describe(&mut self, description: &str) {
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

    /// The same bounds, shared.
    pub(super) fn layout(&mut self, bounds: &[f64]) -> Arc<[f64]> {
        if let Some(known) = self.layouts.iter().find(|layout| ***layout == *bounds) {
            return Arc::clone(known);
        }
        if self.layouts.len() == LAYOUTS_MAX {
            self.layouts.remove(0);
        }
        let layout: Arc<[f64]> = bounds.into();
        self.texts_bytes += size_of_val(bounds);
        self.layouts.push(Arc::clone(&layout));
        layout
    }

    /// What a series has in common with others.
    pub(crate) fn stream_of(&self, key: &SeriesKey) -> &Stream {
        &self.streams[usize::from(key.stream)]
    }

    pub(super) fn texts_bytes(&self) -> usize {
        self.texts_bytes
    }
}
