//! All metrics that are held.

use super::distinct::Distinct;
use super::held::Held;
use super::metric::Metric;
use super::origin::Origins;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Metrics within bounds. Inserting is some hundred nanoseconds a point.
#[derive(Debug)]
pub(crate) struct MetricWindow {
    pub(super) limits: Limits,
    /// By name; of each name one for each kind.
    pub(super) metrics: HashMap<String, Vec<Metric>, RandomState>,
    pub(super) origins: Origins,
    /// How many series there are.
    pub(super) series: usize,
    /// How many points there are.
    pub(super) points: u64,
    /// What metrics, series and points take.
    pub(super) bytes: usize,
    /// Points that had to go.
    pub(super) points_dropped: u64,
    /// Series that stay.
    pub(super) held: Held,
    /// Series that were never begun.
    pub(super) left_out: Distinct,
    /// When room was last sought for new series, nanoseconds since 1970.
    pub(super) swept: u64,
    /// What a series is looked up by, written anew for each point.
    pub(super) key: Vec<u8>,
    pub(super) hasher: RandomState,
}

/// How much is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of memory. Over it the oldest points of each series go; then series, those first that have been silent for longest.
    pub(crate) bytes_max: usize,
    /// Series. Over it new ones are left out and counted, until others have been silent for a quarter of an hour. Those that tell what
    /// senders have lost are begun nevertheless, and are not let go of: see [`Held`].
    pub(crate) series_max: usize,
}

impl Limits {
    /// As many series as pages can list at all: 40 MB, with a point each.
    pub(crate) const SERIES_MAX: usize = 100_000;
}

impl MetricWindow {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            metrics: HashMap::default(),
            origins: Origins::default(),
            series: 0,
            points: 0,
            bytes: 0,
            points_dropped: 0,
            held: Held::default(),
            left_out: Distinct::default(),
            swept: 0,
            key: Vec::new(),
            hasher: RandomState::default(),
        }
    }

    /// Lets go of everything. What was counted stays counted.
    pub(crate) fn clear(&mut self) {
        self.metrics = HashMap::default();
        self.origins = Origins::default();
        self.held = Held::default();
        (self.series, self.points, self.bytes) = (0, 0, 0);
    }

    /// Bytes of memory, nearly: what allocators add is not known.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.origins.bytes()
    }

    /// How many points there are.
    pub(crate) fn points(&self) -> u64 {
        self.points
    }

    /// How many series there are.
    pub(crate) fn series(&self) -> u64 {
        self.series as u64
    }

    /// How many points had to go.
    pub(crate) fn points_dropped(&self) -> u64 {
        self.points_dropped
    }

    /// About how many series were never begun.
    pub(crate) fn series_left_out(&self) -> u64 {
        self.left_out.count()
    }

    /// The oldest point's time, nanoseconds since 1970. Looks at every series.
    pub(crate) fn oldest(&self) -> Option<u64> {
        let series = self.metrics.values().flatten().flat_map(|metric| metric.series.values());
        series.filter_map(|series| Some(series.points.span()?.0)).min()
    }

    /// All metrics with their names, in no order.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (&str, &Metric)> {
        self.metrics.iter().flat_map(|(name, kinds)| kinds.iter().map(|metric| (name.as_str(), metric)))
    }

    /// The metrics of a name: one for each kind.
    pub(crate) fn named(&self, name: &str) -> &[Metric] {
        self.metrics.get(name).map_or(&[], Vec::as_slice)
    }
}
