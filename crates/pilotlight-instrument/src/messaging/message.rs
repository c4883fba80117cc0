//! What is known of one message when an operation on it starts.

use opentelemetry::{Key, KeyValue, StringValue};

/// What a span says of its message: only what is known and wanted.
///
/// ```
/// use pilotlight_instrument::messaging::Message;
///
/// let message = Message::new().id("4711-created").body_bytes(120).operation("publish");
/// ```
///
/// Nothing of it goes into metrics but the operation's name.
#[derive(Clone, Debug, Default)]
#[must_use = "it only describes a message"]
pub struct Message {
    pub(super) operation: Option<&'static str>,
    pub(super) received: bool,
    id: Option<StringValue>,
    conversation_id: Option<StringValue>,
    body_bytes: Option<u64>,
    deliveries: Option<u64>,
    more: Vec<KeyValue>,
}

impl Message {
    /// A message of which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// `messaging.operation.name`, as the messaging system calls it: `publish`, `poll`, `nak`. By default the operation's type:
    /// `create`, `send`, `receive` or `process`. It is part of the span's name.
    pub fn operation(mut self, name: &'static str) -> Self {
        self.operation = Some(name);
        self
    }

    /// `messaging.message.id`.
    pub fn id(mut self, id: impl Into<StringValue>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// `messaging.message.conversation_id`, also known as correlation id.
    pub fn conversation_id(mut self, id: impl Into<StringValue>) -> Self {
        self.conversation_id = Some(id.into());
        self
    }

    /// The body's length in bytes. It is recorded where the client was told to
    /// ([`body_size`](super::ClientBuilder::body_size)).
    pub fn body_bytes(mut self, bytes: usize) -> Self {
        self.body_bytes = Some(bytes as u64);
        self
    }

    /// How often the message has been delivered, this time included: above 1 it is a redelivery.
    ///
    /// The conventions have a name for it in Azure Service Bus only, `messaging.servicebus.message.delivery_count`. Others get one
    /// of that form: `messaging.{system}.message.delivery_count`.
    pub fn deliveries(mut self, count: u64) -> Self {
        self.deliveries = Some(count);
        self
    }

    /// The message came with a `receive` operation, which has counted it: processing it does not count it again among the
    /// consumed ones.
    pub fn received(mut self) -> Self {
        self.received = true;
        self
    }

    /// Any other attribute, as those that the conventions have for one system: `kafka.offset`.
    pub fn attribute(mut self, attribute: KeyValue) -> Self {
        self.more.push(attribute);
        self
    }

    /// For a span, or for a link of a batch.
    pub(super) fn describe(self, with_size: bool, deliveries: &Key, attributes: &mut Vec<KeyValue>) {
        if let Some(id) = self.id {
            attributes.push(KeyValue::new(ID, id));
        }
        if let Some(id) = self.conversation_id {
            attributes.push(KeyValue::new("messaging.message.conversation_id", id));
        }
        if let Some(bytes) = self.body_bytes.filter(|_| with_size) {
            attributes.push(KeyValue::new("messaging.message.body.size", clamped(bytes)));
        }
        if let Some(count) = self.deliveries {
            attributes.push(KeyValue::new(deliveries.clone(), clamped(count)));
        }
        attributes.extend(self.more);
    }
}

pub(super) const ID: &str = "messaging.message.id";

/// Attributes have no unsigned numbers.
pub(super) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
