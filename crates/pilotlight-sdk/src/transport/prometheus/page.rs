//! The page: what a scrape is answered with.
//!
//! Formats: Prometheus text 0.0.4, <https://prometheus.io/docs/instrumenting/exposition_formats/>, and OpenMetrics 1.0,
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::collections::HashSet;

use bytes::Bytes;

use crate::config::PrometheusConfig;
use crate::record::{MetricData, MetricsView, NumberPointView};

use super::family::{Families, Family, Kind};
use super::labels::{self, Label};
use super::negotiate::Format;
use super::sample::Series;
use super::spread::Spread;
use super::trouble::{PrometheusCounts, Trouble, Troubles};

/// Makes pages, and remembers what it complained about.
#[derive(Debug)]
pub(super) struct PageWriter {
    config: PrometheusConfig,
    troubles: Troubles,
}

impl PageWriter {
    pub(super) fn new(config: PrometheusConfig, counts: PrometheusCounts) -> Self {
        Self { config, troubles: Troubles::new(counts) }
    }

    /// The metrics of `requests`, each an encoded `ExportMetricsServiceRequest` of one collection, as text.
    ///
    /// Costs memory for the page, and as much again for the labels of the metric with the most series.
    pub(super) fn write(&mut self, requests: &[Bytes], format: Format) -> String {
        let openmetrics = format.is_openmetrics();
        let target = self.target(requests);
        let taken: &[&str] = match (target.is_empty(), openmetrics) {
            (true, _) => &[],
            (false, false) => &["target_info"],
            (false, true) => &["target", "target_info"],
        };
        let families = Families::gather(requests, taken, openmetrics, &self.config, &mut self.troubles);
        let mut page = Page { out: String::new(), openmetrics, troubles: &mut self.troubles };
        page.target_info(&target);
        for family in &families.all {
            page.metadata(&family.title(openmetrics), family.kind.label(), &family.name.unit, family.help);
            FamilyPage::new(&mut page, family).write(family, &families.scopes);
        }
        if openmetrics {
            page.out.push_str("# EOF\n");
        }
        page.out
    }

    /// The labels of the first resource that has any.
    fn target(&self, requests: &[Bytes]) -> String {
        if !self.config.target_info {
            return String::new();
        }
        let resources = requests.iter().flat_map(|request| MetricsView::new(request).resources());
        let targets = resources.map(|resource| labels::of_point(resource.attributes(), &[], false));
        targets.into_iter().find(|labels| !labels.is_empty()).unwrap_or_default()
    }
}

/// A page in the making.
struct Page<'t> {
    out: String,
    openmetrics: bool,
    troubles: &'t mut Troubles,
}

impl Page<'_> {
    fn target_info(&mut self, labels: &str) {
        if labels.is_empty() {
            return;
        }
        let (title, kind) = if self.openmetrics { ("target", "info") } else { ("target_info", "gauge") };
        self.metadata(title, kind, "", "What the metrics are about: the resource's attributes");
        self.out.extend(["target_info{", labels, "} 1\n"]);
    }

    fn metadata(&mut self, title: &str, kind: &str, unit: &str, help: &str) {
        if !help.is_empty() {
            self.out.extend(["# HELP ", title, " "]);
            labels::escape(&mut self.out, help, self.openmetrics);
            self.out.push('\n');
        }
        self.out.extend(["# TYPE ", title, " ", kind, "\n"]);
        if self.openmetrics && !unit.is_empty() {
            self.out.extend(["# UNIT ", title, " ", unit, "\n"]);
        }
    }
}

/// The samples of one family in the making.
struct FamilyPage<'p, 't> {
    page: &'p mut Page<'t>,
    title: String,
    /// The name in the text format, by which warnings know the family in either.
    name: String,
    /// The labels of its series so far.
    seen: HashSet<String>,
}

impl<'p, 't> FamilyPage<'p, 't> {
    fn new(page: &'p mut Page<'t>, family: &Family<'_>) -> Self {
        let (title, name) = (family.title(page.openmetrics), family.name.text());
        Self { page, title, name, seen: HashSet::new() }
    }

    fn write(&mut self, family: &Family<'_>, scopes: &[Vec<Label<'_>>]) {
        for (scope, data) in &family.metrics {
            let scope = &scopes[*scope];
            match data.clone() {
                MetricData::Gauge { points } | MetricData::Sum { points, .. } => {
                    points.for_each(|point| self.number(family.kind, point, scope));
                }
                MetricData::Histogram { points, .. } => points.for_each(|point| {
                    if let Some(mut series) = self.series(labels::of_point(point.attributes(), scope, true)) {
                        series.histogram(&Spread::explicit(point), point.exemplars());
                        series.created(point.start_time_nanos());
                    }
                }),
                MetricData::ExponentialHistogram { points, .. } => points.for_each(|point| {
                    if let Some(mut series) = self.series(labels::of_point(point.attributes(), scope, true)) {
                        series.histogram(&Spread::exponential(point), point.exemplars());
                        series.created(point.start_time_nanos());
                    }
                }),
                MetricData::Unknown => {}
            }
        }
    }

    fn number(&mut self, kind: Kind, point: NumberPointView<'_>, scope: &[Label<'_>]) {
        let value = point.value().as_f64();
        if kind == Kind::Counter && (value.is_nan() || value < 0.0) {
            return self.page.troubles.note(Trouble::NotACounter, &self.name, 1);
        }
        let Some(mut series) = self.series(labels::of_point(point.attributes(), scope, false)) else {
            return;
        };
        if kind == Kind::Gauge {
            return series.gauge(point.value());
        }
        series.counter(point.value(), point.exemplars());
        series.created(point.start_time_nanos());
    }

    /// Where the samples of the series with `labels` go; nowhere, with a complaint, if another one had them.
    fn series(&mut self, labels: String) -> Option<Series<'_>> {
        if !self.seen.insert(labels.clone()) {
            self.page.troubles.note(Trouble::SameLabels, &self.name, 1);
            return None;
        }
        let (out, openmetrics) = (&mut self.page.out, self.page.openmetrics);
        Some(Series { out, openmetrics, title: &self.title, labels })
    }
}
