//! What is bad in part: only that is refused, the rest is kept.
//!
//! | what | then |
//! |---|---|
//! | a span whose trace or span id is missing, of a wrong length or all zeros; a parent id of a wrong length | the span is refused |
//! | a link with such ids | the link is counted as dropped |
//! | a log record or an exemplar with such ids | it is kept, without them: it belongs to no trace |
//! | a data point without a value, unless it says that it has none | the point is refused |
//! | a histogram whose buckets do not fit its bounds, or whose bounds do not rise | the point is refused |
//! | a metric without a name | its points are refused |

use super::Data;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::metric::Data as Points;
use opentelemetry_proto::tonic::metrics::v1::{
    DataPointFlags, Exemplar, HistogramDataPoint, Metric, NumberDataPoint,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use std::fmt::Write;

/// What is left of a request, and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Spans, points or records that are left.
    pub items: u64,
    /// Spans, points or records that were taken out.
    pub rejected: u64,
    /// Something was taken out or mended: the encoded form is no longer the same.
    pub changed: bool,
    /// Why, each reason once, with its count and its first example.
    reasons: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reason {
    what: &'static str,
    count: u64,
    example: String,
}

/// Takes out what cannot be used.
pub fn check(data: &mut Data) -> Checked {
    let mut checked = Checked::default();
    match data {
        Data::Traces(resources) => {
            for scope in resources.iter_mut().flat_map(|resource| &mut resource.scope_spans) {
                scope.spans.retain_mut(|span| checked.span(span));
            }
        }
        Data::Metrics(resources) => {
            for scope in resources.iter_mut().flat_map(|resource| &mut resource.scope_metrics) {
                scope.metrics.iter_mut().for_each(|metric| checked.metric(metric));
            }
        }
        Data::Logs(resources) => {
            for scope in resources.iter_mut().flat_map(|resource| &mut resource.scope_logs) {
                scope.log_records.iter_mut().for_each(|record| checked.log(record));
            }
        }
    }
    checked
}

impl Checked {
    /// What was refused and why, in one line; none when nothing was.
    pub fn reason(&self) -> Option<String> {
        let mut words = String::new();
        for Reason { what, count, example } in &self.reasons {
            let separator = if words.is_empty() { "" } else { "; " };
            let _ = write!(words, "{separator}{what}: {count} (first: {example:?})");
        }
        Some(words).filter(|words| !words.is_empty())
    }

    fn span(&mut self, span: &mut Span) -> bool {
        if let Some(fault) = span_fault(span) {
            return self.reject(fault, &span.name);
        }
        let links = span.links.len();
        span.links.retain(|link| is_id(&link.trace_id, 16) && is_id(&link.span_id, 8));
        let lost = links - span.links.len();
        if lost > 0 {
            self.changed = true;
            span.dropped_links_count =
                span.dropped_links_count.saturating_add(u32::try_from(lost).unwrap_or(u32::MAX));
        }
        self.items += 1;
        true
    }

    fn log(&mut self, record: &mut LogRecord) {
        self.clear_unless_ids(&mut record.trace_id, &mut record.span_id);
        self.items += 1;
    }

    fn metric(&mut self, metric: &mut Metric) {
        let name = std::mem::take(&mut metric.name);
        match &mut metric.data {
            Some(Points::Gauge(gauge)) => self.numbers(&name, &mut gauge.data_points),
            Some(Points::Sum(sum)) => self.numbers(&name, &mut sum.data_points),
            Some(Points::Histogram(histogram)) => {
                self.retain(&name, &mut histogram.data_points, histogram_fault, |point| &mut point.exemplars);
            }
            Some(Points::ExponentialHistogram(histogram)) => {
                self.retain(&name, &mut histogram.data_points, |_| None, |point| &mut point.exemplars);
            }
            Some(Points::Summary(summary)) => {
                let mut none = Vec::new();
                summary.data_points.retain_mut(|_| self.point(&name, None, &mut none));
            }
            None => {}
        }
        metric.name = name;
    }

    fn numbers(&mut self, name: &str, points: &mut Vec<NumberDataPoint>) {
        self.retain(name, points, number_fault, |point| &mut point.exemplars);
    }

    fn retain<P>(
        &mut self,
        name: &str,
        points: &mut Vec<P>,
        fault: fn(&P) -> Option<&'static str>,
        exemplars: fn(&mut P) -> &mut Vec<Exemplar>,
    ) {
        points.retain_mut(|point| {
            let fault = fault(point);
            self.point(name, fault, exemplars(point))
        });
    }

    fn point(&mut self, name: &str, fault: Option<&'static str>, exemplars: &mut [Exemplar]) -> bool {
        let nameless = name.is_empty().then_some("points of a metric without a name");
        if let Some(fault) = nameless.or(fault) {
            return self.reject(fault, name);
        }
        for exemplar in exemplars {
            self.clear_unless_ids(&mut exemplar.trace_id, &mut exemplar.span_id);
        }
        self.items += 1;
        true
    }

    /// Ids that are none leave a record or exemplar without a trace, as the specification of logs has it.
    fn clear_unless_ids(&mut self, trace_id: &mut Vec<u8>, span_id: &mut Vec<u8>) {
        for (id, length) in [(trace_id, 16), (span_id, 8)] {
            if !id.is_empty() && !is_id(id, length) {
                id.clear();
                self.changed = true;
            }
        }
    }

    /// Counts what is taken out; the answer is that it is not retained.
    fn reject(&mut self, what: &'static str, example: &str) -> bool {
        self.changed = true;
        self.rejected += 1;
        match self.reasons.iter_mut().find(|reason| reason.what == what) {
            Some(reason) => reason.count += 1,
            None => {
                let example = example.chars().take(EXAMPLE_CHARACTERS_MAX).collect();
                self.reasons.push(Reason { what, count: 1, example });
            }
        }
        false
    }
}

/// Enough to know the operation by, and short enough for a line.
const EXAMPLE_CHARACTERS_MAX: usize = 60;

fn is_id(id: &[u8], length: usize) -> bool {
    id.len() == length && id.iter().any(|byte| *byte != 0)
}

fn span_fault(span: &Span) -> Option<&'static str> {
    match () {
        () if span.trace_id.len() != 16 => Some("spans whose trace id is not 16 bytes long"),
        () if !is_id(&span.trace_id, 16) => Some("spans whose trace id is all zeros"),
        () if span.span_id.len() != 8 => Some("spans whose span id is not 8 bytes long"),
        () if !is_id(&span.span_id, 8) => Some("spans whose span id is all zeros"),
        () if !matches!(span.parent_span_id.len(), 0 | 8) => {
            Some("spans whose parent id is not 8 bytes long")
        }
        () => None,
    }
}

fn number_fault(point: &NumberDataPoint) -> Option<&'static str> {
    let without_on_purpose = point.flags & DataPointFlags::NoRecordedValueMask as u32 != 0;
    (point.value.is_none() && !without_on_purpose).then_some("points without a value")
}

fn histogram_fault(point: &HistogramDataPoint) -> Option<&'static str> {
    let (buckets, bounds) = (point.bucket_counts.len(), point.explicit_bounds.len());
    if buckets != bounds + 1 && (buckets, bounds) != (0, 0) {
        return Some("histograms that have not one bucket more than bounds");
    }
    let rising = point.explicit_bounds.is_sorted_by(|low, high| low < high);
    let number = point.explicit_bounds.first().is_none_or(|bound| !bound.is_nan());
    (!rising || !number).then_some("histograms whose bounds do not rise")
}
