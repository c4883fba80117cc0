//! One batch of metrics as a block of text.

use std::time::{Duration, SystemTime};

use crate::record::{MetricData, MetricView, MetricsView, ResourceView, ScopeView, Temporality};
use crate::transport::console::look::{Line, Look, Paint};
use crate::transport::console::units::utc;
use crate::transport::tree::plain::{shorten, width};

use super::quantity::{UNIT_WIDTH_MAX, count};
use super::rows;
use super::table::INDENT;

/// A description that gets less than this says nothing.
const DESCRIPTION_WIDTH_MIN: usize = 12;

/// Draws `request`, with an empty line at its end; nothing when nothing was measured.
pub(super) fn draw(request: MetricsView<'_>, look: Look) -> String {
    let mut block = Block { look, text: String::new() };
    let measured = request.metrics().filter(|(_, _, metric)| metric.point_count() > 0);
    let time = measured.clone().map(|(_, _, metric)| time_nanos(&metric.data())).max();
    let mut above: Option<(ResourceView<'_>, ScopeView<'_>)> = None;
    let mut measured: Vec<_> = measured.collect();
    // A person looks for what the service measures, and for Pilotlight's own afterwards.
    measured.sort_by_key(|(_, scope, _)| is_own(scope));
    for (resource, scope, metric) in measured {
        if above.is_none_or(|above| !std::ptr::eq(above.0.as_bytes(), resource.as_bytes())) {
            block.service(&resource, time.unwrap_or(0));
        }
        if above.is_none_or(|above| !std::ptr::eq(above.1.as_bytes(), scope.as_bytes())) {
            block.scope(&scope);
        }
        block.metric(&metric);
        above = Some((resource, scope));
    }
    if above.is_some() {
        block.text.push('\n');
    }
    block.text
}

fn is_own(scope: &ScopeView<'_>) -> bool {
    scope.name().split('.').next() == Some("pilotlight")
}

struct Block {
    look: Look,
    text: String,
}

impl Block {
    /// `shop  metrics  2023-11-14 22:13:20.000 UTC`
    fn service(&mut self, resource: &ResourceView<'_>, time_nanos: u64) {
        let name = resource.attribute("service.name").map(|name| shorten(name, self.look.width / 2));
        let mut line = Line::new(self.look);
        line.push(Paint::Bold, &name.unwrap_or_default());
        let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(time_nanos);
        line.push(Paint::Dim, &format!("  metrics  {}", utc(time)));
        line.end(&mut self.text);
    }

    /// `http.server 1.2`
    fn scope(&mut self, scope: &ScopeView<'_>) {
        let mut line = Line::new(self.look);
        let name = if scope.name().is_empty() { "(no scope)" } else { scope.name() };
        let name = shorten(name, self.look.width - self.look.width / 4);
        line.push(Paint::Cyan, &name);
        if !scope.version().is_empty() {
            let room = self.look.width - width(&name) - 1;
            line.push(Paint::Dim, &format!(" {}", shorten(scope.version(), room)));
        }
        line.end(&mut self.text);
    }

    fn metric(&mut self, metric: &MetricView<'_>) {
        self.metric_line(metric);
        let (table, more) = rows::table(metric, self.look);
        table.draw(self.look, &mut self.text);
        if more > 0 {
            let mut line = Line::new(self.look);
            line.pad(INDENT);
            line.push(Paint::Dim, &format!("and {} more series", count(more as u64)));
            line.end(&mut self.text);
        }
    }

    /// `  http.server.request.duration [histogram, s, delta] Duration of HTTP server requests.`
    fn metric_line(&mut self, metric: &MetricView<'_>) {
        let mut line = Line::new(self.look);
        line.pad(INDENT / 2);
        let kind = kind(metric);
        let room = self.look.width - INDENT / 2 - width(&kind) - 1;
        line.push(Paint::Bold, &shorten(metric.name(), room));
        line.push(Paint::Dim, &format!(" {kind}"));
        let room = self.look.width.saturating_sub(line.width() + 1);
        if !metric.description().is_empty() && room >= DESCRIPTION_WIDTH_MIN {
            line.push(Paint::Dim, &format!(" {}", shorten(metric.description(), room)));
        }
        line.end(&mut self.text);
    }
}

/// `[histogram, s, delta]`. What counts since the series began is the usual case, and not mentioned.
fn kind(metric: &MetricView<'_>) -> String {
    let data = metric.data();
    let mut words = vec![match data {
        MetricData::Gauge { .. } => "gauge".to_owned(),
        MetricData::Sum { is_monotonic: true, .. } => "counter".to_owned(),
        MetricData::Sum { .. } => "up-down counter".to_owned(),
        MetricData::Histogram { .. } => "histogram".to_owned(),
        MetricData::ExponentialHistogram { .. } => "exponential histogram".to_owned(),
        MetricData::Unknown => "unknown".to_owned(),
    }];
    if !matches!(metric.unit(), "" | "1") {
        words.push(shorten(metric.unit(), UNIT_WIDTH_MAX));
    }
    if data.temporality() == Some(Temporality::Delta) {
        words.push("delta".to_owned());
    }
    format!("[{}]", words.join(", "))
}

/// When the latest of the points was collected.
fn time_nanos(data: &MetricData<'_>) -> u64 {
    let latest = match data.clone() {
        MetricData::Gauge { points } | MetricData::Sum { points, .. } => {
            points.map(|point| point.time_nanos()).max()
        }
        MetricData::Histogram { points, .. } => points.map(|point| point.time_nanos()).max(),
        MetricData::ExponentialHistogram { points, .. } => points.map(|point| point.time_nanos()).max(),
        MetricData::Unknown => None,
    };
    latest.unwrap_or(0)
}
