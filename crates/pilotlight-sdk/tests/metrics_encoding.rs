//! What was measured is what an independent decoder reads, byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::BTreeMap;

use common::SOON;
use common::meters::Meters;
use common::scene::elsewhere;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
    exemplar, number_data_point,
};
use pilotlight_sdk::config::{ExemplarFilter, TemporalityPreference};
use pilotlight_sdk::record::{Aggregation, MetricsView, View};
use pilotlight_sdk::transport::Batch;
use proptest::prelude::*;
use prost::Message;

const BOUNDARIES: [f64; 4] = [-1.0, 0.0, 0.5, 1e9];

/// One measurement: which series, how much, and whether in a trace.
type Measurement = (u8, f64, bool);

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        -10.0..10.0f64,
        1e-300..1e300f64,
        any::<f64>().prop_filter("finite", |value| value.is_finite() && value.abs() < 1e300),
    ]
}

fn measurements() -> impl Strategy<Value = Vec<Measurement>> {
    prop::collection::vec((0..4u8, any_value(), any::<bool>()), 1..60)
}

/// A series' attributes, of every type; the first series has none.
fn attributes(series: u8) -> Vec<KeyValue> {
    let text: StringValue = "x".repeat(usize::from(series) * 70).into();
    let all = [
        KeyValue::new("series", i64::from(series) - 2),
        KeyValue::new("text", text),
        KeyValue::new("list", Value::Array(Array::F64(vec![0.5, f64::from(series)]))),
        KeyValue::new("flag", series.is_multiple_of(2)),
    ];
    all.into_iter().take(usize::from(series) + usize::from(series > 0)).collect()
}

fn shown(series: u8) -> Vec<(String, String)> {
    let show = |value: &Value| match value {
        Value::F64(number) => format!("{number:?}"),
        Value::Array(Array::F64(numbers)) => format!("{numbers:?}"),
        other => other.to_string(),
    };
    attributes(series).iter().map(|attribute| (attribute.key.to_string(), show(&attribute.value))).collect()
}

fn read_attributes(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> Vec<(String, String)> {
    common::attributes(attributes).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What each series was given, in order.
fn by_series(measurements: &[Measurement]) -> BTreeMap<u8, Vec<f64>> {
    let mut series: BTreeMap<u8, Vec<f64>> = BTreeMap::new();
    for (number, value, _) in measurements {
        series.entry(*number).or_default().push(*value);
    }
    series
}

fn meters(preference: TemporalityPreference, points_max: usize) -> Meters {
    let exponential = View::of("exponential").aggregation(Aggregation::base2_exponential()).build().unwrap();
    Meters::with(
        |reader| reader.temporality(preference).export_batch_points_max(points_max),
        |builder| builder.with_view(exponential).with_exemplar_filter(ExemplarFilter::AlwaysOn),
    )
}

fn measure(meters: &Meters, measurements: &[Measurement]) {
    let meter = meters.meter();
    let (sum, last) = (meter.f64_up_down_counter("sum").build(), meter.f64_gauge("last").build());
    let histogram = meter.f64_histogram("histogram").with_boundaries(BOUNDARIES.to_vec()).build();
    let exponential = meter.f64_histogram("exponential").build();
    for (series, value, in_trace) in measurements {
        let _attached = in_trace.then(|| elsewhere(7, 9, false).attach());
        let attributes = attributes(*series);
        sum.add(*value, &attributes);
        last.record(*value, &attributes);
        histogram.record(*value, &attributes);
        exponential.record(*value, &attributes);
    }
}

/// The points of each metric, put together again from all requests.
#[derive(Default)]
struct Read {
    sum: Vec<NumberDataPoint>,
    last: Vec<NumberDataPoint>,
    histogram: Vec<HistogramDataPoint>,
    exponential: Vec<ExponentialHistogramDataPoint>,
}

fn read(batches: &[Batch], temporality: AggregationTemporality) -> Read {
    let mut read = Read::default();
    for batch in batches {
        let request = ExportMetricsServiceRequest::decode(&batch.request[..]).unwrap();
        let again = request.encode_to_vec();
        assert_eq!(again.len(), batch.request.len(), "nothing is there that the schema does not know");
        let items: usize =
            MetricsView::new(&batch.request).metrics().map(|(.., metric)| metric.point_count()).sum();
        assert_eq!(items, batch.items);
        for metric in common::meters::metrics(request.resource_metrics) {
            match metric.data.unwrap() {
                Data::Sum(sum) => {
                    assert!(!sum.is_monotonic);
                    read.sum.extend(sum.data_points);
                }
                Data::Gauge(gauge) => read.last.extend(gauge.data_points),
                Data::Histogram(histogram) => {
                    assert_eq!(histogram.aggregation_temporality(), temporality);
                    read.histogram.extend(histogram.data_points);
                }
                Data::ExponentialHistogram(histogram) => {
                    assert_eq!(histogram.aggregation_temporality(), temporality);
                    read.exponential.extend(histogram.data_points);
                }
                Data::Summary(_) => panic!("nobody makes summaries"),
            }
        }
    }
    read
}

/// The one point of `series`.
macro_rules! point_of {
    ($points:expr, $series:expr) => {{
        let points: Vec<_> =
            $points.iter().filter(|point| read_attributes(&point.attributes) == shown($series)).collect();
        assert_eq!(points.len(), 1, "points of series {}", $series);
        points[0]
    }};
}

fn float(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(number_data_point::Value::AsDouble(number)) => number,
        ref other => panic!("{other:?}"),
    }
}

fn is_near(a: f64, b: f64, values: &[f64]) -> bool {
    let scale: f64 = values.iter().map(|value| value.abs()).sum();
    (a - b).abs() <= scale * 1e-12
}

fn check_exemplars(exemplars: &[Exemplar], values: &[f64]) {
    assert!(!exemplars.is_empty());
    for exemplar in exemplars {
        let Some(exemplar::Value::AsDouble(value)) = exemplar.value else { panic!("{exemplar:?}") };
        assert!(values.iter().any(|measured| measured.to_bits() == value.to_bits()));
        let is_in_trace = exemplar.span_id == 9u64.to_be_bytes() && exemplar.trace_id == 7u128.to_be_bytes();
        assert!(is_in_trace || exemplar.span_id.is_empty() && exemplar.trace_id.is_empty());
    }
}

fn check_histogram(point: &HistogramDataPoint, values: &[f64]) {
    let mut counts = vec![0; BOUNDARIES.len() + 1];
    for value in values {
        counts[BOUNDARIES.iter().filter(|boundary| value > boundary).count()] += 1;
    }
    assert_eq!((&point.bucket_counts, &point.explicit_bounds[..]), (&counts, &BOUNDARIES[..]));
    assert_eq!(point.count, values.len() as u64);
    check_extremes(point.min, point.max, point.sum, values);
    check_exemplars(&point.exemplars, values);
}

fn check_extremes(min: Option<f64>, max: Option<f64>, sum: Option<f64>, values: &[f64]) {
    assert_eq!(min, values.iter().copied().reduce(f64::min));
    assert_eq!(max, values.iter().copied().reduce(f64::max));
    match sum {
        Some(sum) => assert!(is_near(sum, values.iter().sum(), values)),
        None => assert!(min < Some(0.0), "left out only where it may fall"),
    }
}

fn check_exponential(point: &ExponentialHistogramDataPoint, values: &[f64]) {
    assert_eq!(point.count, values.len() as u64);
    assert_eq!(point.zero_count, values.iter().filter(|value| **value == 0.0).count() as u64);
    check_buckets(point.positive.as_ref(), point.scale, values.iter().copied().filter(|value| *value > 0.0));
    check_buckets(
        point.negative.as_ref(),
        point.scale,
        values.iter().filter(|value| **value < 0.0).map(|value| -value),
    );
    check_extremes(point.min, point.max, point.sum, values);
    check_exemplars(&point.exemplars, values);
}

/// Every value lies in its bucket, give or take what logarithms of floats are off by.
fn check_buckets(buckets: Option<&Buckets>, scale: i32, values: impl Iterator<Item = f64>) {
    let (offset, mut counts) = buckets.map_or((0, Vec::new()), |buckets| {
        (buckets.offset, buckets.bucket_counts.iter().map(|count| *count as i64).collect())
    });
    assert!(counts.len() <= 160);
    for value in values {
        // The specification allows values below the smallest normal one to count as that.
        let exact = value.max(f64::MIN_POSITIVE).log2() * f64::from(scale).exp2();
        let near = [exact.ceil() - 1.0, (exact - 1e-3).ceil() - 1.0, (exact + 1e-3).ceil() - 1.0];
        let bucket = near
            .iter()
            .map(|index| *index as i64 - i64::from(offset))
            .filter_map(|index| usize::try_from(index).ok())
            .find(|index| counts.get(*index).is_some_and(|count| *count > 0));
        let bucket = bucket.unwrap_or_else(|| panic!("no bucket has {value} at scale {scale}"));
        counts[bucket] -= 1;
    }
    assert!(counts.iter().all(|count| *count == 0), "what was counted was measured");
}

fn check(read: &Read, measured: &[Measurement]) {
    let series = by_series(measured);
    assert_eq!(read.sum.len(), series.len());
    assert_eq!(read.histogram.len(), series.len());
    assert_eq!(read.exponential.len(), series.len());
    for (number, values) in &series {
        assert!(is_near(float(point_of!(read.sum, *number)), values.iter().sum(), values));
        check_exemplars(&point_of!(read.sum, *number).exemplars, values);
        assert_eq!(float(point_of!(read.last, *number)).to_bits(), values.last().unwrap().to_bits());
        check_histogram(point_of!(read.histogram, *number), values);
        check_exponential(point_of!(read.exponential, *number), values);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_measurements_decode_to_what_was_measured(measured in measurements(), points_max in 1usize..20) {
        let meters = meters(TemporalityPreference::Cumulative, points_max);
        measure(&meters, &measured);
        let batches = meters.batches();
        prop_assert!(batches.iter().all(|batch| batch.items <= points_max));
        check(&read(&batches, AggregationTemporality::Cumulative), &measured);
    }

    #[test]
    fn any_changes_decode_to_what_was_measured_since(
        first in measurements(),
        second in measurements(),
        points_max in 1usize..20,
    ) {
        let meters = meters(TemporalityPreference::Delta, points_max);
        for measured in [&first, &second] {
            // Sums that may fall are totals under every preference, so they are checked in the test above.
            let series = by_series(measured);
            meters.pass(1);
            measure(&meters, measured);
            let read = read(&meters.batches(), AggregationTemporality::Delta);
            prop_assert_eq!(read.histogram.len(), series.len());
            for (number, values) in &series {
                check_histogram(point_of!(read.histogram, *number), values);
                check_exponential(point_of!(read.exponential, *number), values);
            }
        }
        meters.provider.shutdown(SOON);
    }
}
