//! Data points, and the requests that carry them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::record::{Exemplar, Point, PointNumber, Scope, ScopeId, Temporality, Totals};

use super::attribute::write_attribute;
use super::field::{self, Key};
use super::protobuf::{
    field_len, write_bytes, write_fixed64, write_message, write_nonempty, write_nonzero, write_varint,
};
use super::request::{EncodedResource, write_header};

/// All data points of one stream, encoded.
#[derive(Debug)]
pub(crate) struct EncodedMetric {
    pub(crate) scope: ScopeId,
    /// Name, description and unit.
    header: Vec<u8>,
    /// Which kind of data it is.
    data: Key,
    /// Temporality and whether it only grows.
    traits: Vec<u8>,
    points: Vec<u8>,
    /// Where each point ends in `points`.
    ends: Vec<usize>,
    scratch: Vec<u8>,
    /// Boundaries, packed: the same in every point of a histogram.
    boundaries: Vec<u8>,
    is_monotonic: bool,
}

/// What all points of a stream have in common.
#[derive(Debug)]
pub(crate) struct MetricHeader<'a> {
    pub(crate) scope: ScopeId,
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) unit: &'a str,
    /// `None` for gauges, which have none.
    pub(crate) temporality: Option<Temporality>,
    /// Whether sums only grow; others are left out of histograms.
    pub(crate) is_monotonic: bool,
    /// Those of a histogram.
    pub(crate) boundaries: &'a [f64],
}

impl EncodedMetric {
    pub(crate) fn new(of: &MetricHeader<'_>) -> Self {
        let mut header = Vec::new();
        write_nonempty(&mut header, field::metric::NAME, of.name);
        write_nonempty(&mut header, field::metric::DESCRIPTION, of.description);
        write_nonempty(&mut header, field::metric::UNIT, of.unit);
        let mut boundaries = Vec::new();
        if !of.boundaries.is_empty() {
            write_header(&mut boundaries, field::histogram_point::EXPLICIT_BOUNDS, 8 * of.boundaries.len());
            boundaries.extend(of.boundaries.iter().flat_map(|boundary| boundary.to_le_bytes()));
        }
        Self {
            scope: of.scope,
            header,
            data: field::metric::GAUGE,
            traits: encode_temporality(of.temporality),
            points: Vec::new(),
            ends: Vec::new(),
            scratch: Vec::new(),
            boundaries,
            is_monotonic: of.is_monotonic,
        }
    }

    pub(crate) fn items(&self) -> usize {
        self.ends.len()
    }

    /// Adds one point.
    pub(crate) fn push(&mut self, point: &Point<'_>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        self.data = match point.totals {
            Totals::Sum(sum) => {
                write_number(&mut scratch, point, PointNumber::new(sum.number, sum.sum));
                field::metric::SUM
            }
            Totals::LastValue(last) => {
                write_number(&mut scratch, point, PointNumber::new(last.number, last.value));
                field::metric::GAUGE
            }
            Totals::Histogram(_) => {
                self.write_histogram(&mut scratch, point);
                field::metric::HISTOGRAM
            }
            Totals::Exponential(_) => {
                self.write_exponential(&mut scratch, point);
                field::metric::EXPONENTIAL_HISTOGRAM
            }
        };
        write_bytes(&mut self.points, field::metric_data::POINTS, &scratch);
        self.ends.push(self.points.len());
        self.scratch = scratch;
    }

    fn write_histogram(&self, buf: &mut Vec<u8>, point: &Point<'_>) {
        use field::histogram_point as keys;
        let Totals::Histogram(totals) = point.totals else { return };
        write_times(buf, point);
        write_fixed64(buf, keys::COUNT, totals.count());
        let has_negatives = totals.range.is_some_and(|range| range.min < 0.0);
        if self.is_monotonic && !has_negatives && totals.sum.is_finite() {
            write_fixed64(buf, keys::SUM, totals.sum.to_bits());
        }
        write_header(buf, keys::BUCKET_COUNTS, 8 * totals.counts.len());
        buf.extend(totals.counts.iter().flat_map(|count| count.to_le_bytes()));
        buf.extend_from_slice(&self.boundaries);
        write_exemplars(buf, keys::EXEMPLARS, point.exemplars);
        buf.extend_from_slice(point.attributes);
        if let Some(range) = totals.range {
            write_fixed64(buf, keys::MIN, range.min.to_bits());
            write_fixed64(buf, keys::MAX, range.max.to_bits());
        }
    }

    fn write_exponential(&self, buf: &mut Vec<u8>, point: &Point<'_>) {
        use field::exponential_point as keys;
        let Totals::Exponential(totals) = point.totals else { return };
        buf.extend_from_slice(point.attributes);
        write_times(buf, point);
        write_fixed64(buf, keys::COUNT, totals.count);
        if self.is_monotonic && !totals.has_negative() && totals.sum.is_finite() {
            write_fixed64(buf, keys::SUM, totals.sum.to_bits());
        }
        write_nonzero(buf, keys::SCALE, zigzag(i32::from(totals.scale)));
        if totals.zero_count > 0 {
            write_fixed64(buf, keys::ZERO_COUNT, totals.zero_count);
        }
        write_buckets(buf, keys::POSITIVE, totals.positive.offset, &totals.positive.counts);
        write_buckets(buf, keys::NEGATIVE, totals.negative.offset, &totals.negative.counts);
        write_exemplars(buf, keys::EXEMPLARS, point.exemplars);
        if let (Some(min), Some(max)) = (totals.min, totals.max) {
            write_fixed64(buf, keys::MIN, min.to_bits());
            write_fixed64(buf, keys::MAX, max.to_bits());
        }
    }

    fn point_start(&self, point: usize) -> usize {
        point.checked_sub(1).map_or(0, |previous| self.ends[previous])
    }

    fn points(&self, range: &Range<usize>) -> &[u8] {
        &self.points[self.point_start(range.start)..self.point_start(range.end)]
    }

    fn is_sum(&self) -> bool {
        self.data == field::metric::SUM
    }

    fn data_len(&self, range: &Range<usize>) -> usize {
        let monotonic = if self.is_sum() && self.is_monotonic { 2 } else { 0 };
        let traits = if self.data == field::metric::GAUGE { 0 } else { self.traits.len() };
        self.points(range).len() + traits + monotonic
    }

    fn content_len(&self, range: &Range<usize>) -> usize {
        self.header.len() + field_len(self.data, self.data_len(range))
    }

    fn write(&self, buf: &mut Vec<u8>, range: &Range<usize>) {
        write_header(buf, field::scope_metrics::METRICS, self.content_len(range));
        buf.extend_from_slice(&self.header);
        write_header(buf, self.data, self.data_len(range));
        buf.extend_from_slice(self.points(range));
        if self.data != field::metric::GAUGE {
            buf.extend_from_slice(&self.traits);
        }
        if self.is_sum() && self.is_monotonic {
            write_nonzero(buf, field::metric_data::IS_MONOTONIC, 1);
        }
    }
}

fn encode_temporality(temporality: Option<Temporality>) -> Vec<u8> {
    let mut encoded = Vec::new();
    if let Some(temporality) = temporality {
        write_nonzero(&mut encoded, field::metric_data::TEMPORALITY, temporality.to_otlp());
    }
    encoded
}

/// The times of a point stand in the same fields, whatever its kind.
///
/// A point never starts after it ends: not when its series was first measured, by another thread's clock, while the
/// collection was under way, nor when the wall clock was set back.
fn write_times(buf: &mut Vec<u8>, point: &Point<'_>) {
    write_fixed64(buf, field::number_point::START_TIME, point.start.min(point.time));
    write_fixed64(buf, field::number_point::TIME, point.time);
}

fn write_number(buf: &mut Vec<u8>, point: &Point<'_>, value: PointNumber) {
    use field::number_point as keys;
    write_times(buf, point);
    match value {
        PointNumber::Int(value) => write_fixed64(buf, keys::AS_INT, value as u64),
        PointNumber::Float(value) => write_fixed64(buf, keys::AS_DOUBLE, value.to_bits()),
    }
    write_exemplars(buf, keys::EXEMPLARS, point.exemplars);
    buf.extend_from_slice(point.attributes);
}

fn write_buckets(buf: &mut Vec<u8>, key: Key, offset: i32, counts: &[u64]) {
    if counts.is_empty() {
        return;
    }
    write_message(buf, key, |buf| {
        write_nonzero(buf, field::buckets::OFFSET, zigzag(offset));
        write_message(buf, field::buckets::COUNTS, |buf| {
            counts.iter().for_each(|count| write_varint(buf, *count));
        });
    });
}

fn write_exemplars(buf: &mut Vec<u8>, key: Key, exemplars: &[Exemplar]) {
    use field::exemplar as keys;
    for exemplar in exemplars {
        write_message(buf, key, |buf| {
            write_fixed64(buf, keys::TIME, exemplar.time_nanos);
            match exemplar.value {
                PointNumber::Int(value) => write_fixed64(buf, keys::AS_INT, value as u64),
                PointNumber::Float(value) => write_fixed64(buf, keys::AS_DOUBLE, value.to_bits()),
            }
            if exemplar.span_id != opentelemetry::trace::SpanId::INVALID {
                write_bytes(buf, keys::SPAN_ID, &exemplar.span_id.to_bytes());
                write_bytes(buf, keys::TRACE_ID, &exemplar.trace_id.to_bytes());
            }
            for attribute in &exemplar.filtered_attributes {
                let name = attribute.key.as_str();
                write_attribute(buf, keys::FILTERED_ATTRIBUTES, name, (&attribute.value).into(), None);
            }
        });
    }
}

/// Small numbers of either sign become small numbers.
fn zigzag(number: i32) -> u64 {
    u64::from(((number << 1) ^ (number >> 31)) as u32)
}

/// How large requests may become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLimits {
    /// Resource and scopes included; a request with one point may be larger.
    pub(crate) bytes: usize,
    pub(crate) points: usize,
}

/// `ExportMetricsServiceRequest`s with all points of `metrics`, and how many are in each. Points of one metric stay
/// together unless they exceed a limit.
pub(crate) fn metrics_requests(
    resource: &EncodedResource,
    scopes: &[Arc<Scope>],
    metrics: &[EncodedMetric],
    limits: RequestLimits,
) -> Vec<(Bytes, usize)> {
    let mut requests = Vec::new();
    let mut filling = Filling::default();
    let limits =
        RequestLimits { bytes: limits.bytes.saturating_sub(resource.len() + HEADER_BYTES_MAX), ..limits };
    for (index, metric) in metrics.iter().enumerate() {
        let scope = &scopes[metric.scope as usize];
        let mut from = 0;
        while from < metric.items() {
            let around = filling.around(scope, metric);
            let fitting = filling.fitting(metric, from, around, limits);
            if fitting == 0 {
                requests.push(filling.finish(resource, scopes, metrics));
                continue;
            }
            filling.add(index, metric, around, from..from + fitting);
            from += fitting;
        }
    }
    if filling.points > 0 {
        requests.push(filling.finish(resource, scopes, metrics));
    }
    requests
}

/// A request in the making.
#[derive(Default)]
struct Filling {
    /// Parts of metrics, by their place among all.
    parts: Vec<(usize, Range<usize>)>,
    /// The scope of the last part.
    scope: Option<ScopeId>,
    /// An upper bound: a scope that comes again is counted again.
    bytes: usize,
    points: usize,
}

/// The most bytes that key and length of a message take: its key has one, and its length fits 32 bits.
const HEADER_BYTES_MAX: usize = 6;

/// The most bytes that temporality and whether a sum only grows take.
const TRAITS_BYTES_MAX: usize = 4;

impl Filling {
    /// What a part of `metric` takes besides its points.
    fn around(&self, scope: &Scope, metric: &EncodedMetric) -> usize {
        let scope = match self.scope == Some(scope.id) {
            true => 0,
            false => scope.encoded.len() + scope.encoded_schema_url.len() + HEADER_BYTES_MAX,
        };
        scope + metric.header.len() + TRAITS_BYTES_MAX + 2 * HEADER_BYTES_MAX
    }

    /// How many points of `metric`, beginning with number `from`, still fit with the `around` bytes that they need besides;
    /// at least one if nothing is in yet.
    fn fitting(&self, metric: &EncodedMetric, from: usize, around: usize, limits: RequestLimits) -> usize {
        let start = metric.point_start(from);
        let room = limits.bytes.saturating_sub(self.bytes + around);
        let by_bytes = metric.ends[from..].partition_point(|end| end - start <= room);
        let fitting = by_bytes.min(limits.points.saturating_sub(self.points));
        if self.points == 0 { fitting.max(1) } else { fitting }
    }

    fn add(&mut self, index: usize, metric: &EncodedMetric, around: usize, range: Range<usize>) {
        self.bytes += around + metric.points(&range).len();
        self.scope = Some(metric.scope);
        self.points += range.len();
        self.parts.push((index, range));
    }

    fn finish(
        &mut self,
        resource: &EncodedResource,
        scopes: &[Arc<Scope>],
        metrics: &[EncodedMetric],
    ) -> (Bytes, usize) {
        let Self { parts, points, .. } = std::mem::take(self);
        (write_request(resource, scopes, metrics, parts), points)
    }
}

/// Parts of one scope.
struct Group<'a> {
    scope: &'a Scope,
    parts: Vec<(&'a EncodedMetric, Range<usize>)>,
}

impl Group<'_> {
    fn content_len(&self) -> usize {
        let metrics = self
            .parts
            .iter()
            .map(|(metric, range)| field_len(field::scope_metrics::METRICS, metric.content_len(range)));
        self.scope.encoded.len() + metrics.sum::<usize>() + self.scope.encoded_schema_url.len()
    }

    fn write(&self, buf: &mut Vec<u8>) {
        write_header(buf, field::resource_spans::SCOPE_SPANS, self.content_len());
        buf.extend_from_slice(&self.scope.encoded);
        for (metric, range) in &self.parts {
            metric.write(buf, range);
        }
        buf.extend_from_slice(&self.scope.encoded_schema_url);
    }
}

/// The lengths are added up first, so every byte is copied once, to its final place.
fn write_request(
    resource: &EncodedResource,
    scopes: &[Arc<Scope>],
    metrics: &[EncodedMetric],
    parts: Vec<(usize, Range<usize>)>,
) -> Bytes {
    let groups = group_by_scope(scopes, metrics, parts);
    let groups_len: usize =
        groups.iter().map(|group| field_len(field::resource_spans::SCOPE_SPANS, group.content_len())).sum();
    let len = resource.len() + groups_len;
    let mut buf = Vec::with_capacity(field_len(field::metrics_request::RESOURCE_METRICS, len));
    write_header(&mut buf, field::metrics_request::RESOURCE_METRICS, len);
    resource.write_around(&mut buf, |buf| groups.iter().for_each(|group| group.write(buf)));
    Bytes::from(buf)
}

fn group_by_scope<'a>(
    scopes: &'a [Arc<Scope>],
    metrics: &'a [EncodedMetric],
    parts: Vec<(usize, Range<usize>)>,
) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut group_of_scope = vec![None; scopes.len()];
    for (index, range) in parts {
        let metric = &metrics[index];
        let group = *group_of_scope[metric.scope as usize].get_or_insert_with(|| {
            groups.push(Group { scope: &scopes[metric.scope as usize], parts: Vec::new() });
            groups.len() - 1
        });
        groups[group].parts.push((metric, range));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(start: u64, time: u64) -> Vec<u8> {
        let totals = Totals::Histogram(Default::default());
        let mut buf = Vec::new();
        write_times(&mut buf, &Point { attributes: &[], start, time, totals: &totals, exemplars: &[] });
        buf
    }

    #[test]
    fn a_point_never_starts_after_it_ends() {
        assert_eq!(times(7, 5), times(5, 5));
        assert_ne!(times(3, 5), times(5, 5));
    }
}
