//! What is measured.

use crate::support::{Metrics, Spans};
use opentelemetry::Context;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use pilotlight_instrument::messaging::{Client, Destination, Message};
use std::collections::HashMap;

fn measuring(spans: &Spans, metrics: &Metrics) -> Client {
    spans.client().with_meter_provider(&metrics.provider).server("nats.internal", Some(4222)).build()
}

fn orders() -> Destination {
    Destination::new("orders").consumer_group("billing")
}

fn no_headers() -> HashMap<String, String> {
    HashMap::new()
}

#[test]
fn what_is_sent_is_counted_and_timed() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let client = measuring(&spans, &metrics);
    let orders = Destination::new("orders.7").template("orders.*");
    client.create(&orders, Message::new(), &mut no_headers()).end();
    client.send(&orders, Message::new().operation("publish"), &mut no_headers()).end();
    let mut failed = client.send_batch(&orders, Message::new(), 5);
    failed.partition("3");
    failed.failed_as("timeout");
    failed.end();
    metrics.assert(
        "
        messaging.client.operation.duration
          1 × destination.partition.id = 3, destination.template = orders.*, error.type = timeout, operation.name = send, operation.type = send, server.address = nats.internal, server.port = 4222, system.name = test
          1 × destination.template = orders.*, operation.name = publish, operation.type = send, server.address = nats.internal, server.port = 4222, system.name = test
        messaging.client.sent.messages
          1 × destination.template = orders.*, operation.name = publish, server.address = nats.internal, server.port = 4222, system.name = test
          5 × destination.partition.id = 3, destination.template = orders.*, error.type = timeout, operation.name = send, server.address = nats.internal, server.port = 4222, system.name = test
        ",
    );
}

#[test]
fn what_is_received_is_counted_once_and_processing_it_is_timed() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let client = measuring(&spans, &metrics);
    let mut receive = client.receive(&orders()).operation("fetch");
    receive.add(Message::new(), &no_headers());
    receive.add(Message::new(), &no_headers());
    receive.end();
    client.receive(&orders()).operation("fetch").end();
    client.process(&orders(), Message::new().received(), &no_headers()).end();
    client.settle("ack", &orders(), Message::new(), &no_headers()).end();
    metrics.assert(
        "
        messaging.client.consumed.messages
          2 × consumer.group.name = billing, destination.name = orders, operation.name = fetch, server.address = nats.internal, server.port = 4222, system.name = test
        messaging.client.operation.duration
          1 × consumer.group.name = billing, destination.name = orders, operation.name = ack, operation.type = settle, server.address = nats.internal, server.port = 4222, system.name = test
          2 × consumer.group.name = billing, destination.name = orders, operation.name = fetch, operation.type = receive, server.address = nats.internal, server.port = 4222, system.name = test
        messaging.process.duration
          1 × consumer.group.name = billing, destination.name = orders, operation.name = process, server.address = nats.internal, server.port = 4222, system.name = test
        ",
    );
}

#[test]
fn what_is_pushed_is_counted_where_it_is_processed() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let client = measuring(&spans, &metrics);
    client.process(&orders(), Message::new(), &no_headers()).end();
    let drawn = metrics.draw();
    assert!(drawn.starts_with("messaging.client.consumed.messages\n  1 × "), "{drawn}");
}

#[test]
fn the_instruments_are_those_of_the_conventions() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let client = measuring(&spans, &metrics);
    client.send(&orders(), Message::new(), &mut no_headers()).end();
    client.process(&orders(), Message::new(), &no_headers()).end();
    let collected = metrics.collected();
    let scope = collected.scope_metrics().next().unwrap();
    let mut described: Vec<_> =
        scope.metrics().map(|metric| (metric.name(), metric.unit(), bounds(metric.data()))).collect();
    described.sort();
    assert_eq!(
        described,
        [
            ("messaging.client.consumed.messages", "{message}", 0),
            ("messaging.client.operation.duration", "s", 14),
            ("messaging.client.sent.messages", "{message}", 0),
            ("messaging.process.duration", "s", 14),
        ]
    );
}

fn bounds(data: &AggregatedMetrics) -> usize {
    match data {
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            histogram.data_points().next().unwrap().bounds().count()
        }
        _ => 0,
    }
}

#[test]
fn nothing_is_measured_while_telemetry_is_suppressed() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let client = measuring(&spans, &metrics);
    let suppressed = Context::enter_telemetry_suppressed_scope();
    client.send(&orders(), Message::new(), &mut no_headers()).end();
    client.receive(&orders()).end();
    drop(suppressed);
    metrics.assert("");
}
