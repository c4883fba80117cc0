//! What the client of core NATS does, recorded.

use super::builder::NatsBuilder;
use super::headers::{HeaderExtractor, HeaderInjector, with, without};
use super::jetstream;
use super::subjects::Subjects;
use super::subscriber::Subscriber;
use crate::messaging::{self, Destination, Operation};
use crate::telemetry::text::{VALUE_BYTES_MAX, bounded};
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::{
    HeaderMap, Message, PublishError, Request, RequestError, Subject, SubscribeError, ToSubject,
};
use bytes::Bytes;
use opentelemetry::trace::TraceContextExt;
use std::fmt;
use std::sync::Arc;

/// A client of NATS whose messages carry contexts, with spans and metrics for what it does. Cheap to clone.
///
/// ```no_run
/// # async fn publishes() -> Result<(), async_nats::Error> {
/// use pilotlight_instrument::messaging::nats::Client;
///
/// let client = Client::new(async_nats::connect("nats.internal").await?);
/// client.publish("orders.created", "4711".into()).await?;
/// # Ok(())
/// # }
/// ```
///
/// Its methods have the names, arguments and errors of [`async_nats::Client`]'s; what is not here is at [`inner`](Self::inner), and
/// is not recorded. Dropping a future cancels what it does, as it does there, and is recorded as cancelled.
#[derive(Clone)]
pub struct Client {
    inner: async_nats::Client,
    shared: Arc<Shared>,
}

/// What a client knows, for all that is made with it.
pub(super) struct Shared {
    pub(super) client: messaging::Client,
    pub(super) subjects: Subjects,
}

impl Client {
    /// A client with the default options, which records by the global providers.
    pub fn new(inner: async_nats::Client) -> Self {
        Self::builder(inner).build()
    }

    /// Options for a client.
    pub fn builder(inner: async_nats::Client) -> NatsBuilder {
        NatsBuilder::new(inner)
    }

    pub(super) fn with(inner: async_nats::Client, shared: Shared) -> Self {
        Self { inner, shared: Arc::new(shared) }
    }

    /// The client that is wrapped; what it does is not recorded.
    pub fn inner(&self) -> &async_nats::Client {
        &self.inner
    }

    /// What operations are made with: for operations that are not here.
    pub fn messaging(&self) -> &messaging::Client {
        &self.shared.client
    }

    /// JetStream by this client, with its default settings.
    pub fn jetstream(&self) -> jetstream::Context {
        self.jetstream_with(async_nats::jetstream::new(self.inner.clone()))
    }

    /// JetStream by a context with settings of its own.
    pub fn jetstream_with(&self, context: async_nats::jetstream::Context) -> jetstream::Context {
        jetstream::Context::new(context, Arc::clone(&self.shared))
    }

    /// Publishes a message: a span `publish {subject}`, which ends when the message is handed to the connection. Nobody hears
    /// whether it arrived; for that there is [JetStream](Self::jetstream).
    pub async fn publish<S: ToSubject>(&self, subject: S, payload: Bytes) -> Result<(), PublishError> {
        self.send(subject.to_subject(), None, HeaderMap::new(), payload).await
    }

    /// The same with headers. Within a trace, fields of a context that they have are overwritten.
    pub async fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.send(subject.to_subject(), None, headers, payload).await
    }

    /// Publishes a message that can be replied to.
    pub async fn publish_with_reply<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.send(subject.to_subject(), Some(reply.to_subject()), HeaderMap::new(), payload).await
    }

    /// The same with headers.
    pub async fn publish_with_reply_and_headers<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.send(subject.to_subject(), Some(reply.to_subject()), headers, payload).await
    }

    async fn send(
        &self,
        subject: Subject,
        reply: Option<Subject>,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let (operation, headers) = self.shared.send("publish", &subject, headers, payload.len());
        let publish = async {
            match (reply, headers.is_empty()) {
                (None, true) => self.inner.publish(subject, payload).await,
                (None, false) => self.inner.publish_with_headers(subject, headers, payload).await,
                (Some(reply), true) => self.inner.publish_with_reply(subject, reply, payload).await,
                (Some(reply), false) => {
                    self.inner.publish_with_reply_and_headers(subject, reply, headers, payload).await
                }
            }
        };
        operation.around(publish).await
    }

    /// Publishes a message and waits for a reply: a span `request {subject}` over both, with a link to the span that replied.
    /// Nobody there to answer is an error `no_responders`, no answer in time `timed_out`.
    pub async fn request<S: ToSubject>(&self, subject: S, payload: Bytes) -> Result<Message, RequestError> {
        self.ask(subject.to_subject(), HeaderMap::new(), payload, Request::new()).await
    }

    /// The same with headers.
    pub async fn request_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Message, RequestError> {
        self.ask(subject.to_subject(), headers, payload, Request::new()).await
    }

    /// The same with what `settings` say of time limit and inbox. Headers and payload are arguments here, because nobody can
    /// read them from a [`Request`]: those that it has are overwritten.
    pub async fn send_request<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
        settings: Request,
    ) -> Result<Message, RequestError> {
        self.ask(subject.to_subject(), headers, payload, settings).await
    }

    async fn ask(
        &self,
        subject: Subject,
        headers: HeaderMap,
        payload: Bytes,
        request: Request,
    ) -> Result<Message, RequestError> {
        let (mut operation, headers) = self.shared.send("request", &subject, headers, payload.len());
        let request = request.payload(payload);
        let request = if headers.is_empty() { request } else { request.headers(headers) };
        let reply = operation.drive(self.inner.send_request(subject, request)).await;
        match &reply {
            Ok(reply) => operation.link(&HeaderExtractor(reply.headers.as_ref())),
            Err(error) => operation.failed(error),
        }
        operation.end();
        reply
    }

    /// Subscribes to a subject. The messages bring their senders' contexts along: see [`Subscriber`]. Subscribing itself is not
    /// an operation on messages and has no span.
    pub async fn subscribe<S: ToSubject>(&self, subject: S) -> Result<Subscriber, SubscribeError> {
        let subject = subject.to_subject();
        let inner = self.inner.subscribe(subject.clone()).await?;
        Ok(self.subscriber(inner, &subject, None))
    }

    /// Subscribes as one of a queue group, which is `messaging.consumer.group.name`.
    pub async fn queue_subscribe<S: ToSubject>(
        &self,
        subject: S,
        queue_group: String,
    ) -> Result<Subscriber, SubscribeError> {
        let subject = subject.to_subject();
        let inner = self.inner.queue_subscribe(subject.clone(), queue_group.clone()).await?;
        Ok(self.subscriber(inner, &subject, Some(queue_group)))
    }

    fn subscriber(
        &self,
        inner: async_nats::Subscriber,
        subject: &Subject,
        group: Option<String>,
    ) -> Subscriber {
        Subscriber::new(inner, Arc::clone(&self.shared), subject, group)
    }
}

impl Shared {
    /// Starts an operation that sends, and puts its context into the headers.
    pub(super) fn send(
        &self,
        name: &'static str,
        subject: &str,
        headers: HeaderMap,
        payload_bytes: usize,
    ) -> (Operation, HeaderMap) {
        let message = described(Some(&headers), payload_bytes).operation(name);
        let destination = self.subjects.destination(subject);
        let mut written = HeaderMap::new();
        let operation = self.client.send(&destination, message, &mut HeaderInjector(&mut written));
        if headers.is_empty() {
            return (operation, written);
        }
        // Headers that came from elsewhere, as those of a message that is passed on, may have what this context has not. Where there is
        // no trace, whoever wrote them is left to speak.
        let is_in_trace = operation.context().span().span_context().is_valid();
        let headers = if is_in_trace { without(headers, &self.client.fields()) } else { headers };
        (operation, with(headers, &written))
    }

    pub(super) fn process(
        &self,
        destination: &Destination,
        message: messaging::Message,
        headers: Option<&HeaderMap>,
    ) -> Operation {
        self.client.process(destination, message, &HeaderExtractor(headers))
    }
}

/// What every message says of itself.
pub(super) fn described(headers: Option<&HeaderMap>, payload_bytes: usize) -> messaging::Message {
    let message = messaging::Message::new().body_bytes(payload_bytes);
    match headers.and_then(|headers| headers.get(NATS_MESSAGE_ID)) {
        Some(id) => message.id(bounded(id.as_str(), VALUE_BYTES_MAX)),
        None => message,
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("messaging", &self.shared.client).finish_non_exhaustive()
    }
}
