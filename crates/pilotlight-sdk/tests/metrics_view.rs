//! Metrics written by generated types, read through the view.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::{Duration, SystemTime};

use common::metrics::{
    NOW, batch, batch_of, counter, exemplar, exponential, float, gauge, histogram, int, metric, scope,
    spread, sum, text,
};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
    ResourceMetrics, metric as proto,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pilotlight_sdk::record::{MetricData, MetricView, MetricsView, Number, Temporality, ValueView};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

fn encoded(data: proto::Data) -> Vec<u8> {
    metric("m", "", "", data).encode_to_vec()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(NOW)
}

#[test]
fn every_metric_comes_with_its_scope_and_resource() {
    let metrics = |names: &[&str]| names.iter().map(|name| metric(name, "", "", counter(vec![]))).collect();
    let batch = batch(vec![scope("http", metrics(&["a", "b"])), scope("db", metrics(&["c"]))]);
    let seen: Vec<_> = MetricsView::new(&batch.request)
        .metrics()
        .map(|(resource, scope, metric)| {
            assert_eq!(resource.attribute("service.name"), Some(ValueView::Str("shop")));
            assert_eq!(resource.schema_url(), "https://example.com/resource");
            (scope.name(), scope.version(), metric.name())
        })
        .collect();
    assert_eq!(seen, [("http", "1.2", "a"), ("http", "1.2", "b"), ("db", "1.2", "c")]);
}

#[test]
fn a_resource_without_metrics_is_a_resource() {
    let resource = Resource { attributes: vec![text("service.name", "idle")], ..Default::default() };
    let resource = ResourceMetrics { resource: Some(resource), ..Default::default() };
    let batch = batch_of(&ExportMetricsServiceRequest { resource_metrics: vec![resource] });
    let view = MetricsView::new(&batch.request);
    assert_eq!(view.metrics().count(), 0);
    let names: Vec<_> = view.resources().map(|resource| resource.attribute("service.name")).collect();
    assert_eq!(names, [Some(ValueView::Str("idle"))]);
}

#[test]
fn a_metric_says_what_it_is() {
    let message =
        metric("latency", "s", "How long it took.", gauge(vec![int(&[], 1), int(&[], 2)])).encode_to_vec();
    let view = MetricView::new(&message);
    assert_eq!((view.name(), view.unit(), view.description()), ("latency", "s", "How long it took."));
    assert_eq!(view.point_count(), 2);
    assert_eq!(view.as_bytes(), message);
}

#[test]
fn a_sum_is_read_with_its_temporality_values_and_attributes() {
    let points = vec![int(&[("route", "/a"), ("method", "GET")], -7), float(&[], 0.5)];
    let message = encoded(sum(points, AggregationTemporality::Delta, false));
    let MetricData::Sum { points, temporality, is_monotonic } = MetricView::new(&message).data() else {
        panic!("not a sum")
    };
    assert_eq!((temporality, is_monotonic), (Some(Temporality::Delta), false));
    let values: Vec<_> = points.clone().map(|point| point.value()).collect();
    assert_eq!(values, [Number::Int(-7), Number::Float(0.5)]);
    let first = points.clone().next().unwrap();
    let attributes: Vec<_> = first.attributes().collect();
    assert_eq!(attributes, [("route", ValueView::Str("/a")), ("method", ValueView::Str("GET"))]);
    assert_eq!(first.attribute("method"), Some(ValueView::Str("GET")));
    assert_eq!(first.start_time(), Some(now() - Duration::from_secs(60)));
    assert_eq!((first.time(), first.time_nanos()), (now(), NOW));
}

#[test]
fn a_counter_is_monotonic_and_cumulative() {
    let message = encoded(counter(vec![]));
    let MetricData::Sum { temporality, is_monotonic, .. } = MetricView::new(&message).data() else {
        panic!("not a sum")
    };
    assert_eq!((temporality, is_monotonic), (Some(Temporality::Cumulative), true));
}

#[test]
fn what_the_writer_left_out_is_none() {
    let point = HistogramDataPoint::default();
    let message = encoded(histogram(vec![point]));
    let MetricData::Histogram { mut points, .. } = MetricView::new(&message).data() else {
        panic!("not a histogram")
    };
    let point = points.next().unwrap();
    assert_eq!((point.start_time(), point.start_time_nanos()), (None, 0));
    assert_eq!((point.sum(), point.min(), point.max()), (None, None, None));
    assert_eq!(point.bounds().count() + point.bucket_counts().count(), 0);
    let message = encoded(sum(vec![], AggregationTemporality::Unspecified, true));
    assert_eq!(MetricView::new(&message).data().temporality(), None);
    assert!(matches!(MetricView::new(&Metric::default().encode_to_vec()).data(), MetricData::Unknown));
}

#[test]
fn a_histogram_is_read_with_its_buckets_and_exemplars() {
    let mut point = spread(&[("route", "/a")], &[0.1, 1.0], &[0.05, 0.0, 0.3, 7.0]);
    point.exemplars = vec![exemplar(0.3, 5, 0xabc, 0xdef), exemplar(0.0, 2, 0, 0)];
    let message = encoded(histogram(vec![point]));
    let MetricData::Histogram { mut points, temporality } = MetricView::new(&message).data() else {
        panic!("not a histogram")
    };
    assert_eq!(temporality, Some(Temporality::Cumulative));
    let point = points.next().unwrap();
    assert_eq!((point.count(), point.sum()), (4, Some(7.35)));
    assert_eq!((point.min(), point.max()), (Some(0.0), Some(7.0)));
    assert_eq!(point.bounds().collect::<Vec<_>>(), [0.1, 1.0]);
    assert_eq!(point.bucket_counts().collect::<Vec<_>>(), [2, 1, 1]);
    let [first, second] = &point.exemplars().collect::<Vec<_>>()[..] else { panic!("two exemplars") };
    assert_eq!(first.value(), Number::Float(0.3));
    assert_eq!(first.trace_id(), Some(TraceId::from(0xabc)));
    assert_eq!(first.span_id(), Some(SpanId::from(0xdef)));
    assert_eq!(first.time(), now() - Duration::from_secs(5));
    assert_eq!(first.attributes().collect::<Vec<_>>(), [("user", ValueView::Str("u-17"))]);
    assert_eq!((second.trace_id(), second.span_id()), (None, None));
}

#[test]
fn an_exponential_histogram_is_read_with_both_runs_of_buckets() {
    let point = ExponentialHistogramDataPoint {
        count: 306,
        sum: Some(-4.5),
        min: Some(-9.0),
        max: Some(3.0),
        scale: -3,
        zero_count: 2,
        zero_threshold: 0.001,
        positive: Some(Buckets { offset: -17, bucket_counts: vec![1, 0, 300] }),
        negative: Some(Buckets { offset: 4, bucket_counts: vec![3] }),
        ..Default::default()
    };
    let message = encoded(exponential(vec![point]));
    let MetricData::ExponentialHistogram { mut points, temporality } = MetricView::new(&message).data()
    else {
        panic!("not an exponential histogram")
    };
    assert_eq!(temporality, Some(Temporality::Delta));
    let point = points.next().unwrap();
    assert_eq!((point.count(), point.sum()), (306, Some(-4.5)));
    assert_eq!((point.min(), point.max()), (Some(-9.0), Some(3.0)));
    assert_eq!((point.scale(), point.zero_count(), point.zero_threshold()), (-3, 2, 0.001));
    assert_eq!((point.positive().offset(), point.negative().offset()), (-17, 4));
    assert_eq!(point.positive().counts().collect::<Vec<_>>(), [1, 0, 300]);
    assert_eq!(point.negative().counts().collect::<Vec<_>>(), [3]);
}

/// Asks everything there is to ask.
fn read_all(request: &[u8]) -> String {
    let view = MetricsView::new(request);
    let mut all = String::new();
    for (resource, scope, metric) in view.metrics() {
        all += &format!("{:?} {} {metric:?}", resource.attributes().collect::<Vec<_>>(), scope.name());
        all += metric.description();
        match metric.data() {
            MetricData::Gauge { points } | MetricData::Sum { points, .. } => {
                points.for_each(|point| all += &format!("{:?}", point.exemplars().collect::<Vec<_>>()));
            }
            MetricData::Histogram { points, .. } => {
                points.for_each(|point| all += &format!("{:?}", point.exemplars().collect::<Vec<_>>()));
            }
            MetricData::ExponentialHistogram { points, .. } => {
                points.for_each(|point| all += &format!("{:?}", point.exemplars().collect::<Vec<_>>()));
            }
            _ => {}
        }
    }
    all
}

/// A request with all there is.
fn everything() -> Vec<u8> {
    let mut point = spread(&[("a", "b")], &[1.0], &[0.5, 2.0]);
    point.exemplars = vec![exemplar(0.5, 1, 2, 3)];
    let buckets = Some(Buckets { offset: -1, bucket_counts: vec![1, 200] });
    let exponential_point = ExponentialHistogramDataPoint { positive: buckets, ..Default::default() };
    let metrics = vec![
        metric("counter", "1", "d", counter(vec![int(&[("a", "b")], 1), NumberDataPoint::default()])),
        metric("gauge", "1", "d", gauge(vec![float(&[], 1.0)])),
        metric("histogram", "s", "d", histogram(vec![point])),
        metric("exponential", "s", "d", exponential(vec![exponential_point])),
    ];
    batch(vec![scope("scope", metrics)]).request.to_vec()
}

proptest! {
    #[test]
    fn bytes_that_are_no_request_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn a_damaged_request_is_read_without_a_panic(at in any::<prop::sample::Index>(), by: u8, end in any::<prop::sample::Index>()) {
        let mut request = everything();
        let at = at.index(request.len());
        request[at] ^= by;
        request.truncate(end.index(request.len()) + 1);
        read_all(&request);
    }

    #[test]
    fn every_number_comes_back(ints in vec(any::<i64>(), 0..5), floats in vec(any::<f64>(), 0..5)) {
        let points = ints.iter().map(|value| int(&[], *value)).chain(floats.iter().map(|value| float(&[], *value)));
        let message = encoded(gauge(points.collect()));
        let MetricData::Gauge { points } = MetricView::new(&message).data() else { panic!("not a gauge") };
        let read: Vec<_> = points.map(|point| format!("{:?}", point.value())).collect();
        let ints = ints.into_iter().map(Number::Int);
        let written: Vec<_> = ints.chain(floats.into_iter().map(Number::Float)).map(|value| format!("{value:?}")).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn every_run_of_buckets_comes_back(offset: i32, counts in vec(any::<u64>(), 0..50)) {
        let buckets = Some(Buckets { offset, bucket_counts: counts.clone() });
        let point = ExponentialHistogramDataPoint { negative: buckets, scale: offset, ..Default::default() };
        let message = encoded(exponential(vec![point]));
        let MetricData::ExponentialHistogram { mut points, .. } = MetricView::new(&message).data() else {
            panic!("not an exponential histogram")
        };
        let point = points.next().unwrap();
        prop_assert_eq!((point.scale(), point.negative().offset()), (offset, offset));
        prop_assert_eq!(point.negative().counts().collect::<Vec<_>>(), counts);
    }
}
