//! A metric as it was exported, kept by its bytes.

use std::fmt;

use bytes::Bytes;

use crate::record::{MetricData, MetricView, MetricsView, Number, ResourceView, ScopeView, ValueView};

use super::exporter::{Batch, Signal};

/// One metric of a batch, with the scope and resource it was exported under. Shares the batch's memory; cloning is cheap.
///
/// ```
/// use pilotlight_sdk::record::Number;
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn check(exporter: InMemoryExporter) {
/// let metrics = exporter.metrics();
/// let done = metrics.iter().find(|metric| metric.name() == "jobs.done").unwrap();
/// assert_eq!((done.unit(), done.scope_name()), ("{job}", "jobs"));
/// assert_eq!(done.number(&[("queue", "mail")]), Some(Number::Int(3)));
/// # }
/// ```
#[derive(Clone)]
pub struct ExportedMetric {
    metric: Bytes,
    scope: Bytes,
    resource: Bytes,
}

impl ExportedMetric {
    /// The metrics of `batch`, in order; none when it carries another signal.
    pub fn all(batch: &Batch) -> Vec<Self> {
        if batch.signal != Signal::Metrics {
            return Vec::new();
        }
        let request = &batch.request;
        MetricsView::new(request)
            .metrics()
            .map(|(resource, scope, metric)| Self {
                metric: request.slice_ref(metric.as_bytes()),
                scope: request.slice_ref(scope.as_bytes()),
                resource: request.slice_ref(resource.as_bytes()),
            })
            .collect()
    }

    /// Reads the metric.
    pub fn view(&self) -> MetricView<'_> {
        MetricView::new(&self.metric)
    }

    /// What is measured.
    pub fn name(&self) -> &str {
        self.view().name()
    }

    /// In what it is measured; empty when nobody said.
    pub fn unit(&self) -> &str {
        self.view().unit()
    }

    /// What it means; empty when nobody said.
    pub fn description(&self) -> &str {
        self.view().description()
    }

    /// The name of the library that measured it.
    pub fn scope_name(&self) -> &str {
        self.scope().name()
    }

    /// The library that measured it.
    pub fn scope(&self) -> ScopeView<'_> {
        ScopeView::new(&self.scope)
    }

    /// The service it belongs to.
    pub fn resource(&self) -> ResourceView<'_> {
        ResourceView::new(&self.resource)
    }

    /// One attribute of the service it belongs to.
    pub fn resource_attribute(&self, key: &str) -> Option<ValueView<'_>> {
        self.resource().attribute(key)
    }

    /// The value of the series with exactly these attributes, in any order, values as they are displayed; of a sum or a
    /// gauge.
    pub fn number(&self, attributes: &[(&str, &str)]) -> Option<Number> {
        match self.view().data() {
            MetricData::Gauge { mut points } | MetricData::Sum { mut points, .. } => {
                points.find(|point| are(point.attributes(), attributes)).map(|point| point.value())
            }
            _ => None,
        }
    }

    /// How many values the series with exactly these attributes has, in any order, values as they are displayed; of a
    /// histogram of either kind.
    pub fn count(&self, attributes: &[(&str, &str)]) -> Option<u64> {
        match self.view().data() {
            MetricData::Histogram { mut points, .. } => {
                points.find(|point| are(point.attributes(), attributes)).map(|point| point.count())
            }
            MetricData::ExponentialHistogram { mut points, .. } => {
                points.find(|point| are(point.attributes(), attributes)).map(|point| point.count())
            }
            _ => None,
        }
    }
}

/// Whether `attributes` are the `expected` ones and no others.
fn are<'a>(
    mut attributes: impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone,
    expected: &[(&str, &str)],
) -> bool {
    let is_expected = |key: &str, value: &str| expected.contains(&(key, value));
    attributes.clone().count() == expected.len()
        && attributes.all(|(key, value)| is_expected(key, &value.to_string()))
}

impl fmt::Debug for ExportedMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
