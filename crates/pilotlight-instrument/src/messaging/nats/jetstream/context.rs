//! What a context of JetStream does, recorded.

use super::consumer::{PullConsumer, PushConsumer};
use super::delivery::Source;
use super::messages::Messages;
use super::publish::PublishAckFuture;
use crate::messaging::nats::client::Shared;
use async_nats::jetstream::consumer::{self, IntoConsumerConfig};
use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, ToSubject, jetstream};
use bytes::Bytes;
use futures_core::Stream;
use std::fmt;
use std::sync::Arc;

/// JetStream with messages that carry contexts; of [`Client::jetstream`](crate::messaging::nats::Client::jetstream). Cheap to
/// clone.
///
/// Streams and consumers are made by the context that is [wrapped](Self::inner); consumers come back by [`pull`](Self::pull) and
/// [`push`](Self::push).
///
/// ```no_run
/// # async fn uses(client: pilotlight_instrument::messaging::nats::Client) -> Result<(), async_nats::Error> {
/// # async fn store(payload: &[u8]) -> Result<(), std::io::Error> { Ok(()) }
/// let jetstream = client.jetstream();
/// jetstream.publish("orders.created", "4711".into()).await?.await?;
///
/// let stream = jetstream.inner().get_stream("orders").await?;
/// let consumer = jetstream.pull(stream.get_consumer("billing").await?);
/// for message in consumer.fetch(|fetch| fetch.max_messages(10)).await? {
///     message.process(|message| async move {
///         store(&message.payload).await?;
///         message.ack().await
///     }).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Context {
    inner: jetstream::Context,
    shared: Arc<Shared>,
}

impl Context {
    pub(in crate::messaging::nats) fn new(inner: jetstream::Context, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    /// The context that is wrapped; what it does is not recorded.
    pub fn inner(&self) -> &jetstream::Context {
        &self.inner
    }

    /// Publishes a message to a stream: a span `publish {subject}`, which ends when the stream has
    /// [acknowledged](PublishAckFuture) it.
    pub async fn publish<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> Result<PublishAckFuture, PublishError> {
        self.send_publish(subject, PublishMessage::build().payload(payload)).await
    }

    /// The same with headers. Within a trace, fields of a context that they have are overwritten.
    pub async fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<PublishAckFuture, PublishError> {
        self.send_publish(subject, PublishMessage::build().payload(payload).headers(headers)).await
    }

    /// The same with an id, which lets the stream find duplicates, and with expectations.
    pub async fn send_publish<S: ToSubject>(
        &self,
        subject: S,
        publish: PublishMessage,
    ) -> Result<PublishAckFuture, PublishError> {
        let message = publish.outbound_message(subject.to_subject());
        let (headers, bytes) = (message.headers.unwrap_or_default(), message.payload.len());
        let (mut operation, headers) = self.shared.send("publish", &message.subject, headers, bytes);
        let publish = PublishMessage::build().payload(message.payload);
        let publish = if headers.is_empty() { publish } else { publish.headers(headers) };
        let sent = operation.drive(self.inner.send_publish(message.subject, publish)).await;
        match sent {
            Ok(ack) => Ok(PublishAckFuture::new(ack, operation)),
            Err(error) => {
                operation.failed(&error);
                operation.end();
                Err(error)
            }
        }
    }

    /// Wraps a consumer that asks for its messages.
    pub fn pull(&self, consumer: consumer::PullConsumer) -> PullConsumer {
        let source = self.source(consumer.cached_info());
        PullConsumer::new(consumer, source)
    }

    /// Wraps a consumer that messages are pushed to.
    pub fn push(&self, consumer: consumer::PushConsumer) -> PushConsumer {
        let source = self.source(consumer.cached_info());
        PushConsumer::new(consumer, source)
    }

    /// Wraps any other stream of a consumer's messages, as that of an ordered consumer or of a builder. Of the `consumer` only
    /// what is known of it is read.
    pub fn messages<S, E, C>(&self, consumer: &consumer::Consumer<C>, stream: S) -> Messages<S>
    where
        S: Stream<Item = Result<jetstream::Message, E>>,
        C: IntoConsumerConfig,
    {
        Messages::new(stream, self.source(consumer.cached_info()))
    }

    fn source(&self, info: &consumer::Info) -> Arc<Source> {
        Arc::new(Source::new(Arc::clone(&self.shared), info))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("messaging", &self.shared.client).finish_non_exhaustive()
    }
}
