//! A server for all tests that do not kill it, and clients of it that record.

use crate::support::{Spans, propagator};
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream;
use async_nats::{ConnectOptions, ServerAddr};
use pilotlight_instrument::messaging::ClientBuilder;
use pilotlight_instrument::messaging::nats::Client;
use pilotlight_instrument::messaging::nats::jetstream::{Context, PullConsumer};
use servers::Nats;
use std::sync::OnceLock;
use std::time::Duration;

/// Tests tell their subjects and streams apart by name.
fn server() -> &'static Nats {
    static SERVER: OnceLock<Nats> = OnceLock::new();
    SERVER.get_or_init(Nats::start)
}

pub(crate) fn port() -> u16 {
    server().port()
}

pub(crate) async fn connected() -> async_nats::Client {
    connected_to(server()).await
}

/// async-nats does not log in with what a URL says of it.
pub(crate) async fn connected_to(server: &Nats) -> async_nats::Client {
    let address: ServerAddr = server.url().parse().unwrap();
    let (user, password) = (address.username().unwrap(), address.password().unwrap());
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
    options.connect(&address).await.unwrap()
}

/// What every client here is told.
pub(crate) fn recording(spans: &Spans) -> impl FnOnce(ClientBuilder) -> ClientBuilder {
    |options| options.with_tracer_provider(&spans.provider).without_metrics().with_propagator(propagator())
}

/// A connection of its own, which records into `spans`.
pub(crate) async fn client(spans: &Spans) -> Client {
    Client::builder(connected().await).options(recording(spans)).build()
}

/// JetStream with a stream `name` for `name.>`, which keeps messages in memory.
pub(crate) async fn stream(spans: &Spans, name: &str) -> Context {
    let jetstream = client(spans).await.jetstream();
    let config = stream::Config {
        name: name.to_owned(),
        subjects: vec![format!("{name}.>")],
        storage: stream::StorageType::Memory,
        ..Default::default()
    };
    jetstream.inner().create_stream(config).await.unwrap();
    jetstream
}

/// A durable consumer of all messages of `stream`, to be settled within `ack_wait`.
pub(crate) async fn consumer(jetstream: &Context, stream: &str, ack_wait: Duration) -> PullConsumer {
    let config = pull::Config {
        durable_name: Some("billing".to_owned()),
        filter_subject: format!("{stream}.*"),
        ack_wait,
        ..Default::default()
    };
    let stream = jetstream.inner().get_stream(stream).await.unwrap();
    jetstream.pull(stream.get_or_create_consumer("billing", config).await.unwrap())
}

/// Longer than any test.
pub(crate) const LONG: Duration = Duration::from_secs(600);
