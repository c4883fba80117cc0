//! What travels with a message.

use crate::broker::config;
use crate::recorded::Recorded;
use crate::support::{QUEUE, process, send, shop};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use pilotlight_instrument::messaging::kafka::{FutureProducer, HeaderExtractor};
use rdkafka::Message;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;
use std::convert::Infallible;

const STALE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn baggage_is_there_where_the_message_is_processed() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "baggage").await;
    let context = Context::new().with_baggage([KeyValue::new("tenant", "7")]);
    send(&producer, "baggage", "created").with_context(context).await;
    let message = consumer.recv().await.unwrap();
    let handler = async { Ok::<_, Infallible>(Context::current().baggage().to_string()) };
    assert_eq!(message.process().around(handler).await.unwrap(), "tenant=7");
}

#[tokio::test]
async fn a_message_that_is_passed_on_leaves_its_old_context_behind_and_keeps_its_other_headers() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "passed-on").await;
    let old =
        [("traceparent", STALE), ("baggage", "tenant=theirs"), ("version", "3"), ("traceparent", STALE)];
    let old = old.into_iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    });
    let record = FutureRecord::<str, str>::to("passed-on").payload("created").headers(old);
    producer.send(record, QUEUE).await.unwrap();

    let message = consumer.recv().await.unwrap();
    let headers = HeaderExtractor::of(&*message);
    let sent = recorded.spans().remove(0).span_context;
    let traceparent = format!("00-{}-{}-01", sent.trace_id(), sent.span_id());
    let mut keys = opentelemetry::propagation::Extractor::keys(&headers);
    keys.sort_unstable();
    assert_eq!(keys, ["traceparent", "version"]);
    assert_eq!(opentelemetry::propagation::Extractor::get(&headers, "traceparent"), Some(&*traceparent));
}

#[tokio::test]
async fn while_telemetry_is_suppressed_nothing_is_recorded_and_messages_go_on() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "suppressed").await;
    let suppressed = Context::new().with_telemetry_suppressed();
    send(&producer, "suppressed", "created").with_context(suppressed.clone()).await;
    let message = consumer.recv().with_context(suppressed.clone()).await.unwrap();
    process(&message).with_context(suppressed).await;
    assert!(message.headers().is_none());
    assert!(recorded.spans().is_empty() && recorded.metric_names().is_empty());
}

#[tokio::test]
async fn a_message_of_somebody_without_telemetry_has_no_link() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "plain").await;
    let record = FutureRecord::<str, str>::to("plain").payload("created");
    // Past the wrapper.
    rdkafka::producer::FutureProducer::send(&producer, record, QUEUE).await.unwrap();
    process(&consumer.recv().await.unwrap()).await;
    assert_eq!(recorded.tree_of(&[]), "CLIENT poll plain\n  CONSUMER process plain");
}

/// The one test that installs global providers: the others bring their own.
#[tokio::test]
async fn a_producer_that_was_made_before_the_provider_records_from_then_on() {
    let recorded = Recorded::new();
    let (_, consumer) = shop(&recorded, "late").await;
    let producer: FutureProducer = config().create().unwrap();
    send(&producer, "late", "before").await;
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(recorded.tracer_provider.clone());
    send(&producer, "late", "after").await;
    let (before, after) = (consumer.recv().await.unwrap(), consumer.recv().await.unwrap());

    assert_eq!((before.headers().is_some(), after.headers().is_some()), (false, true));
    assert!(!Context::map_current(TraceContextExt::has_active_span));
    assert_eq!(recorded.tree_of(&[]), "PRODUCER send late\nCLIENT poll late\nCLIENT poll late ~> send late");
}
