//! Metrics as the plain text that tests compare.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::metrics::{
    batch, counter, exemplar, exponential, float, gauge, histogram, int, metric, scope, spread, sum,
};
use common::scene::Scene;
use common::screen::block_on;
use opentelemetry::Context;
use opentelemetry::trace::{Span, Tracer};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogramDataPoint, ScopeMetrics, metric::Data,
};
use pilotlight_sdk::record::{Number, ValueView};
use pilotlight_sdk::transport::{Exporter, InMemoryExporter, TextMetrics, text_metrics};

fn exported(scopes: Vec<ScopeMetrics>) -> InMemoryExporter {
    let exporter = InMemoryExporter::new();
    block_on(exporter.export(batch(scopes))).unwrap();
    exporter
}

fn one(data: Data) -> InMemoryExporter {
    exported(vec![scope("s", vec![metric("m", "", "", data)])])
}

/// Two scopes, all but exponential histograms.
fn service() -> InMemoryExporter {
    let mut duration = spread(&[("route", "/users"), ("method", "GET")], &[0.1, 1.0], &[0.05, 0.125, 4.0]);
    duration.exemplars = vec![exemplar(0.05, 1, 7, 8), exemplar(4.0, 1, 0, 0)];
    exported(vec![
        scope(
            "http",
            vec![
                metric("http.server.request.duration", "s", "How long.", histogram(vec![duration])),
                metric(
                    "http.server.active_requests",
                    "{request}",
                    "",
                    sum(vec![int(&[], 2)], AggregationTemporality::Cumulative, false),
                ),
            ],
        ),
        scope(
            "app",
            vec![metric(
                "jobs.done",
                "{job}",
                "",
                counter(vec![int(&[("queue", "push")], 3), float(&[("queue", "mail")], 4.0)]),
            )],
        ),
    ])
}

#[test]
fn metrics_and_their_series_stand_in_the_order_of_their_text() {
    assert_eq!(
        service().text_metrics(),
        "\
http.server.active_requests ({request}) up-down counter cumulative
  2
http.server.request.duration (s) histogram cumulative
  method=GET route=/users: count 3 sum 4.175 min 0.05 max 4 buckets ≤0.1:1 ≤1:1 >1:1
jobs.done ({job}) counter cumulative
  queue=mail: 4.0
  queue=push: 3
"
    );
}

#[test]
fn what_differs_from_run_to_run_can_be_left_out() {
    let metrics = service().metrics();
    let counts = TextMetrics::new().with_metrics(["http.server.*"]).with_attributes(["route"]).counts_only();
    assert_eq!(
        counts.draw(&metrics),
        "\
http.server.active_requests ({request}) up-down counter cumulative
  2
http.server.request.duration (s) histogram cumulative
  route=/users: count 3
"
    );
    let series = TextMetrics::new().with_metrics(["jobs.done"]).without_values();
    assert_eq!(series.draw(&metrics), "jobs.done ({job}) counter cumulative\n  queue=mail\n  queue=push\n");
}

#[test]
fn scopes_and_exemplars_are_drawn_when_asked_for() {
    let text = TextMetrics::new().with_metrics(["http.server.request.duration"]).counts_only();
    assert_eq!(
        text.with_scopes().with_exemplars().draw(&service().metrics()),
        "\
http.server.request.duration (s) histogram cumulative from http
  method=GET route=/users: count 3
    → 0.05 user=u-17 in a trace
    → 4.0 user=u-17
"
    );
}

#[test]
fn an_exponential_histogram_is_its_filled_buckets() {
    let point = ExponentialHistogramDataPoint {
        count: 5,
        sum: Some(1.5),
        min: Some(-3.0),
        max: Some(4.0),
        scale: 2,
        zero_count: 1,
        positive: Some(Buckets { offset: -1, bucket_counts: vec![1, 0, 2] }),
        negative: Some(Buckets { offset: 6, bucket_counts: vec![1] }),
        ..Default::default()
    };
    assert_eq!(
        one(exponential(vec![point])).text_metrics(),
        "m exponential histogram delta\n  count 5 sum 1.5 min -3 max 4 scale 2 zero 1 positive -1:1 1:2 negative 6:1\n"
    );
}

#[test]
fn a_histogram_without_bounds_has_one_bucket_or_none() {
    let without_buckets = common::metrics::spread(&[], &[], &[1.0]);
    assert_eq!(
        one(histogram(vec![without_buckets.clone()])).text_metrics(),
        "m histogram cumulative\n  count 1 sum 1 min 1 max 1 buckets all:1\n"
    );
    let mut point = without_buckets;
    (point.min, point.max, point.sum) = (None, None, None);
    point.bucket_counts.clear();
    assert_eq!(one(histogram(vec![point])).text_metrics(), "m histogram cumulative\n  count 1\n");
}

#[test]
fn a_metric_exported_twice_is_drawn_twice_in_that_order() {
    let exporter = one(gauge(vec![int(&[], 9)]));
    let metrics = vec![metric("m", "", "", gauge(vec![int(&[], 1)]))];
    block_on(exporter.export(batch(vec![scope("s", metrics)]))).unwrap();
    assert_eq!(exporter.text_metrics(), "m gauge\n  9\nm gauge\n  1\n");
}

#[test]
fn control_characters_appear_as_their_escapes() {
    assert_eq!(one(gauge(vec![int(&[("a\n", "\u{1b}")], 1)])).text_metrics(), "m gauge\n  a\\n=\\u{1b}: 1\n");
}

#[test]
fn no_metrics_are_an_empty_text() {
    assert_eq!(text_metrics(&[]), "");
    assert_eq!(exported(vec![]).text_metrics(), "");
}

#[test]
fn an_exported_metric_answers_for_its_series_scope_and_resource() {
    let metrics = service().metrics();
    let find = |name: &str| metrics.iter().find(|metric| metric.name() == name).unwrap();
    let jobs = find("jobs.done");
    assert_eq!((jobs.unit(), jobs.scope_name(), jobs.description()), ("{job}", "app", ""));
    assert_eq!(jobs.resource_attribute("service.name"), Some(ValueView::Str("shop")));
    assert_eq!(jobs.number(&[("queue", "push")]), Some(Number::Int(3)));
    assert_eq!((jobs.number(&[]), jobs.count(&[("queue", "push")])), (None, None));
    let duration = find("http.server.request.duration");
    assert_eq!(duration.count(&[("method", "GET"), ("route", "/users")]), Some(3));
    assert_eq!(duration.count(&[("method", "GET")]), None);
}

#[test]
fn spans_and_metrics_of_one_exporter_keep_apart() {
    let scene = Scene::new();
    scene.tracer.start_with_context("root", &Context::new()).end();
    let exporter = service();
    block_on(exporter.export(scene.batch())).unwrap();
    assert_eq!((exporter.spans().len(), exporter.metrics().len()), (1, 3));
}
