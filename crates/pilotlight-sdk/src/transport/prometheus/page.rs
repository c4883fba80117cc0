//! The page: what a scrape is answered with.
//!
//! Formats: Prometheus text 0.0.4, <https://prometheus.io/docs/instrumenting/exposition_formats/>, and OpenMetrics 1.0,
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::collections::HashSet;

use bytes::Bytes;

use crate::config::PrometheusConfig;
use crate::record::{ExemplarView, MetricData, MetricsView, Number, NumberPointView};

use super::exemplar;
use super::family::{Families, Family, Kind};
use super::labels::{self, Label};
use super::negotiate::Format;
use super::number::{write_bound, write_float, write_seconds};
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
        let (out, seen) = (String::new(), HashSet::new());
        let mut page = Page { out, openmetrics, seen, troubles: &mut self.troubles };
        page.target_info(&target);
        for family in &families.all {
            page.family(family, &families.scopes);
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
    /// The labels of the current family's series.
    seen: HashSet<String>,
    troubles: &'t mut Troubles,
}

/// Where a point's samples go.
struct Series<'a> {
    title: &'a str,
    labels: &'a str,
}

impl Page<'_> {
    fn target_info(&mut self, labels: &str) {
        if labels.is_empty() {
            return;
        }
        let (title, kind) = if self.openmetrics { ("target", "info") } else { ("target_info", "gauge") };
        self.metadata(title, kind, "", "What the metrics are about: the resource's attributes");
        self.out.push_str("target_info{");
        self.out.push_str(labels);
        self.out.push_str("} 1\n");
    }

    fn family(&mut self, family: &Family<'_>, scopes: &[Vec<Label<'_>>]) {
        let title = family.title(self.openmetrics);
        self.metadata(&title, family.kind.label(), &family.name.unit, family.help);
        self.seen.clear();
        for (scope, data) in &family.metrics {
            self.metric(&title, family.kind, data, &scopes[*scope]);
        }
    }

    fn metadata(&mut self, title: &str, kind: &str, unit: &str, help: &str) {
        if !help.is_empty() {
            self.out.push_str(&format!("# HELP {title} "));
            labels::escape(&mut self.out, help, self.openmetrics);
            self.out.push('\n');
        }
        self.out.push_str(&format!("# TYPE {title} {kind}\n"));
        if self.openmetrics && !unit.is_empty() {
            self.out.push_str(&format!("# UNIT {title} {unit}\n"));
        }
    }

    fn metric(&mut self, title: &str, kind: Kind, data: &MetricData<'_>, scope: &[Label<'_>]) {
        match data.clone() {
            MetricData::Gauge { points } | MetricData::Sum { points, .. } => {
                for point in points {
                    let labels = labels::of_point(point.attributes(), scope, false);
                    if self.is_new(title, &labels) {
                        self.number(kind, &Series { title, labels: &labels }, point);
                    }
                }
            }
            MetricData::Histogram { points, .. } => {
                for point in points {
                    let labels = labels::of_point(point.attributes(), scope, true);
                    if self.is_new(title, &labels) {
                        let series = Series { title, labels: &labels };
                        self.histogram(&series, &Spread::explicit(point), point.exemplars());
                        self.created(&series, point.start_time_nanos());
                    }
                }
            }
            MetricData::ExponentialHistogram { points, .. } => {
                for point in points {
                    let labels = labels::of_point(point.attributes(), scope, true);
                    if self.is_new(title, &labels) {
                        let series = Series { title, labels: &labels };
                        self.histogram(&series, &Spread::exponential(point), point.exemplars());
                        self.created(&series, point.start_time_nanos());
                    }
                }
            }
            MetricData::Unknown => {}
        }
    }

    /// Whether no series of the family has had these labels; complains if one has.
    fn is_new(&mut self, title: &str, labels: &str) -> bool {
        let is_new = self.seen.insert(labels.to_owned());
        if !is_new {
            self.troubles.note(Trouble::SameLabels, title, 1);
        }
        is_new
    }

    fn number(&mut self, kind: Kind, series: &Series<'_>, point: NumberPointView<'_>) {
        if kind == Kind::Gauge {
            return self.sample(series, "", "", |out| write_number(out, point.value()), None);
        }
        let value = point.value().as_f64();
        if value.is_nan() || value < 0.0 {
            return self.troubles.note(Trouble::NotACounter, series.title, 1);
        }
        // In the text format the title already has the suffix.
        let suffix = if self.openmetrics { "_total" } else { "" };
        let latest = point.exemplars().max_by_key(ExemplarView::time_nanos);
        self.sample(series, suffix, "", |out| write_number(out, point.value()), latest);
        self.created(series, point.start_time_nanos());
    }

    fn histogram<'a>(
        &mut self,
        series: &Series<'_>,
        spread: &Spread,
        exemplars: impl Iterator<Item = ExemplarView<'a>> + Clone,
    ) {
        let mut low = f64::NEG_INFINITY;
        for (bound, count) in spread.buckets.iter().copied().chain([(f64::INFINITY, spread.count)]) {
            let mut le = String::new();
            write_bound(&mut le, bound, self.openmetrics);
            let latest = exemplar::latest(exemplars.clone(), low, bound);
            self.sample(series, "_bucket", &le, |out| out.push_str(&count.to_string()), latest);
            low = bound;
        }
        // OpenMetrics has a count only beside a sum, and a sum only where it cannot fall.
        let sum = if self.openmetrics { spread.monotonic_sum() } else { spread.sum };
        if let Some(sum) = sum {
            self.sample(series, "_sum", "", |out| write_float(out, sum), None);
        }
        if sum.is_some() || !self.openmetrics {
            self.sample(series, "_count", "", |out| out.push_str(&spread.count.to_string()), None);
        }
    }

    fn created(&mut self, series: &Series<'_>, start: u64) {
        if self.openmetrics && start > 0 {
            self.sample(series, "_created", "", |out| write_seconds(out, start), None);
        }
    }

    fn sample(
        &mut self,
        series: &Series<'_>,
        suffix: &str,
        le: &str,
        value: impl FnOnce(&mut String),
        exemplar: Option<ExemplarView<'_>>,
    ) {
        let out = &mut self.out;
        out.push_str(series.title);
        out.push_str(suffix);
        match (series.labels, le) {
            ("", "") => {}
            (labels, "") => out.extend(["{", labels, "}"]),
            ("", le) => out.extend(["{le=\"", le, "\"}"]),
            (labels, le) => out.extend(["{", labels, ",le=\"", le, "\"}"]),
        }
        out.push(' ');
        value(out);
        match exemplar.filter(|_| self.openmetrics) {
            Some(exemplar) => exemplar::write(out, exemplar),
            None => out.push('\n'),
        }
    }
}

fn write_number(out: &mut String, number: Number) {
    match number {
        Number::Int(number) => out.push_str(&number.to_string()),
        Number::Float(number) => write_float(out, number),
    }
}
