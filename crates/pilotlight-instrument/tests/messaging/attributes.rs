//! What spans say of their operations.

use crate::support::{Spans, dedented, draw};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use pilotlight_instrument::messaging::{Client, Destination, Message};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

fn headers() -> HashMap<String, String> {
    HashMap::new()
}

#[test]
fn a_sent_message_says_all_that_was_said_of_it() {
    let spans = Spans::recorded();
    let client =
        spans.client().server("nats.internal", Some(4222)).client_id("shop-1").body_size(true).build();
    let message = Message::new()
        .operation("publish")
        .id("4711-created")
        .conversation_id("4711")
        .body_bytes(120)
        .attribute(KeyValue::new("messaging.test.priority", "high"));
    let destination = Destination::new("orders").partition("3");
    client.send(&destination, message, &mut headers()).end();
    assert_eq!(
        draw(&spans.finished()[0]),
        dedented(
            "
            PRODUCER publish orders
              messaging.client.id = shop-1
              messaging.destination.name = orders
              messaging.destination.partition.id = 3
              messaging.message.body.size = 120
              messaging.message.conversation_id = 4711
              messaging.message.id = 4711-created
              messaging.operation.name = publish
              messaging.operation.type = send
              messaging.system.name = test
              messaging.test.priority = high
              server.address = nats.internal
              server.port = 4222
            "
        )
    );
}

#[test]
fn a_processed_message_says_who_for_and_how_often_it_was_delivered() {
    let spans = Spans::recorded();
    let destination = Destination::new("orders").subscription("orders-all").consumer_group("billing");
    let message = Message::new().deliveries(3).body_bytes(120);
    spans.client().build().process(&destination, message, &headers()).end();
    assert_eq!(
        draw(&spans.finished()[0]),
        dedented(
            "
            CONSUMER process orders
              messaging.consumer.group.name = billing
              messaging.destination.name = orders
              messaging.destination.subscription.name = orders-all
              messaging.operation.name = process
              messaging.operation.type = process
              messaging.system.name = test
              messaging.test.message.delivery_count = 3
            "
        )
    );
}

#[test]
fn what_only_the_brokers_answer_says_is_added_later() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let mut sent = client.send(&Destination::new("orders"), Message::new(), &mut headers());
    sent.message_id("81");
    sent.partition("3");
    sent.attribute(|| KeyValue::new("messaging.test.duplicate", true));
    sent.end();
    let drawn = draw(&spans.finished()[0]);
    for expected in ["message.id = 81", "partition.id = 3", "test.duplicate = true"] {
        assert!(drawn.contains(expected), "{drawn}");
    }
}

/// A sampler that writes down what it sees.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl ShouldSample for Seen {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let seen = format!("{kind:?} {name}: {} attributes, {} links", attributes.len(), links.len());
        self.0.lock().unwrap().push(seen);
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: Default::default(),
        }
    }
}

#[test]
fn samplers_see_attributes_and_links_of_every_kind_of_operation() {
    let (seen, orders) = (Seen::default(), Destination::new("orders"));
    let provider = SdkTracerProvider::builder().with_sampler(seen.clone()).build();
    let client = Client::builder("test")
        .with_tracer_provider(&provider)
        .with_propagator(crate::support::propagator())
        .build();
    let mut carrier = headers();
    client.create(&orders, Message::new(), &mut carrier).end();
    let mut batch = client.batch(&orders);
    batch.add(Message::new(), &carrier);
    batch.send(Message::new()).end();
    let mut receive = client.receive(&orders);
    receive.add(Message::new(), &carrier);
    receive.end();
    client.process(&orders, Message::new(), &carrier).end();
    client.settle("ack", &orders, Message::new(), &carrier).end();
    assert_eq!(
        *seen.0.lock().unwrap(),
        [
            "Producer create orders: 4 attributes, 0 links",
            "Client send orders: 5 attributes, 1 links",
            "Client receive orders: 5 attributes, 1 links",
            "Consumer process orders: 4 attributes, 1 links",
            "Client ack orders: 4 attributes, 1 links",
        ]
    );
}

#[test]
fn the_scope_says_which_conventions_these_are() {
    let spans = Spans::recorded();
    spans.client().build().send(&Destination::new("orders"), Message::new(), &mut headers()).end();
    let scope = &spans.finished()[0].instrumentation_scope;
    assert_eq!(scope.schema_url(), Some(pilotlight_instrument::messaging::SCHEMA_URL));
    assert!(!Context::current().span().span_context().is_valid());
}
