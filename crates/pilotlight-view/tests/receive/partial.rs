//! What is bad in part.

use crate::telemetry::{gauge, logs, metrics, number, span, traces};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, Histogram, HistogramDataPoint, Metric, NumberDataPoint, metric,
};
use opentelemetry_proto::tonic::trace::v1::{Span, span::Link};
use pilotlight_view::receive::{Data, check};

#[test]
fn spans_whose_ids_are_none_are_refused_and_the_rest_is_kept() {
    let bad: [fn(&mut Span); 7] = [
        |span| span.trace_id.clear(),
        |span| span.trace_id = vec![0; 16],
        |span| span.trace_id = vec![1; 15],
        |span| span.span_id.clear(),
        |span| span.span_id = vec![0; 8],
        |span| span.span_id = vec![1; 9],
        |span| span.parent_span_id = vec![1; 16],
    ];
    let mut spans: Vec<_> = bad.iter().map(|spoil| spoilt(*spoil)).collect();
    spans.push(span("good"));
    let mut data = Data::Traces(traces(spans).resource_spans);
    let checked = check(&mut data);
    assert_eq!((checked.items, checked.rejected, checked.changed), (1, 7, true));
    let reason = checked.reason().unwrap();
    for words in [
        "trace id is not 16 bytes long: 2",
        "trace id is all zeros: 1",
        "span id is not 8 bytes long: 2",
        "parent id",
    ] {
        assert!(reason.contains(words), "{reason}");
    }
    let Data::Traces(resources) = data else { panic!() };
    assert_eq!(resources[0].scope_spans[0].spans, [span("good")]);
}

fn spoilt(spoil: fn(&mut Span)) -> Span {
    let mut spoilt = span("bad");
    spoil(&mut spoilt);
    spoilt
}

#[test]
fn what_is_good_is_not_changed() {
    for mut data in [
        Data::Traces(traces(vec![span("a"), span("b")]).resource_spans),
        Data::Metrics(metrics(vec![gauge("g", vec![number(f64::NAN)])]).resource_metrics),
        Data::Logs(logs(vec![LogRecord::default()]).resource_logs),
    ] {
        let checked = check(&mut data);
        assert_eq!((checked.rejected, checked.changed, checked.reason()), (0, false, None));
    }
}

#[test]
fn a_link_that_leads_nowhere_is_counted_as_dropped() {
    let link = |length| Link { trace_id: vec![1; length], span_id: vec![1; 8], ..Link::default() };
    let mut linked = span("a");
    linked.links = vec![link(16), link(3)];
    let mut data = Data::Traces(traces(vec![linked]).resource_spans);
    let checked = check(&mut data);
    assert_eq!((checked.items, checked.rejected, checked.changed), (1, 0, true));
    let Data::Traces(resources) = data else { panic!() };
    let span = &resources[0].scope_spans[0].spans[0];
    assert_eq!((span.links.len(), span.dropped_links_count), (1, 1));
}

#[test]
fn a_record_with_ids_that_are_none_belongs_to_no_trace() {
    let record = LogRecord { trace_id: vec![0; 16], span_id: vec![1; 3], ..LogRecord::default() };
    let mut data = Data::Logs(logs(vec![record]).resource_logs);
    let checked = check(&mut data);
    assert_eq!((checked.items, checked.rejected, checked.changed), (1, 0, true));
    let Data::Logs(resources) = data else { panic!() };
    assert_eq!(resources[0].scope_logs[0].log_records[0], LogRecord::default());
}

#[test]
fn points_without_a_value_are_refused_unless_they_say_so() {
    let without_on_purpose = NumberDataPoint { flags: 1, ..NumberDataPoint::default() };
    let points = vec![NumberDataPoint::default(), without_on_purpose, number(1.0)];
    let mut data = Data::Metrics(
        metrics(vec![gauge("queue.length", points), gauge("", vec![number(1.0)])]).resource_metrics,
    );
    let checked = check(&mut data);
    assert_eq!((checked.items, checked.rejected), (2, 2));
    let reason = checked.reason().unwrap();
    assert_eq!(
        reason,
        "points without a value: 1 (first: \"queue.length\"); points of a metric without a name: 1 (first: \"\")"
    );
}

#[test]
fn histograms_have_to_fit_their_bounds() {
    let point = |bucket_counts: &[u64], explicit_bounds: &[f64]| HistogramDataPoint {
        bucket_counts: bucket_counts.to_vec(),
        explicit_bounds: explicit_bounds.to_vec(),
        ..HistogramDataPoint::default()
    };
    let good = [
        point(&[], &[]),
        point(&[1], &[]),
        point(&[1, 2, 3], &[-1.0, 1.0]),
        point(&[1, 2], &[f64::INFINITY]),
    ];
    let bad = [
        point(&[1, 2], &[]),
        point(&[], &[1.0]),
        point(&[1, 2, 3], &[1.0, 1.0]),
        point(&[1, 2, 3], &[2.0, 1.0]),
        point(&[1, 2], &[f64::NAN]),
        point(&[1, 2, 3], &[1.0, f64::NAN]),
    ];
    let data_points = [&good[..], &bad[..]].concat();
    let histogram = Histogram { data_points, ..Histogram::default() };
    let data = Some(metric::Data::Histogram(histogram));
    let metric = Metric { name: "m".to_owned(), data, ..Metric::default() };
    let checked = check(&mut Data::Metrics(metrics(vec![metric]).resource_metrics));
    assert_eq!((checked.items, checked.rejected), (4, 6));
}

#[test]
fn an_exemplar_with_ids_that_are_none_belongs_to_no_trace() {
    let exemplar = Exemplar { trace_id: vec![1; 5], span_id: vec![1; 8], ..Exemplar::default() };
    let point = NumberDataPoint { exemplars: vec![exemplar], ..number(1.0) };
    let mut data = Data::Metrics(metrics(vec![gauge("g", vec![point])]).resource_metrics);
    assert!(check(&mut data).changed);
    let Data::Metrics(resources) = data else { panic!() };
    let Some(metric::Data::Gauge(gauge)) = &resources[0].scope_metrics[0].metrics[0].data else { panic!() };
    assert_eq!(gauge.data_points[0].exemplars[0].trace_id, b"");
    assert_eq!(gauge.data_points[0].exemplars[0].span_id, [1; 8]);
}
