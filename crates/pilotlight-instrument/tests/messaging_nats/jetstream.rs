//! JetStream: streams that keep messages, and consumers that settle them.

use crate::nats::{LONG, consumer, stream};
use crate::support::{Spans, attribute, dedented, draw};
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{AckPolicy, pull, push};
use async_nats::jetstream::message::PublishMessage;
use futures_util::StreamExt;
use opentelemetry::trace::FutureExt;
use pilotlight_instrument::messaging::nats::jetstream::{Context, Message};

async fn publish(jetstream: &Context, subject: &'static str) {
    jetstream.publish(subject, "tea".into()).await.unwrap().await.unwrap();
}

async fn acknowledged(message: Message) -> Result<(), async_nats::Error> {
    message.ack().await
}

#[tokio::test]
async fn a_published_message_says_where_the_stream_put_it_and_whether_it_was_there_already() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "kept").await;
    for _ in 0..2 {
        let message = PublishMessage::build().payload("tea".into()).message_id("4711");
        jetstream.send_publish("kept.created", message).await.unwrap().await.unwrap();
    }
    let drawn: Vec<String> = spans.finished().iter().map(draw).collect();
    let expected = dedented(
        "
        PRODUCER publish kept.created
          messaging.destination.name = kept.created
          messaging.message.id = 4711
          messaging.nats.duplicate = false
          messaging.nats.sequence = 1
          messaging.nats.stream = kept
          messaging.operation.name = publish
          messaging.operation.type = send
          messaging.system.name = nats
          server.address = 127.0.0.1
          server.port = PORT
        ",
    )
    .replace("PORT", &crate::nats::port().to_string());
    assert_eq!(drawn, [expected.clone(), expected.replace("duplicate = false", "duplicate = true")]);
}

#[tokio::test]
async fn a_message_for_no_stream_says_so() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "some").await;
    let ack = jetstream.publish("none.created", "tea".into()).await.unwrap();
    ack.await.unwrap_err();
    spans.assert("PRODUCER publish none.created !stream_not_found");
}

#[tokio::test]
async fn an_acknowledgement_that_nobody_waits_for_is_no_failure() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "unheard").await;
    drop(jetstream.publish("unheard.created", "tea".into()).await.unwrap());
    drop(jetstream.publish("unheard.created", "tea".into()).await.unwrap().into_future());
    spans.assert(
        "
        PRODUCER publish unheard.created *ack_not_awaited
        PRODUCER publish unheard.created *cancelled
        ",
    );
}

#[tokio::test]
async fn a_batch_is_fetched_by_one_span_with_links_and_each_message_is_processed_and_settled_in_its_own() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "fetched").await;
    let billing = consumer(&jetstream, "fetched", LONG).await;
    publish(&jetstream, "fetched.created").with_context(spans.scene("request")).await;
    publish(&jetstream, "fetched.paid").await;
    for message in billing.fetch(|fetch| fetch.max_messages(10)).await.unwrap() {
        message.process(acknowledged).await.unwrap();
    }
    spans.assert(
        "
        request
          PRODUCER publish fetched.created
        PRODUCER publish fetched.paid
        CLIENT fetch fetched *first_message -> publish fetched.created, publish fetched.paid
        CONSUMER process fetched.* -> publish fetched.created
          CLIENT ack fetched.* -> publish fetched.created
        CONSUMER process fetched.* -> publish fetched.paid
          CLIENT ack fetched.* -> publish fetched.paid
        ",
    );
}

#[tokio::test]
async fn a_fetch_that_finds_nothing_leaves_no_span() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "empty").await;
    let billing = consumer(&jetstream, "empty", LONG).await;
    assert!(billing.fetch(|fetch| fetch.max_messages(10)).await.unwrap().is_empty());
    spans.assert("");
}

#[tokio::test]
async fn a_batch_waits_until_it_is_full() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "filled").await;
    let billing = consumer(&jetstream, "filled", LONG).await;
    let publishing = async {
        publish(&jetstream, "filled.created").await;
        publish(&jetstream, "filled.created").await;
    };
    let receiving = billing.batch(|batch| batch.max_messages(2).expires(LONG));
    let (messages, ()) = tokio::join!(receiving, publishing);
    assert_eq!(messages.unwrap().len(), 2);
    let finished = spans.finished();
    let batch = finished.iter().find(|span| span.name == "batch filled").unwrap();
    assert_eq!(attribute(batch, "messaging.batch.message_count").as_deref(), Some("2"));
    assert_eq!(attribute(batch, "messaging.consumer.group.name").as_deref(), Some("billing"));
}

#[tokio::test]
async fn messages_that_come_ahead_of_time_have_no_receiving_span() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "ahead").await;
    let mut messages = consumer(&jetstream, "ahead", LONG).await.messages().await.unwrap();
    publish(&jetstream, "ahead.created").await;
    let message = messages.next().await.unwrap().unwrap();
    message.process(acknowledged).await.unwrap();
    spans.assert(
        "
        PRODUCER publish ahead.created
        CONSUMER process ahead.* -> publish ahead.created
          CLIENT ack ahead.* -> publish ahead.created
        ",
    );
}

#[tokio::test]
async fn pushed_messages_are_processed_as_pulled_ones_are() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "pushed").await;
    let config = push::Config { deliver_subject: "to.pushed".to_owned(), ..Default::default() };
    let consumer = jetstream.inner().create_consumer_on_stream(config, "pushed").await.unwrap();
    let mut messages = jetstream.push(consumer).messages().await.unwrap();
    publish(&jetstream, "pushed.created").await;
    messages.next().await.unwrap().unwrap().process(acknowledged).await.unwrap();
    spans.assert(
        "
        PRODUCER publish pushed.created
        CONSUMER process pushed.created -> publish pushed.created
          CLIENT ack pushed.created -> publish pushed.created
        ",
    );
}

#[tokio::test]
async fn messages_of_an_ordered_consumer_need_not_be_settled() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "ordered").await;
    let consumer =
        jetstream.inner().create_consumer_on_stream(pull::OrderedConfig::default(), "ordered").await.unwrap();
    let inner = consumer.clone().messages().await.unwrap();
    let mut messages = jetstream.messages(&consumer, inner);
    publish(&jetstream, "ordered.created").await;
    let message = messages.next().await.unwrap().unwrap();
    message.process(|_message| async { Ok::<_, async_nats::Error>(()) }).await.unwrap();
    spans.assert(
        "
        PRODUCER publish ordered.created
        CONSUMER process ordered.created -> publish ordered.created
        ",
    );
}

#[tokio::test]
async fn each_way_to_settle_is_named() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "settled").await;
    let billing = consumer(&jetstream, "settled", LONG).await;
    publish(&jetstream, "settled.created").await;
    let message = billing.fetch(|fetch| fetch.max_messages(1)).await.unwrap().remove(0);
    for kind in [AckKind::Progress, AckKind::Nak(Some(LONG)), AckKind::Term, AckKind::Next] {
        message.ack_with(kind).await.unwrap();
    }
    message.double_ack().await.unwrap();
    let names: Vec<String> = spans.finished()[2..].iter().map(|span| span.name.to_string()).collect();
    assert_eq!(
        names,
        ["progress settled.*", "nak settled.*", "term settled.*", "next settled.*", "double_ack settled.*"]
    );
}

#[tokio::test]
async fn a_message_that_is_dropped_unsettled_says_so() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "dropped").await;
    let billing = consumer(&jetstream, "dropped", LONG).await;
    publish(&jetstream, "dropped.created").await;
    publish(&jetstream, "dropped.created").await;
    let mut messages = billing.fetch(|fetch| fetch.max_messages(2)).await.unwrap();
    let progress = |message: Message| async move { message.ack_with(AckKind::Progress).await };
    messages.remove(0).process(progress).await.unwrap();
    let fails = |_message: Message| async { Err::<(), _>(std::fmt::Error) };
    messages.remove(0).process(fails).await.unwrap_err();
    let drawn = crate::support::tree(&spans.finished()[3..]);
    assert_eq!(
        drawn,
        dedented(
            "
            CONSUMER process dropped.* *unsettled -> ?
              CLIENT progress dropped.* -> ?
            CONSUMER process dropped.* !core::fmt::Error *unsettled -> ?
            "
        )
    );
}

#[tokio::test]
async fn consumers_that_settle_nothing_leave_nothing_unsettled() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "loose").await;
    let config = pull::Config { ack_policy: AckPolicy::None, ..Default::default() };
    let consumer = jetstream.inner().create_consumer_on_stream(config, "loose").await.unwrap();
    publish(&jetstream, "loose.created").await;
    let mut messages = jetstream.pull(consumer).fetch(|fetch| fetch.max_messages(1)).await.unwrap();
    messages.remove(0).process(|_message| async { Ok::<_, std::fmt::Error>(()) }).await.unwrap();
    assert!(
        spans.finished().iter().all(|span| span.events.events.iter().all(|event| event.name != "unsettled"))
    );
}
