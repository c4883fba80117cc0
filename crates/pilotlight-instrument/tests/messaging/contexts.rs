//! Contexts in messages: whose parent and whose link a span is.

use crate::support::Spans;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Span, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use pilotlight_instrument::messaging::{Client, Destination, Message};
use proptest::prelude::*;
use std::collections::HashMap;
use std::time::SystemTime;

fn orders() -> Destination {
    Destination::new("orders")
}

/// Sends from `context`, and gives the carrier.
fn sent_from(client: &Client, context: Context) -> HashMap<String, String> {
    let mut carrier = HashMap::new();
    let _current = context.attach();
    client.send(&orders(), Message::new(), &mut carrier).end();
    carrier
}

#[test]
fn a_message_is_processed_in_a_trace_of_its_own_with_a_link_to_the_one_it_was_sent_in() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let carrier = sent_from(&client, spans.scene("request"));
    let mut process = client.process(&orders(), Message::new(), &carrier);
    process.run(|| spans.provider.tracer("app").start("handle").end());
    process.end();
    spans.assert(
        "
        request
          PRODUCER send orders
        CONSUMER process orders -> send orders
          handle
        ",
    );
}

#[test]
fn it_is_processed_in_its_senders_trace_where_that_is_asked_for() {
    let spans = Spans::recorded();
    let client = spans.client().process_as_child(true).build();
    let carrier = sent_from(&client, spans.scene("request"));
    client.process(&orders(), Message::new(), &carrier).end();
    spans.assert(
        "
        request
          PRODUCER send orders
            CONSUMER process orders -> send orders
        ",
    );
}

#[test]
fn in_its_senders_trace_it_has_a_link_to_the_span_that_is_current_at_the_receiver() {
    let spans = Spans::recorded();
    let client = spans.client().process_as_child(true).build();
    let carrier = sent_from(&client, spans.scene("request"));
    let current = spans.scene("poll").attach();
    client.process(&orders(), Message::new(), &carrier).end();
    client.process_from(&orders(), Message::new(), &Context::current()).end();
    drop(current);
    spans.assert(
        "
        request
          PRODUCER send orders
            CONSUMER process orders -> send orders, poll
        poll
          CONSUMER process orders -> poll
        ",
    );
}

#[test]
fn it_is_processed_below_the_span_that_is_current_at_the_receiver() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let carrier = sent_from(&client, spans.scene("request"));
    let poll = spans.scene("poll");
    let current = poll.attach();
    client.process(&orders(), Message::new(), &carrier).end();
    client.settle("ack", &orders(), Message::new(), &carrier).end();
    drop(current);
    spans.assert(
        "
        request
          PRODUCER send orders
        poll
          CONSUMER process orders -> send orders
          CLIENT ack orders -> send orders
        ",
    );
}

#[test]
fn a_message_without_a_context_has_no_link_and_none_to_the_receiver_itself() {
    for as_child in [false, true] {
        let spans = Spans::recorded();
        let client = spans.client().process_as_child(as_child).build();
        let current = spans.scene("poll").attach();
        client.process(&orders(), Message::new(), &HashMap::new()).end();
        drop(current);
        spans.assert(
            "
            poll
              CONSUMER process orders
            ",
        );
    }
}

#[test]
fn baggage_comes_with_the_message_into_its_handler() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let carrier = sent_from(&client, Context::new().with_baggage([KeyValue::new("tenant", "7")]));
    let mut process = client.process(&orders(), Message::new(), &carrier);
    let baggage = process.run(|| Context::current().baggage().to_string());
    process.end();
    assert_eq!(baggage, "tenant=7");
}

#[test]
fn what_a_message_carried_before_is_overwritten() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let mut carrier = sent_from(&client, Context::new());
    let before = carrier["traceparent"].clone();
    client.send(&orders(), Message::new(), &mut carrier).end();
    assert_ne!(carrier["traceparent"], before);
    for field in ["traceparent", "tracestate", "baggage"] {
        assert!(client.fields().iter().any(|known| known == field));
    }
}

#[test]
fn a_message_between_tasks_brings_its_context_as_it_is() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let sender = spans.scene("request");
    client.process_from(&orders(), Message::new(), &sender).end();
    client.settle_from("ack", &orders(), Message::new(), &sender).end();
    drop(sender);
    spans.assert(
        "
        request
        CONSUMER process orders -> request
        CLIENT ack orders -> request
        ",
    );
}

#[test]
fn while_telemetry_is_suppressed_nothing_is_recorded() {
    let spans = Spans::recorded();
    let client = spans.client().process_as_child(true).build();
    let sent = HashMap::from([(
        "traceparent".to_owned(),
        "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01".to_owned(),
    )]);
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    let carrier = sent_from(&client, Context::current());
    for mut process in [
        client.process_from(&orders(), Message::new(), &Context::new()),
        client.process(&orders(), Message::new(), &sent),
    ] {
        assert!(process.run(Context::is_current_telemetry_suppressed));
        process.end();
    }
    let mut receive = client.receive(&orders());
    receive.add(Message::new(), &carrier);
    receive.end();
    spans.assert("");
}

#[test]
fn without_a_provider_a_message_takes_its_context_on_and_the_first_spans_of_one_are_whole() {
    // The global provider is this process's: no other test here needs it, or its absence.
    let (spans, late) = (Spans::recorded(), Spans::recorded());
    let client = Client::builder("test").with_propagator(crate::support::propagator()).build();
    let carrier = sent_from(&spans.client().build(), spans.scene("request"));
    let mut onwards = HashMap::new();
    let mut process = client.process(&orders(), Message::new(), &carrier);
    process.run(|| client.send(&orders(), Message::new(), &mut onwards).end());
    process.end();
    assert_eq!(onwards, carrier);

    opentelemetry::global::set_tracer_provider(late.provider.clone());
    client.process(&orders(), Message::new(), &carrier).end();
    late.assert("CONSUMER process orders -> ?");

    let first = Client::builder("test").build();
    let mut receive = first.receive(&orders());
    receive.arrived();
    let arrived = SystemTime::now();
    receive.add_from(Message::new(), &spans.scene("elsewhere"));
    receive.end();
    let span = late.finished().pop().unwrap();
    assert!(span.start_time <= arrived && arrived <= span.end_time, "{span:?}");
    let events: Vec<_> = span.events.iter().map(|event| (&*event.name, event.timestamp <= arrived)).collect();
    assert_eq!((events.as_slice(), span.links.len()), ([("first_message", true)].as_slice(), 1));
}

proptest! {
    #[test]
    fn hostile_headers_are_no_context(
        traceparent in prop_oneof!["\\PC*", "00-[0-9a-f]{0,40}-[0-9a-f]{0,20}-[0-9a-f]{0,3}"],
        tracestate in "\\PC*",
        baggage in "\\PC{0,200}",
    ) {
        let spans = Spans::recorded();
        let client = spans.client().build();
        let carrier = HashMap::from([
            ("traceparent".to_owned(), traceparent),
            ("tracestate".to_owned(), tracestate),
            ("baggage".to_owned(), baggage),
        ]);
        let mut process = client.process(&orders(), Message::new(), &carrier);
        process.run(|| assert!(Context::current().span().span_context().is_valid()));
        process.end();
        prop_assert_eq!(spans.finished().len(), 1);
    }
}
