//! What is measured of NATS.

use crate::nats::{LONG, connected, port, recording};
use crate::support::{Metrics, Spans, dedented};
use async_nats::jetstream::{consumer::pull, stream};
use pilotlight_instrument::messaging::nats::Client;
use pilotlight_instrument::messaging::nats::jetstream::Message;

#[tokio::test]
async fn messages_are_counted_once_each_and_every_operation_is_timed() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let measuring = |options| recording(&spans)(options).with_meter_provider(&metrics.provider);
    let client = Client::builder(connected().await).options(measuring).build();
    let jetstream = client.jetstream();
    let subjects = vec!["measured.>".to_owned()];
    let config = stream::Config { name: "measured".to_owned(), subjects, ..Default::default() };
    let stream = jetstream.inner().create_stream(config).await.unwrap();
    let config =
        pull::Config { durable_name: Some("billing".to_owned()), ack_wait: LONG, ..Default::default() };
    let billing = jetstream.pull(stream.create_consumer(config).await.unwrap());
    for _ in 0..3 {
        jetstream.publish("measured.created", "tea".into()).await.unwrap().await.unwrap();
    }
    client.request("measured-by-nobody", "?".into()).await.unwrap_err();
    for message in billing.fetch(|fetch| fetch.max_messages(10)).await.unwrap() {
        message.process(|message: Message| async move { message.ack().await }).await.unwrap();
    }
    let expected = dedented(
        "
        messaging.client.consumed.messages
          3 × consumer.group.name = billing, destination.name = measured, operation.name = fetch, server.address = 127.0.0.1, server.port = PORT, system.name = nats
        messaging.client.operation.duration
          1 × consumer.group.name = billing, destination.name = measured, operation.name = fetch, operation.type = receive, server.address = 127.0.0.1, server.port = PORT, system.name = nats
          1 × destination.name = measured-by-nobody, error.type = no_responders, operation.name = request, operation.type = send, server.address = 127.0.0.1, server.port = PORT, system.name = nats
          3 × consumer.group.name = billing, destination.name = measured.created, operation.name = ack, operation.type = settle, server.address = 127.0.0.1, server.port = PORT, system.name = nats
          3 × destination.name = measured.created, operation.name = publish, operation.type = send, server.address = 127.0.0.1, server.port = PORT, system.name = nats
        messaging.client.sent.messages
          1 × destination.name = measured-by-nobody, error.type = no_responders, operation.name = request, server.address = 127.0.0.1, server.port = PORT, system.name = nats
          3 × destination.name = measured.created, operation.name = publish, server.address = 127.0.0.1, server.port = PORT, system.name = nats
        messaging.process.duration
          3 × consumer.group.name = billing, destination.name = measured.created, operation.name = process, server.address = 127.0.0.1, server.port = PORT, system.name = nats
        ",
    );
    assert_eq!(metrics.draw(), expected.replace("PORT", &port().to_string()));
}
