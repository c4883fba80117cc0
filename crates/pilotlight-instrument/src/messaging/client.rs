//! One messaging system as a service sees it, and where its operations start.

use super::batch::Batch;
use super::builder::ClientBuilder;
use super::destination::Destination;
use super::kind::Kind;
use super::message::Message;
use super::operation::Operation;
use super::options::Options;
use super::origin::Origin;
use super::receive::Receive;
use super::start::{Links, Start};
use crate::thread;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, StringValue};
use std::fmt;
use std::sync::Arc;

/// One messaging system as a service sees it. Cheap to clone.
///
/// Each method starts one operation; everything it says of it, links included, is there when samplers look. While telemetry is
/// suppressed, or nobody listens, an operation records nothing, but messages carry contexts on.
///
/// Recorded and measured with `opentelemetry_sdk`, an operation on one message takes some 1.5 µs and ten allocations, of which the
/// context in the message has four or five.
#[derive(Clone)]
pub struct Client(Arc<Options>);

impl Client {
    /// Options for a client of `system`, which is `messaging.system.name`: `kafka`, `rabbitmq`, `nats`, `in_process`. It is part
    /// of metrics and of one attribute's name, so it must be one of a few.
    pub fn builder(system: impl Into<StringValue>) -> ClientBuilder {
        ClientBuilder::new(system.into())
    }

    pub(super) fn new(options: Options) -> Self {
        Self(Arc::new(options))
    }

    pub(super) fn options(&self) -> &Options {
        &self.0
    }

    /// Sends one message: a PRODUCER span, whose context goes into `carrier`.
    ///
    /// ```
    /// # use pilotlight_instrument::messaging::{Client, Destination, Message};
    /// # use std::collections::HashMap;
    /// # async fn publish(headers: HashMap<String, String>, body: &str) -> Result<(), std::io::Error> { Ok(()) }
    /// # async fn sends(client: &Client, body: &str) -> Result<(), std::io::Error> {
    /// let mut headers = HashMap::new();
    /// let message = Message::new().body_bytes(body.len());
    /// let operation = client.send(&Destination::new("orders"), message, &mut headers);
    /// operation.around(publish(headers, body)).await
    /// # }
    /// ```
    ///
    /// The conventions would leave a context alone that the application put there itself. Nobody can tell it from that of a message
    /// that is passed on, so it is overwritten.
    pub fn send(&self, destination: &Destination, message: Message, carrier: &mut dyn Injector) -> Operation {
        self.produce(Start::one(Kind::Send, SpanKind::Producer, destination, message), carrier)
    }

    /// Creates one message that is sent later, or in a batch: a PRODUCER span, whose context goes into `carrier`. Sending it is a
    /// [`Batch::send`]. Not measured, for nothing is asked of the broker.
    pub fn create(
        &self,
        destination: &Destination,
        message: Message,
        carrier: &mut dyn Injector,
    ) -> Operation {
        self.produce(Start::one(Kind::Create, SpanKind::Producer, destination, message), carrier)
    }

    /// Sends `count` messages at once: one PRODUCER span, whose context [goes](Operation::inject) into each of them.
    pub fn send_batch(&self, destination: &Destination, message: Message, count: u64) -> Operation {
        self.begin(Start::batch(Kind::Send, SpanKind::Producer, destination, message, count))
    }

    /// A batch of messages that have contexts already, to [send](Batch::send), [process](Batch::process) or
    /// [settle](Batch::settle) as one.
    pub fn batch(&self, destination: &Destination) -> Batch {
        Batch::new(self.clone(), destination.clone())
    }

    /// Starts to receive messages: a CLIENT span, which is made when they are [there](Receive::end).
    pub fn receive(&self, destination: &Destination) -> Receive {
        Receive::new(self.batch(destination))
    }

    /// Processes one message: a CONSUMER span with a link to the sender's, a child of the current one or a root.
    ///
    /// Run the handler in its context, which has the baggage that came in `carrier` as well.
    ///
    /// ```
    /// # use pilotlight_instrument::messaging::{Client, Destination, Message};
    /// # use std::collections::HashMap;
    /// # async fn store(body: &str) -> Result<(), std::io::Error> { Ok(()) }
    /// # async fn handles(client: &Client, headers: &HashMap<String, String>, body: &str) -> Result<(), std::io::Error> {
    /// let operation = client.process(&Destination::new("orders"), Message::new(), headers);
    /// operation.around(store(body)).await
    /// # }
    /// ```
    ///
    /// Whatever `carrier` says, it does not panic; what is not a context is none.
    pub fn process(&self, destination: &Destination, message: Message, carrier: &dyn Extractor) -> Operation {
        let current = thread::current();
        let origin = Origin::extract(&self.0, &current, carrier);
        self.process_of(destination, message, &current, origin)
    }

    /// As [`process`](Self::process), for a message that brought its sender's context without a carrier, as
    /// `context::Carried` does.
    pub fn process_from(&self, destination: &Destination, message: Message, sender: &Context) -> Operation {
        let current = thread::current();
        let origin = Origin::of(&current, sender);
        self.process_of(destination, message, &current, origin)
    }

    fn process_of(
        &self,
        destination: &Destination,
        message: Message,
        current: &Context,
        origin: Origin,
    ) -> Operation {
        let as_child = self.0.process_as_child && origin.is_known();
        // A child of the sender's span is no child of the one that is current here, which gets a link instead.
        let links = match origin.link_to(current).filter(|_| as_child) {
            Some(passed_over) => {
                Links::All(origin.link(Vec::new()).into_iter().chain([passed_over]).collect())
            }
            None => Links::Sender(&origin),
        };
        let start = Start::one(Kind::Process, SpanKind::Consumer, destination, message).linked(links);
        let parent = if as_child { origin.context.clone() } else { current.clone() };
        Operation::begin(self, start, &parent, origin.context.clone())
    }

    /// Settles one message: a CLIENT span with a link to the sender's. `name` is what the system calls it: `ack`, `nak`,
    /// `reject`, `commit`.
    pub fn settle(
        &self,
        name: &'static str,
        destination: &Destination,
        message: Message,
        carrier: &dyn Extractor,
    ) -> Operation {
        self.settle_of(name, destination, message, Links::Carrier(carrier))
    }

    /// As [`settle`](Self::settle), for a message that brought its sender's context without a carrier.
    pub fn settle_from(
        &self,
        name: &'static str,
        destination: &Destination,
        message: Message,
        sender: &Context,
    ) -> Operation {
        let origin = Origin::of(&thread::current(), sender);
        self.settle_of(name, destination, message, Links::Sender(&origin))
    }

    fn settle_of(
        &self,
        name: &'static str,
        destination: &Destination,
        message: Message,
        links: Links<'_>,
    ) -> Operation {
        let start = Start::one(Kind::Settle, SpanKind::Client, destination, message.operation(name));
        self.begin(start.linked(links))
    }

    /// Writes `context` into a message, over what is there. A field that this context does not have stays as it is: for a
    /// carrier that was used before, remove its [`fields`](Self::fields) first.
    pub fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        self.0.propagator.with(|propagator| propagator.inject_context(context, carrier));
    }

    /// The context that a message brought, on top of the current one.
    pub fn extract(&self, carrier: &dyn Extractor) -> Context {
        Origin::extract(&self.0, &thread::current(), carrier).context
    }

    /// The fields of a carrier that contexts are written to: `traceparent` and the like.
    pub fn fields(&self) -> Vec<String> {
        self.0.propagator.with(|propagator| propagator.fields().map(str::to_owned).collect())
    }

    fn produce(&self, start: Start<'_>, carrier: &mut dyn Injector) -> Operation {
        let operation = self.begin(start);
        operation.inject(carrier);
        operation
    }

    pub(super) fn begin(&self, start: Start<'_>) -> Operation {
        let current = thread::current();
        Operation::begin(self, start, &current, current.clone())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("system", &self.0.system).finish_non_exhaustive()
    }
}
