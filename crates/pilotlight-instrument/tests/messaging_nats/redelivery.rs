//! Messages that are delivered more than once.

use crate::nats::{LONG, client, consumer, stream};
use crate::support::{Spans, attribute};
use async_nats::jetstream::AckKind;
use futures_util::StreamExt;
use pilotlight_instrument::messaging::nats::jetstream::{Context, Message};
use std::time::Duration;
use tokio::sync::oneshot;

/// Short, but long enough for nothing to happen twice that should not.
const SHORT: Duration = Duration::from_millis(300);

async fn publish(jetstream: &Context, subject: &'static str) {
    jetstream.publish(subject, "tea".into()).await.unwrap().await.unwrap();
}

async fn acknowledged(message: Message) -> Result<(), async_nats::Error> {
    message.double_ack().await
}

/// How often each processed message had been delivered, in their order.
fn deliveries(spans: &Spans) -> Vec<String> {
    let finished = spans.finished();
    let processed = finished.iter().filter(|span| span.name.starts_with("process"));
    processed.map(|span| attribute(span, "messaging.nats.message.delivery_count").unwrap()).collect()
}

#[tokio::test]
async fn after_a_nak_the_next_delivery_says_that_it_is_the_second() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "refused").await;
    let mut messages = consumer(&jetstream, "refused", LONG).await.messages().await.unwrap();
    publish(&jetstream, "refused.created").await;
    let refuse = |message: Message| async move { message.double_ack_with(AckKind::Nak(None)).await };
    messages.next().await.unwrap().unwrap().process(refuse).await.unwrap();
    messages.next().await.unwrap().unwrap().process(acknowledged).await.unwrap();
    spans.assert(
        "
        PRODUCER publish refused.created
        CONSUMER process refused.* -> publish refused.created
          CLIENT nak refused.* -> publish refused.created
        CONSUMER process refused.* -> publish refused.created
          CLIENT double_ack refused.* -> publish refused.created
        ",
    );
    assert_eq!(deliveries(&spans), ["1", "2"]);
}

#[tokio::test]
async fn a_message_that_is_not_settled_in_time_comes_again() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "forgotten").await;
    let mut messages = consumer(&jetstream, "forgotten", SHORT).await.messages().await.unwrap();
    publish(&jetstream, "forgotten.created").await;
    let forget = |_message: Message| async { Ok::<_, async_nats::Error>(()) };
    messages.next().await.unwrap().unwrap().process(forget).await.unwrap();
    messages.next().await.unwrap().unwrap().process(acknowledged).await.unwrap();
    spans.assert(
        "
        PRODUCER publish forgotten.created
        CONSUMER process forgotten.* *unsettled -> publish forgotten.created
        CONSUMER process forgotten.* -> publish forgotten.created
          CLIENT double_ack forgotten.* -> publish forgotten.created
        ",
    );
    assert_eq!(deliveries(&spans), ["1", "2"]);
}

#[tokio::test]
async fn what_a_dead_consumer_was_at_goes_to_another() {
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "died").await;
    publish(&jetstream, "died.created").await;
    let first = consumer(&jetstream, "died", SHORT).await;
    let (sender, began) = oneshot::channel();
    let dies = tokio::spawn(async move {
        let message = first.fetch(|fetch| fetch.max_messages(1)).await.unwrap().remove(0);
        let hang = |message: Message| async move {
            sender.send(()).unwrap();
            std::future::pending::<()>().await;
            message.ack().await
        };
        message.process(hang).await
    });
    began.await.unwrap();
    dies.abort();
    assert!(dies.await.unwrap_err().is_cancelled());

    let other = consumer(&client(&spans).await.jetstream(), "died", SHORT).await;
    let mut messages = other.messages().await.unwrap();
    messages.next().await.unwrap().unwrap().process(acknowledged).await.unwrap();
    spans.assert(
        "
        PRODUCER publish died.created
        CLIENT fetch died *first_message -> publish died.created
        CONSUMER process died.* *unsettled *cancelled -> publish died.created
        CONSUMER process died.* -> publish died.created
          CLIENT double_ack died.* -> publish died.created
        ",
    );
    assert_eq!(deliveries(&spans), ["1", "2"]);
}

#[tokio::test]
async fn a_poisoned_message_is_terminated_and_never_comes_again() {
    #[derive(Debug)]
    struct Poisoned;
    let spans = Spans::recorded();
    let jetstream = stream(&spans, "poison").await;
    let billing = consumer(&jetstream, "poison", LONG).await;
    let mut messages = billing.messages().await.unwrap();
    publish(&jetstream, "poison.created").await;
    publish(&jetstream, "poison.paid").await;
    let handle = |message: Message| async move {
        if message.info().unwrap().delivered < 2 {
            message.ack_with(AckKind::Nak(None)).await.unwrap();
        } else {
            message.ack_with(AckKind::Term).await.unwrap();
        }
        Err::<(), _>(Poisoned)
    };
    for _ in 0..4 {
        messages.next().await.unwrap().unwrap().process(handle).await.unwrap_err();
    }
    let finished = spans.finished();
    let terminated = finished.iter().filter(|span| span.name.starts_with("term")).count();
    assert_eq!((deliveries(&spans), terminated), (["1", "1", "2", "2"].map(String::from).to_vec(), 2));
    // The server works off what settles messages after it has taken it.
    while billing.inner().get_info().await.unwrap().num_ack_pending > 0 {}
    assert_eq!(billing.inner().get_info().await.unwrap().num_pending, 0);
}
