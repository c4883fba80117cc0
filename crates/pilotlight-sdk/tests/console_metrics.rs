//! What a person sees of metrics on the console.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use common::metrics::{
    batch, batch_of, counter, exemplar, exponential, float, gauge, histogram, int, metric, scope, spread, sum,
};
use common::scene::Scene;
use common::screen::{Closed, Screen, block_on};
use opentelemetry::Context;
use opentelemetry::trace::{Span, Tracer};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogramDataPoint, HistogramDataPoint,
};
use pilotlight_sdk::transport::{
    Batch, ConsoleExporter, ConsoleMetricExporter, ExportError, Exporter, Signal,
};
use proptest::collection::vec;
use proptest::prelude::*;

const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;

const BOUNDS: [f64; 4] = [0.01, 0.05, 0.1, 0.5];

fn draw(batch: Batch) -> String {
    draw_with(batch, |exporter| exporter)
}

fn draw_with(batch: Batch, look: impl FnOnce(ConsoleMetricExporter) -> ConsoleMetricExporter) -> String {
    let screen = Screen::default();
    block_on(look(ConsoleMetricExporter::new(screen.clone())).export(batch)).unwrap();
    screen.take()
}

/// Of `/cart`, with an exemplar in a trace and an older one.
fn duration() -> HistogramDataPoint {
    let mut point = spread(&[("http.route", "/cart")], &BOUNDS, &[0.008, 0.062, 0.04, 0.3]);
    point.exemplars = vec![exemplar(0.3, 1, TRACE, 1), exemplar(0.04, 9, 7, 2)];
    point
}

#[test]
fn metrics_are_a_table_by_scope_with_humane_numbers() {
    let slow = spread(&[("http.route", "/checkout")], &BOUNDS, &[1.25]);
    let mut mail = int(&[("queue", "mail")], 1204);
    mail.exemplars = vec![exemplar(1.0, 1, TRACE, 1)];
    let http = vec![metric(
        "http.server.request.duration",
        "s",
        "Duration of HTTP server requests.",
        histogram(vec![slow, duration()]),
    )];
    let jobs = vec![
        metric("jobs.done", "{job}", "", counter(vec![int(&[("queue", "push")], 3), mail])),
        metric("process.memory.usage", "By", "Physical memory.", gauge(vec![int(&[], 183_500_800)])),
    ];
    let drawn = draw(batch(vec![scope("http.server", http), scope("jobs", jobs)]));
    assert_eq!(
        drawn,
        "\
shop  metrics  2023-11-14 22:13:20.000 UTC
http.server 1.2
  http.server.request.duration [histogram, s] Duration of HTTP server requests.
                          count      mean     min      p50       p95       p99       max
    http.route=/cart          4  102.5 ms  8.0 ms  50.0 ms  260.0 ms  292.0 ms  300.0 ms  ████·
      → trace …1c80319c (300.0 ms)
    http.route=/checkout      1     1.2 s   1.2 s    1.2 s     1.2 s     1.2 s     1.2 s  ····█
jobs 1.2
  jobs.done [counter, {job}]
    queue=mail  1,204  → trace …1c80319c (1)
    queue=push      3
  process.memory.usage [gauge, By] Physical memory.
    175.0 MiB

"
    );
}

#[test]
fn a_narrow_console_leaves_out_columns_and_keeps_the_slow_ones() {
    let metrics = vec![metric("latency", "s", "How long it took.", histogram(vec![duration()]))];
    assert_eq!(
        draw_with(batch(vec![scope("http", metrics)]), |exporter| exporter.with_width(48)),
        "\
shop  metrics  2023-11-14 22:13:20.000 UTC
http 1.2
  latency [histogram, s] How long it took.
                      count       p99       max
    http.route=/cart      4  292.0 ms  300.0 ms
      → trace …1c80319c (300.0 ms)

"
    );
}

#[test]
fn an_exponential_histogram_looks_like_any_other() {
    let point = ExponentialHistogramDataPoint {
        count: 8,
        sum: Some(20.0),
        scale: 0,
        zero_count: 1,
        positive: Some(Buckets { offset: 0, bucket_counts: vec![4, 2] }),
        negative: Some(Buckets { offset: 1, bucket_counts: vec![1] }),
        ..Default::default()
    };
    let metrics = vec![metric("balance", "1", "", exponential(vec![point]))];
    assert_eq!(
        draw(batch(vec![scope("bank", metrics)])),
        "\
shop  metrics  1970-01-01 00:00:00.000 UTC
bank 1.2
  balance [exponential histogram, delta]
    count  mean  p50  p95   p99
        8   2.5  1.5  3.6  3.92  ▂▂█▄

"
    );
}

#[test]
fn delta_and_up_and_down_are_mentioned() {
    let delta = sum(vec![int(&[], -3)], AggregationTemporality::Delta, false);
    let metrics = vec![metric("orders.active", "", "", delta)];
    let drawn = draw(batch(vec![scope("shop", metrics)]));
    assert!(drawn.contains("\n  orders.active [up-down counter, delta]\n    -3\n"), "{drawn}");
}

#[test]
fn the_last_step_of_what_goes_up_and_down_is_not_mentioned() {
    let mut active = int(&[], 0);
    active.exemplars = vec![exemplar(-1.0, 1, TRACE, 1)];
    let active = sum(vec![active], AggregationTemporality::Cumulative, false);
    let metrics = vec![metric("orders.active", "{order}", "", active)];
    let drawn = draw(batch(vec![scope("shop", metrics)]));
    assert!(drawn.contains("\n  orders.active [up-down counter, {order}]\n    0\n"), "{drawn}");
}

#[test]
fn attributes_that_leave_no_room_for_numbers_stand_above_them() {
    let long = "x".repeat(40);
    let short = int(&[("a", "1")], 7);
    let metrics =
        vec![metric("calls", "", "", counter(vec![int(&[("a", &long), ("b", &long)], 1_000_000), short]))];
    assert_eq!(
        draw_with(batch(vec![scope("s", metrics)]), |exporter| exporter.with_width(60)),
        "\
shop  metrics  2023-11-14 22:13:20.000 UTC
s 1.2
  calls [counter]
    a=1          7
    a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      b=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
         1,000,000

"
    );
}

#[test]
fn of_many_series_the_largest_are_shown_and_the_rest_counted() {
    let points = (0..2000).map(|i| int(&[("id", &format!("{i:04}"))], i)).collect();
    let drawn = draw(batch(vec![scope("s", vec![metric("calls", "", "", counter(points))])]));
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines.len(), 3 + 20 + 1 + 1, "{drawn}");
    assert_eq!((lines[3], lines[22]), ("    id=1980  1,980", "    id=1999  1,999"));
    assert_eq!(lines[23], "    and 1,980 more series");
}

#[test]
fn nothing_is_drawn_where_nothing_was_measured() {
    assert_eq!(draw(batch_of(&ExportMetricsServiceRequest::default())), "");
    let metrics = vec![metric("a", "", "", counter(vec![])), metric("b", "", "", histogram(vec![]))];
    assert_eq!(draw(batch(vec![scope("s", metrics), scope("t", vec![])])), "");
}

#[test]
fn hostile_text_gives_no_orders_to_the_terminal() {
    let hostile = "\u{1b}]0;owned\u{7}\r\n\u{9b}2J";
    let metrics = vec![metric(hostile, hostile, hostile, counter(vec![int(&[(hostile, hostile)], 1)]))];
    let drawn = draw(batch(vec![scope(hostile, metrics)]));
    assert!(!drawn.chars().any(|letter| letter.is_control() && letter != '\n'), "{drawn:?}");
    assert_eq!(drawn.lines().count(), 5, "{drawn}");
}

#[test]
fn colours_are_used_when_asked_for_and_nowhere_else() {
    let metrics = vec![metric("latency", "s", "", histogram(vec![duration()]))];
    let drawn = draw_with(batch(vec![scope("http", metrics)]), |exporter| exporter.with_colour(true));
    assert!(drawn.contains("\u{1b}[1mlatency\u{1b}[0m\u{1b}[2m [histogram, s]\u{1b}[0m"), "{drawn:?}");
    assert!(drawn.contains("\u{1b}[36m████·\u{1b}[0m"), "{drawn:?}");
}

#[test]
fn a_reader_that_went_away_is_an_error_that_says_what_to_do() {
    let exporter = ConsoleMetricExporter::new(Closed);
    let metrics = vec![metric("calls", "", "", counter(vec![int(&[], 1)]))];
    let error: ExportError = block_on(exporter.export(batch(vec![scope("s", metrics)]))).unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("OTEL_METRICS_EXPORTER"), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken pipe");
}

#[test]
fn each_console_exporter_refuses_the_other_ones_signal_and_says_which_it_takes() {
    let scene = Scene::new();
    scene.tracer.start_with_context("root", &Context::new()).end();
    let metrics = ConsoleMetricExporter::new(Screen::default());
    let error = block_on(metrics.export(scene.batch())).unwrap_err();
    assert!(error.to_string().contains("spans came to the console exporter for metrics"), "{error}");
    let traces = ConsoleExporter::new(Screen::default());
    let error = block_on(traces.export(batch(vec![]))).unwrap_err();
    assert!(error.to_string().contains("data points came to the console exporter for traces"), "{error}");
    assert_eq!(metrics.component_type(), "console_metric_exporter");
    assert_eq!(traces.component_type(), "console_span_exporter");
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_console(
        name in "[a-z.]{0,80}",
        attributes in vec(("[a-z]{0,60}", "[a-z]{0,60}"), 0..4),
        values in vec(any::<f64>(), 0..20),
        columns in 40usize..200,
    ) {
        let attributes: Vec<(&str, &str)> = attributes.iter().map(|(key, value)| (&key[..], &value[..])).collect();
        let mut point = spread(&attributes, &BOUNDS, &values);
        point.exemplars = vec![exemplar(1.0, 1, TRACE, 1)];
        let numbers = values.iter().map(|value| float(&attributes, *value)).collect();
        let metrics = vec![
            metric(&name, "By", &name, histogram(vec![point, spread(&[], &BOUNDS, &[1.0])])),
            metric(&name, &name, &name, gauge(numbers)),
        ];
        let drawn = draw_with(batch(vec![scope(&name, metrics)]), |exporter| exporter.with_width(columns));
        for line in drawn.lines().skip(1) {
            prop_assert!(line.chars().count() <= columns, "{}: {}", columns, drawn);
        }
    }

    #[test]
    fn bytes_that_are_no_metrics_are_drawn_without_a_panic(at in any::<prop::sample::Index>(), by: u8) {
        let metrics = vec![metric("latency", "s", "", histogram(vec![duration()]))];
        let mut request = batch(vec![scope("http", metrics)]).request.to_vec();
        let at = at.index(request.len());
        request[at] ^= by;
        draw(Batch { signal: Signal::Metrics, items: 1, request: request.into() });
    }
}
