//! Messages that were consumed.

use super::headers::HeaderExtractor;
use super::producer::OFFSET;
use super::settings::Kafka;
use crate::messaging::{self, Batch, Destination, Operation};
use crate::thread;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard, KeyValue};
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, OwnedMessage};
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// A message that was consumed, with what is needed to record what happens to it. Dereferences to rdkafka's.
///
/// `M` is rdkafka's [`BorrowedMessage`], which lasts as long as its consumer, or [`OwnedMessage`], of [`detach`](Received::detach), which
/// can go to other tasks.
pub struct Received<M> {
    message: M,
    kafka: Kafka,
    /// The context of the `poll` span, if there was one.
    polled: Option<Context>,
    /// Since where its headers can be read, once somebody has tried.
    first_header: OnceLock<usize>,
}

impl<M: Message> Received<M> {
    /// A message that came in another way than by the wrapped consumer: from a [`BaseConsumer`](rdkafka::consumer::BaseConsumer) or
    /// from the queue of a single partition.
    pub fn new(message: M, kafka: &Kafka) -> Self {
        Self { message, kafka: kafka.clone(), polled: None, first_header: OnceLock::new() }
    }

    /// It came just now: what is measured and recorded of that is up to `poll`.
    pub(super) fn polled(message: M, kafka: &Kafka, poll: impl FnOnce(&Self) -> Context) -> Self {
        let mut received = Self::new(message, kafka);
        received.polled = Some(poll(&received));
        received
    }

    /// Starts to process it: a CONSUMER span with a link to the send span, a child of the current span or, where there is none, of the
    /// `poll` span that brought it.
    ///
    /// ```
    /// use pilotlight_instrument::messaging::kafka::Received;
    /// use rdkafka::message::OwnedMessage;
    ///
    /// # async fn store(message: &OwnedMessage) -> Result<(), std::io::Error> { Ok(()) }
    /// async fn handle(message: Received<OwnedMessage>) -> Result<(), std::io::Error> {
    ///     message.process().around(store(&message)).await
    /// }
    /// ```
    ///
    /// Run the handler with [`around`](Operation::around) for a future, or [`within`](Operation::within) for a closure. Dropped before
    /// it is done, it was cancelled. Whether it is committed is told by the span of that alone: see
    /// [`commit_message`](super::StreamConsumer::commit_message).
    pub fn process(&self) -> Operation {
        let _parent = self.attached();
        let client = self.kafka.messaging();
        client.process(&self.destination(), self.description(), &self.carrier())
    }

    /// rdkafka's message.
    pub fn into_inner(self) -> M {
        self.message
    }

    pub(super) fn settle(&self, name: &'static str) -> Operation {
        let _parent = self.attached();
        let client = self.kafka.messaging();
        client.settle(name, &self.destination(), self.description(), &self.carrier())
    }

    /// For a propagator.
    pub(super) fn carrier(&self) -> HeaderExtractor<'_> {
        if !self.kafka.0.read_headers {
            return HeaderExtractor::none();
        }
        let first = self.first_header.get().copied().unwrap_or_default();
        let headers = HeaderExtractor::of_since(&self.message, first);
        // Another thread found the same.
        let _ = self.first_header.set(headers.first());
        headers
    }

    pub(super) fn destination(&self) -> Destination {
        self.kafka.received_from(self.message.topic(), self.message.partition())
    }

    /// What is said of it, and that it is counted already if it is.
    pub(super) fn description(&self) -> messaging::Message {
        let message = self.kafka.describe(self.message.key(), self.message.payload());
        let message = message.attribute(KeyValue::new(OFFSET, self.message.offset()));
        if self.polled.is_some() { message.received() } else { message }
    }

    /// The `poll` span as the current one, where there is no other and somebody wants to know.
    fn attached(&self) -> Option<ContextGuard> {
        let poll = self.polled.as_ref()?;
        let current = thread::current();
        let alone = !current.has_active_span() && !current.is_telemetry_suppressed();
        if alone { thread::attach(poll) } else { None }
    }
}

impl Received<BorrowedMessage<'_>> {
    /// The message as one that can outlive its consumer. Copies it, headers, key and payload.
    pub fn detach(&self) -> Received<OwnedMessage> {
        Received {
            message: self.message.detach(),
            kafka: self.kafka.clone(),
            polled: self.polled.clone(),
            first_header: self.first_header.clone(),
        }
    }
}

/// Starts to process messages as one.
pub(super) fn process_batch<M: Message>(kafka: &Kafka, messages: &[Received<M>]) -> Operation {
    let mut batch: Batch = kafka.messaging().batch(&destination_of(kafka, messages));
    for message in messages {
        let partition = KeyValue::new("messaging.destination.partition.id", message.partition().to_string());
        let description = message.description().attribute(partition);
        batch.add(description, &message.carrier());
    }
    let all = messaging::Message::new();
    // Polled or not, they are all of one consumer.
    let polled = messages.first().is_some_and(|message| message.polled.is_some());
    batch.process(if polled { all.received() } else { all })
}

/// The topic and the partition that all of them have.
fn destination_of<M: Message>(kafka: &Kafka, messages: &[Received<M>]) -> Destination {
    let Some(first) = messages.first() else { return kafka.in_group(Destination::several()) };
    if messages.iter().any(|message| message.topic() != first.topic()) {
        return kafka.in_group(Destination::several());
    }
    let one_partition = messages.iter().all(|message| message.partition() == first.partition());
    kafka.in_group(kafka.sent_to(first.topic(), one_partition.then(|| first.partition())))
}

impl<M> Deref for Received<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}

/// Without key, payload and headers.
impl<M: Message> fmt::Debug for Received<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("topic", &self.message.topic())
            .field("partition", &self.message.partition())
            .field("offset", &self.message.offset())
            .finish_non_exhaustive()
    }
}
