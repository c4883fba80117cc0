//! `OTEL_METRICS_EXPORTER` decides where metrics go, and a place that cannot be had stops nobody.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use common::receiver::Receiver;
use common::{count, is_alone, only_the_service, run_without_logs};
use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use pilotlight::sdk::transport::{Batch, ExportedMetric, Signal, text_metrics};

/// What a small service does: one span, one measurement. Prints the report.
fn serve() {
    let guard = only_the_service().init().unwrap();
    global::tracer("shop").in_span("work", |_| count(&global::meter("shop")));
    println!("report: {}", guard.shutdown());
}

fn otlp(receiver: &Receiver) -> [(&str, &str); 2] {
    [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]
}

#[test]
fn both_signals_are_sent_and_are_in_the_report() {
    if is_alone() {
        return serve();
    }
    let receiver = Receiver::start();
    let outcome = run_without_logs("both_signals_are_sent_and_are_in_the_report", &otlp(&receiver));
    let report = "report: otlp_http_span_exporter: 1 spans exported; otlp_http_metric_exporter: 1 data points exported";
    assert!(outcome.stdout.contains(report), "{outcome:?}");
    assert_eq!(receiver.bodies("/v1/traces").len(), 1);
    let bodies = receiver.bodies("/v1/metrics");
    let batches =
        bodies.into_iter().map(|body| Batch { signal: Signal::Metrics, items: 1, request: body.into() });
    let metrics: Vec<_> = batches.flat_map(|batch| ExportedMetric::all(&batch)).collect();
    assert_eq!(text_metrics(&metrics), "counted counter cumulative\n  1\n");
}

#[test]
fn none_sends_no_metrics_and_leaves_traces_alone() {
    if is_alone() {
        return serve();
    }
    let receiver = Receiver::start();
    let variables = [&otlp(&receiver)[..], &[("OTEL_METRICS_EXPORTER", "none")]].concat();
    let outcome = run_without_logs("none_sends_no_metrics_and_leaves_traces_alone", &variables);
    assert!(outcome.stdout.contains("report: otlp_http_span_exporter: 1 spans exported\n"), "{outcome:?}");
    assert_eq!((receiver.bodies("/v1/traces").len(), receiver.bodies("/v1/metrics").len()), (1, 0));
}

#[test]
fn console_draws_metrics_on_standard_output() {
    if is_alone() {
        return serve();
    }
    let variables = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "console")];
    let outcome = run_without_logs("console_draws_metrics_on_standard_output", &variables);
    assert!(outcome.stdout.contains("counted"), "{outcome:?}");
    assert!(outcome.stdout.contains("1 data points exported"), "{outcome:?}");
}

/// The page at this port.
fn scrape(port: &str) -> String {
    let mut connection = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    connection.write_all(b"GET /metrics HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn prometheus_serves_a_page_while_telemetry_is_on() {
    if is_alone() {
        let port = std::env::var("OTEL_EXPORTER_PROMETHEUS_PORT").unwrap();
        let guard = only_the_service().init().unwrap();
        count(&global::meter("shop"));
        let page = scrape(&port);
        assert!(page.contains("\ncounted_total{otel_scope_name=\"shop\"} 1\n"), "{page}");
        return println!("report: {}", guard.shutdown());
    }
    // Free again as soon as it is known.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let variables = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", &*port),
    ];
    let outcome = run_without_logs("prometheus_serves_a_page_while_telemetry_is_on", &variables);
    let report = "report: prometheus_http_text_metric_exporter: 1 data points exported";
    assert!(outcome.stdout.contains(report), "{outcome:?}");
}

#[test]
fn a_port_that_is_taken_is_said_and_the_service_goes_on() {
    if is_alone() {
        return serve();
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let receiver = Receiver::start();
    let variables = [
        &otlp(&receiver)[..],
        &[
            ("OTEL_METRICS_EXPORTER", "prometheus,otlp"),
            ("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1"),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", &*port),
        ],
    ]
    .concat();
    let outcome = run_without_logs("a_port_that_is_taken_is_said_and_the_service_goes_on", &variables);
    let said =
        outcome.stderr.lines().find(|line| line.starts_with("pilotlight error: metrics cannot be scraped"));
    assert!(said.is_some_and(|said| said.contains(&port)), "{outcome:?}");
    assert!(outcome.stdout.contains("otlp_http_metric_exporter: 1 data points exported"), "{outcome:?}");
    assert_eq!(receiver.bodies("/v1/metrics").len(), 1);
}
