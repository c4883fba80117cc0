//! A server that is killed.

use crate::nats::{connected_to, recording};
use crate::support::Spans;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream;
use async_nats::{HeaderMap, Request};
use futures_util::StreamExt;
use pilotlight_instrument::messaging::nats::Client;
use pilotlight_instrument::messaging::nats::jetstream::Context;
use servers::Nats;
use std::time::Duration;

/// Soon enough for a test, and late enough for a server that is there.
const SOON: Duration = Duration::from_millis(500);

async fn client(spans: &Spans, server: &Nats) -> Client {
    Client::builder(connected_to(server).await).options(recording(spans)).build()
}

async fn stream(jetstream: &Context) -> stream::Stream {
    let subjects = vec!["orders.>".to_owned()];
    let config = stream::Config { name: "orders".to_owned(), subjects, ..Default::default() };
    jetstream.inner().create_stream(config).await.unwrap()
}

async fn publish(jetstream: &Context) -> Result<PublishAck, PublishError> {
    jetstream.publish("orders.created", "tea".into()).await?.await
}

#[tokio::test]
async fn publishing_to_a_dead_server_fails_in_time_and_works_again_when_it_is_back() {
    let (spans, mut server) = (Spans::recorded(), Nats::start());
    let client = client(&spans, &server).await;
    let patient = client.jetstream();
    let mut hurried = patient.inner().clone();
    hurried.set_timeout(SOON);
    let hurried = client.jetstream_with(hurried);
    stream(&patient).await;
    publish(&patient).await.unwrap();
    server.kill();
    assert_eq!(publish(&hurried).await.unwrap_err().kind(), PublishErrorKind::TimedOut);
    server.start_again();
    while publish(&patient).await.is_err() {}
    let drawn = crate::support::tree(&spans.finished());
    let story: Vec<&str> = drawn.lines().collect();
    assert_eq!(story[0], "PRODUCER publish orders.created");
    assert_eq!(story[1], "PRODUCER publish orders.created !timed_out");
    assert_eq!(story[story.len() - 1], "PRODUCER publish orders.created");
}

#[tokio::test]
async fn asking_a_dead_server_fails_in_time() {
    let (spans, mut server) = (Spans::recorded(), Nats::start());
    let client = client(&spans, &server).await;
    let _questions = client.subscribe("stock").await.unwrap();
    client.inner().flush().await.unwrap();
    server.kill();
    let hurried = Request::new().timeout(Some(SOON));
    client.send_request("stock", HeaderMap::new(), "?".into(), hurried).await.unwrap_err();
    spans.assert("PRODUCER request stock !timed_out");
}

#[tokio::test]
async fn a_consumer_whose_server_is_gone_says_so() {
    let (spans, mut server) = (Spans::recorded(), Nats::start());
    let jetstream = client(&spans, &server).await.jetstream();
    let stream = stream(&jetstream).await;
    let consumer = stream.create_consumer(pull::Config::default()).await.unwrap();
    let inner = consumer.stream().heartbeat(SOON / 4).expires(SOON).messages().await.unwrap();
    let mut messages = jetstream.messages(&consumer, inner);
    server.kill();
    messages.next().await.unwrap().unwrap_err();
    spans.assert("CLIENT receive orders !missing_heartbeat");
}

#[tokio::test]
async fn who_settles_at_a_dead_server_hears_of_it_where_an_answer_is_wanted() {
    let (spans, mut server) = (Spans::recorded(), Nats::start());
    let patient = client(&spans, &server).await.jetstream();
    let mut hurried = patient.inner().clone();
    hurried.set_timeout(SOON);
    let stream = stream(&patient).await;
    stream.create_consumer(consumer()).await.unwrap();
    publish(&patient).await.unwrap();
    // Its messages wait as long as the context does that it came from.
    let stream = hurried.get_stream("orders").await.unwrap();
    let consumer = patient.pull(stream.get_consumer("billing").await.unwrap());
    let message = consumer.fetch(|fetch| fetch.max_messages(1)).await.unwrap().remove(0);
    server.kill();
    let operation = message.start();
    message.ack().await.unwrap();
    message.double_ack().await.unwrap_err();
    message.double_ack_with(AckKind::Nak(None)).await.unwrap_err();
    operation.end();
    spans.assert(
        "
        PRODUCER publish orders.created
        CLIENT fetch orders *first_message -> publish orders.created
        CONSUMER process orders.created -> publish orders.created
        CLIENT ack orders.created -> publish orders.created
        CLIENT double_ack orders.created !timed_out -> publish orders.created
        CLIENT nak orders.created !timed_out -> publish orders.created
        ",
    );
}

#[tokio::test]
async fn a_fetch_whose_server_is_gone_ends_with_its_time() {
    let (spans, mut server) = (Spans::recorded(), Nats::start());
    let jetstream = client(&spans, &server).await.jetstream();
    let consumer = jetstream.pull(stream(&jetstream).await.create_consumer(consumer()).await.unwrap());
    server.kill();
    let messages = consumer.fetch(|fetch| fetch.max_messages(1).expires(SOON)).await.unwrap();
    assert!(messages.is_empty());
    spans.assert("");
}

fn consumer() -> pull::Config {
    pull::Config { durable_name: Some("billing".to_owned()), ..Default::default() }
}
