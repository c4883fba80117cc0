//! What a span says when it starts, where samplers see it.

use super::destination::Destination;
use super::kind::Kind;
use super::message::{Message, clamped};
use super::options::Options;
use super::origin::Origin;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Event, Link, SpanBuilder, SpanKind};
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::time::{Instant, SystemTime};

pub(super) struct Start<'a> {
    pub(super) kind: Kind,
    pub(super) span_kind: SpanKind,
    pub(super) name: &'static str,
    pub(super) destination: &'a Destination,
    pub(super) message: Message,
    /// How many messages, for a batch.
    pub(super) batch: Option<u64>,
    pub(super) links: Links<'a>,
    /// When it began, if not now.
    pub(super) began: Option<(SystemTime, Instant)>,
    /// When the first message came, where that is known.
    pub(super) arrived: Option<SystemTime>,
}

impl<'a> Start<'a> {
    /// An operation on one message.
    pub(super) fn one(
        kind: Kind,
        span_kind: SpanKind,
        destination: &'a Destination,
        message: Message,
    ) -> Self {
        let name = message.operation.unwrap_or(kind.as_str());
        Self {
            kind,
            span_kind,
            name,
            destination,
            message,
            batch: None,
            links: Links::All(Vec::new()),
            began: None,
            arrived: None,
        }
    }

    /// An operation on `count` messages.
    pub(super) fn batch(
        kind: Kind,
        span_kind: SpanKind,
        destination: &'a Destination,
        message: Message,
        count: u64,
    ) -> Self {
        Self { batch: Some(count), ..Self::one(kind, span_kind, destination, message) }
    }

    pub(super) fn linked(self, links: Links<'a>) -> Self {
        Self { links, ..self }
    }

    /// The span that starts while `current` is the context.
    pub(super) fn span(mut self, options: &Options, current: &Context) -> SpanBuilder {
        let name: Cow<'static, str> = match self.destination.few() {
            Some(destination) => format!("{} {destination}", self.name).into(),
            None => self.name.into(),
        };
        let mut span = SpanBuilder::from_name(name);
        span.events = self.arrived.map(|time| vec![Event::new("first_message", time, Vec::new(), 0)]);
        span.attributes = Some(self.attributes(options));
        span.links = self.links.look_up(options, current);
        span
    }

    fn attributes(&mut self, options: &Options) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(ATTRIBUTES_USUAL);
        attributes.push(KeyValue::new("messaging.system.name", options.system.clone()));
        attributes.push(KeyValue::new("messaging.operation.name", self.name));
        attributes.push(KeyValue::new("messaging.operation.type", self.kind.as_str()));
        self.destination.describe(&mut attributes);
        std::mem::take(&mut self.message).describe(options.body_size, &options.deliveries, &mut attributes);
        if let Some(count) = self.batch {
            attributes.push(KeyValue::new("messaging.batch.message_count", clamped(count)));
        }
        if let Some((address, port)) = &options.server {
            attributes.push(KeyValue::new("server.address", address.clone()));
            attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
        }
        if let Some(id) = &options.client_id {
            attributes.push(KeyValue::new("messaging.client.id", id.clone()));
        }
        attributes
    }
}

/// Where the contexts are that a span has links to. They are looked up where there is a span.
pub(super) enum Links<'a> {
    All(Vec<Link>),
    Sender(&'a Origin),
    Carrier(&'a dyn Extractor),
}

impl Links<'_> {
    fn look_up(self, options: &Options, current: &Context) -> Option<Vec<Link>> {
        match self {
            Self::All(links) => Some(links).filter(|links| !links.is_empty()),
            Self::Sender(origin) => origin.link(Vec::new()).map(|link| vec![link]),
            Self::Carrier(carrier) => {
                let origin = Origin::extract(options, current, carrier);
                origin.link(Vec::new()).map(|link| vec![link])
            }
        }
    }
}

/// System, operation, destination and server, a message's id and size: more make the list grow once.
const ATTRIBUTES_USUAL: usize = 10;
