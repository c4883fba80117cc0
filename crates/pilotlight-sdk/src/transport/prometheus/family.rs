//! Metrics that share a name, together: the text formats want each name's samples in one place.

use std::collections::HashMap;

use bytes::Bytes;

use crate::config::PrometheusConfig;
use crate::record::{MetricData, MetricView, MetricsView, ScopeView, Temporality};

use super::labels::{self, Label};
use super::name::{MetricName, Suffixes};
use super::trouble::{Trouble, Troubles};

/// All that goes under one name.
pub(super) struct Family<'a> {
    pub(super) name: MetricName,
    pub(super) kind: Kind,
    pub(super) help: &'a str,
    /// Each with the place of its scope in [`Families::scopes`].
    pub(super) metrics: Vec<(usize, MetricData<'a>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl Family<'_> {
    /// What `TYPE` and `HELP` speak of.
    pub(super) fn title(&self, openmetrics: bool) -> String {
        if openmetrics { self.name.base.clone() } else { self.name.text() }
    }

    /// Every name that its samples may have, and its own: names that no other family may have.
    fn names(&self, openmetrics: bool) -> Vec<String> {
        let suffixes: &[&str] = match (self.kind, openmetrics) {
            (Kind::Gauge, _) | (Kind::Counter, false) => &[""],
            (Kind::Counter, true) => &["", "_total", "_created"],
            (Kind::Histogram, false) => &["", "_bucket", "_sum", "_count"],
            (Kind::Histogram, true) => &["", "_bucket", "_sum", "_count", "_created"],
        };
        let title = self.title(openmetrics);
        suffixes.iter().map(|suffix| format!("{title}{suffix}")).collect()
    }
}

/// The families of a page, in the order in which they are first met, and the labels of their scopes.
#[derive(Default)]
pub(super) struct Families<'a> {
    pub(super) all: Vec<Family<'a>>,
    pub(super) scopes: Vec<Vec<Label<'a>>>,
    /// Whose each name is; `None` for names that are the page's own.
    owners: HashMap<String, Option<usize>>,
}

impl<'a> Families<'a> {
    /// Sorts the metrics of `requests` into families. `taken` are names that the page itself uses.
    ///
    /// A metric whose name belongs to a family of another type is left out, as one whose samples' names would be another
    /// family's: which came first stays.
    pub(super) fn gather(
        requests: &'a [Bytes],
        taken: &[&str],
        openmetrics: bool,
        config: &PrometheusConfig,
        troubles: &mut Troubles,
    ) -> Self {
        let mut families = Self::default();
        families.owners.extend(taken.iter().map(|name| ((*name).to_owned(), None)));
        let mut last_scope: Option<ScopeView<'_>> = None;
        for (_, scope, metric) in requests.iter().flat_map(|request| MetricsView::new(request).metrics()) {
            if !last_scope.is_some_and(|last| std::ptr::eq(last.as_bytes(), scope.as_bytes())) {
                families.scopes.push(if config.scope_labels { labels::of_scope(scope) } else { Vec::new() });
                last_scope = Some(scope);
            }
            if let Some(family) = translate(metric, families.scopes.len() - 1, config, troubles) {
                families.add(family, metric.point_count() as u64, openmetrics, troubles);
            }
        }
        families
    }

    fn add(&mut self, family: Family<'a>, series: u64, openmetrics: bool, troubles: &mut Troubles) {
        let title = family.title(openmetrics);
        match self.owners.get(&title).copied().flatten().map(|owner| &mut self.all[owner]) {
            Some(same) if same.kind == family.kind && same.title(openmetrics) == title => {
                same.join(family, troubles);
            }
            _ => self.add_new(family, series, openmetrics, troubles),
        }
    }

    fn add_new(&mut self, family: Family<'a>, series: u64, openmetrics: bool, troubles: &mut Troubles) {
        let names = family.names(openmetrics);
        if names.iter().any(|name| self.owners.contains_key(name)) {
            return troubles.note(Trouble::NameTaken, &family.name.text(), series);
        }
        self.owners.extend(names.into_iter().map(|name| (name, Some(self.all.len()))));
        self.all.push(family);
    }
}

impl<'a> Family<'a> {
    fn join(&mut self, other: Self, troubles: &mut Troubles) {
        if self.help.is_empty() {
            self.help = other.help;
        } else if !other.help.is_empty() && self.help != other.help {
            troubles.note(Trouble::HelpDiffers, &self.name.text(), 0);
        }
        if self.name.unit.is_empty() {
            self.name.unit = other.name.unit;
        }
        self.metrics.extend(other.metrics);
    }
}

/// A family of `metric` alone; `None` for one without points, and one that Prometheus cannot have.
fn translate<'a>(
    metric: MetricView<'a>,
    scope: usize,
    config: &PrometheusConfig,
    troubles: &mut Troubles,
) -> Option<Family<'a>> {
    let data = metric.data();
    let (kind, suffixes) = match &data {
        MetricData::Gauge { .. } => (Kind::Gauge, Suffixes::Gauge),
        MetricData::Sum { is_monotonic: true, .. } => (Kind::Counter, Suffixes::Counter),
        MetricData::Sum { .. } => (Kind::Gauge, Suffixes::Neither),
        MetricData::Histogram { .. } | MetricData::ExponentialHistogram { .. } => {
            (Kind::Histogram, Suffixes::Neither)
        }
        MetricData::Unknown => return None,
    };
    let series = metric.point_count() as u64;
    if data.temporality() == Some(Temporality::Delta) {
        troubles.note(Trouble::NotCumulative, metric.name(), series);
        return None;
    }
    let name = MetricName::new(metric.name(), metric.unit(), suffixes, config);
    (series > 0).then(|| Family { name, kind, help: metric.description(), metrics: vec![(scope, data)] })
}
