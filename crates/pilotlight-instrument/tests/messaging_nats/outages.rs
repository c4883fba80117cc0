//! A server that is killed.

use crate::nats::{connected_to, recording};
use crate::support::Spans;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::stream;
use async_nats::{HeaderMap, Request};
use futures_util::StreamExt;
use pilotlight_instrument::messaging::nats::Client;
use servers::Nats;
use std::time::Duration;

/// Soon enough for a test, and late enough for a server that is there.
const SOON: Duration = Duration::from_millis(500);

async fn client(spans: &Spans, server: &Nats) -> Client {
    Client::builder(connected_to(server).await).options(recording(spans)).build()
}

#[tokio::test]
async fn publishing_to_a_dead_server_fails_in_time_and_works_again_when_it_is_back() {
    let (spans, mut server) = (Spans::recorded(), Nats::start());
    let client = client(&spans, &server).await;
    let mut inner = async_nats::jetstream::new(client.inner().clone());
    inner.set_timeout(SOON);
    let jetstream = client.jetstream_with(inner);
    let config = stream::Config {
        name: "orders".to_owned(),
        subjects: vec!["orders.>".to_owned()],
        ..Default::default()
    };
    jetstream.inner().create_stream(config).await.unwrap();
    let publish = async || match jetstream.publish("orders.created", "tea".into()).await {
        Ok(ack) => ack.await,
        Err(error) => Err(error),
    };
    publish().await.unwrap();
    server.kill();
    let lost = publish().await.unwrap_err().kind();
    assert!(matches!(lost, PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe), "{lost:?}");
    server.start_again();
    while publish().await.is_err() {}
    let mut story: Vec<String> = crate::support::tree(&spans.finished()).lines().map(str::to_owned).collect();
    story.dedup();
    assert_eq!(
        story,
        [
            "PRODUCER publish orders.created",
            "PRODUCER publish orders.created !timed_out",
            "PRODUCER publish orders.created"
        ]
    );
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
    let config = stream::Config {
        name: "orders".to_owned(),
        subjects: vec!["orders.>".to_owned()],
        ..Default::default()
    };
    let stream = jetstream.inner().create_stream(config).await.unwrap();
    let consumer = stream.create_consumer(pull::Config::default()).await.unwrap();
    let inner = consumer.stream().heartbeat(SOON / 4).expires(SOON).messages().await.unwrap();
    let mut messages = jetstream.messages(&consumer, inner);
    server.kill();
    messages.next().await.unwrap().unwrap_err();
    spans.assert("CLIENT receive orders !missing_heartbeat");
}
