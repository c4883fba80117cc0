//! Messages that are handled as one.

use super::client::Client;
use super::destination::Destination;
use super::kind::Kind;
use super::message::Message;
use super::operation::Operation;
use super::origin::Origin;
use super::start::{Links, Start};
use crate::thread;
use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Link, SpanKind};

/// Messages that are sent, processed or settled by one operation, whose span has a link to each one's context.
///
/// ```
/// # use pilotlight_instrument::messaging::{Client, Destination, Message};
/// # use std::collections::HashMap;
/// # async fn store(bodies: &[(HashMap<String, String>, String)]) -> Result<(), std::io::Error> { Ok(()) }
/// # async fn handles(client: &Client, messages: &[(HashMap<String, String>, String)]) -> Result<(), std::io::Error> {
/// let mut batch = client.batch(&Destination::new("orders"));
/// for (headers, body) in messages {
///     batch.add(Message::new().body_bytes(body.len()), headers);
/// }
/// batch.process(Message::new()).around(store(messages)).await
/// # }
/// ```
///
/// What is said of a single message is on its link. Beyond [`links_max`](super::ClientBuilder::links_max) messages are counted and
/// not linked; `messaging.batch.message_count` has them all.
#[derive(Debug)]
#[must_use = "a batch does nothing until it is sent, processed or settled"]
pub struct Batch {
    pub(super) client: Client,
    pub(super) destination: Destination,
    pub(super) count: u64,
    links: Vec<Link>,
}

impl Batch {
    pub(super) fn new(client: Client, destination: Destination) -> Self {
        Self { client, destination, count: 0, links: Vec::new() }
    }

    /// Adds a message with the context that `carrier` brings.
    pub fn add(&mut self, message: Message, carrier: &dyn Extractor) {
        self.link(message, |client| Origin::extract(client.options(), &thread::current(), carrier));
    }

    /// Adds a message that brought its sender's context without a carrier.
    pub fn add_from(&mut self, message: Message, sender: &Context) {
        self.link(message, |_| Origin::of(&thread::current(), sender));
    }

    fn link(&mut self, message: Message, origin: impl FnOnce(&Client) -> Origin) {
        self.count += 1;
        let options = self.client.options();
        if self.links.len() >= options.links_max {
            return;
        }
        let mut attributes = Vec::new();
        message.describe(options.body_size, &options.deliveries, &mut attributes);
        self.links.extend(origin(&self.client).link(attributes));
    }

    /// How many messages it has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sends messages that were [created](Client::create) before: a CLIENT span. `message` is what holds for all of them.
    pub fn send(self, message: Message) -> Operation {
        self.begin(Kind::Send, SpanKind::Client, message)
    }

    /// Processes them as one: a CONSUMER span, a child of the current one or a root. `message` is what holds for all of them.
    pub fn process(self, message: Message) -> Operation {
        self.begin(Kind::Process, SpanKind::Consumer, message)
    }

    /// Settles them as one: a CLIENT span. `name` is what the system calls it: `ack`, `commit`.
    pub fn settle(self, name: &'static str, message: Message) -> Operation {
        self.begin(Kind::Settle, SpanKind::Client, message.operation(name))
    }

    fn begin(self, kind: Kind, span_kind: SpanKind, message: Message) -> Operation {
        let Self { client, destination, count, links } = self;
        client.begin(Start::batch(kind, span_kind, &destination, message, count).linked(Links::All(links)))
    }

    pub(super) fn into_links(self) -> Vec<Link> {
        self.links
    }
}
