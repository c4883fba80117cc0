//! Asking a broker for messages.

use super::batch::Batch;
use super::destination::Destination;
use super::kind::Kind;
use super::message::Message;
use super::operation::Operation;
use super::start::{Links, Start};
use crate::thread;
use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::SpanKind;
use std::time::{Instant, SystemTime};

/// Messages on their way from the broker; of [`Client::receive`](super::Client::receive).
///
/// ```
/// # use pilotlight_instrument::messaging::{Client, Destination, Message};
/// # use std::collections::HashMap;
/// # async fn poll() -> Result<Vec<HashMap<String, String>>, std::io::Error> { Ok(Vec::new()) }
/// # async fn receives(client: &Client) -> Result<(), std::io::Error> {
/// let mut receive = client.receive(&Destination::new("orders")).operation("poll");
/// match poll().await {
///     Err(error) => receive.failed(&error),
///     Ok(messages) => {
///         for headers in &messages {
///             receive.add(Message::new(), headers);
///         }
///         receive.end();
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Its span starts when this was made and has links to the messages' contexts. It is made at the end, when those are known, so
/// that samplers see them; so it is not current meanwhile. An answer without messages leaves no span: pollers ask all day.
/// It is measured all the same. Dropped before its end, nothing is recorded.
#[derive(Debug)]
#[must_use = "nothing is recorded before `end` or `failed`"]
pub struct Receive {
    batch: Batch,
    name: &'static str,
    began: (SystemTime, Instant),
    arrived: Option<SystemTime>,
    /// The current one when it began.
    context: Context,
}

impl Receive {
    pub(super) fn new(batch: Batch) -> Self {
        let began = (SystemTime::now(), Instant::now());
        Self { batch, name: Kind::Receive.as_str(), began, arrived: None, context: thread::current() }
    }

    /// `messaging.operation.name`, as the messaging system calls it: `fetch`, `poll`. `receive` by default.
    pub fn operation(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Adds a message that came, with the context that `carrier` brings.
    pub fn add(&mut self, message: Message, carrier: &dyn Extractor) {
        self.batch.add(message, carrier);
    }

    /// Adds a message that came without a carrier, with its sender's context.
    pub fn add_from(&mut self, message: Message, sender: &Context) {
        self.batch.add_from(message, sender);
    }

    /// The first message is here: until now the broker had none. For clients that get messages one by one; the span gets an
    /// event `first_message`, which tells waiting from receiving. Only the first call counts.
    pub fn arrived(&mut self) {
        self.arrived.get_or_insert_with(SystemTime::now);
    }

    /// The messages are there. The context that comes back has the span, which has ended: to process them in, where that is to
    /// be seen as a consequence of receiving them.
    pub fn end(self) -> Context {
        let empty = self.batch.count == 0;
        let operation = self.begin(empty);
        let context = operation.context().clone();
        operation.end();
        context
    }

    /// As [`end`](Self::end), for the one message that was asked for. What is known of it is said of the span itself, and so is its
    /// `destination`: whoever reads from several knows it only now.
    pub fn end_with(self, destination: &Destination, message: Message, carrier: &dyn Extractor) -> Context {
        let Self { batch, name, began, arrived, context } = self;
        let start = Start::one(Kind::Receive, SpanKind::Client, destination, message.operation(name));
        let start = Start { began: Some(began), arrived, ..start }.linked(Links::Carrier(carrier));
        let operation = Operation::begin(&batch.client, start, &context, context.clone());
        let context = operation.context().clone();
        operation.end();
        context
    }

    /// The broker did not answer, or not with messages: `error.type` is what the client calls errors of this type. Messages that
    /// came before are counted and linked.
    pub fn failed<E: 'static>(self, error: &E) {
        let mut operation = self.begin(false);
        operation.failed(error);
        operation.end();
    }

    /// As [`failed`](Self::failed), where no error tells. `error_type` must take few values.
    pub fn failed_as(self, error_type: &'static str) {
        let mut operation = self.begin(false);
        operation.failed_as(error_type);
        operation.end();
    }

    fn begin(self, without_span: bool) -> Operation {
        let Self { batch, name, began, arrived, context } = self;
        let (client, destination, count) = (batch.client.clone(), batch.destination.clone(), batch.count);
        let message = Message::new().operation(name);
        let start = Start {
            began: Some(began),
            arrived,
            ..Start::batch(Kind::Receive, SpanKind::Client, &destination, message, count)
        };
        let start = start.linked(Links::All(batch.into_links()));
        if without_span {
            Operation::measured(&client, &start, context)
        } else {
            Operation::begin(&client, start, &context, context.clone())
        }
    }
}
