//! Where a message was delivered from, and whether it has been settled since.

use crate::messaging::nats::client::{Shared, described};
use crate::messaging::nats::headers::HeaderExtractor;
use crate::messaging::nats::subjects::{Pattern, is_wildcard};
use crate::messaging::{self, Destination, Operation};
use async_nats::jetstream;
use async_nats::jetstream::consumer::{AckPolicy, Info};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue, StringValue};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// A consumer, as its messages know it.
pub(super) struct Source {
    pub(super) shared: Arc<Shared>,
    stream: StringValue,
    /// A durable consumer; the others have names that were made up for them.
    durable: Option<StringValue>,
    filter: Option<Pattern>,
    /// Each message has to be settled by itself.
    explicit: bool,
}

impl Source {
    pub(super) fn new(shared: Arc<Shared>, info: &Info) -> Self {
        let filter = Some(&*info.config.filter_subject).filter(|filter| is_wildcard(filter));
        Self {
            stream: string(&info.stream_name),
            durable: info.config.durable_name.as_deref().map(string),
            filter: filter.map(|filter| shared.subjects.pattern(filter)),
            explicit: matches!(info.config.ack_policy, AckPolicy::Explicit),
            shared,
        }
    }

    /// What is received from: messages of many subjects, so it goes by the stream's name.
    pub(super) fn destination(&self) -> Destination {
        self.for_group(self.shared.subjects.named(self.stream.as_str()))
    }

    fn destination_of(&self, subject: &str) -> Destination {
        let subjects = &self.shared.subjects;
        self.for_group(match &self.filter {
            Some(pattern) => subjects.subscribed(subject, pattern),
            None => subjects.destination(subject),
        })
    }

    fn for_group(&self, destination: Destination) -> Destination {
        match &self.durable {
            Some(durable) => destination.consumer_group(durable.clone()),
            None => destination,
        }
    }

    /// What a message says of itself, and of its delivery.
    pub(super) fn describe(&self, message: &jetstream::Message) -> messaging::Message {
        let described = described(message.headers.as_ref(), message.payload.len())
            .attribute(KeyValue::new("messaging.nats.stream", self.stream.clone()));
        // A message that was not delivered by JetStream has no such thing.
        let Ok(info) = message.info() else { return described };
        described
            .deliveries(u64::try_from(info.delivered).unwrap_or_default())
            .attribute(super::publish::sequence(info.stream_sequence))
    }

    pub(super) fn process(&self, message: &jetstream::Message, received: bool) -> Operation {
        let described = self.describe(message);
        let described = if received { described.received() } else { described };
        self.shared.process(&self.destination_of(&message.subject), described, message.headers.as_ref())
    }

    pub(super) fn settle(&self, name: &'static str, message: &jetstream::Message) -> Operation {
        let (destination, described) = (self.destination_of(&message.subject), self.describe(message));
        self.shared.client.settle(name, &destination, described, &HeaderExtractor(message.headers.as_ref()))
    }
}

fn string(text: &str) -> StringValue {
    Arc::<str>::from(text).into()
}

/// One delivery of a message, shared by its clones. Dropped with the last of them, it says whether the message was settled.
pub(super) struct Delivery {
    /// It was, or does not have to be. Read when nobody else is left, so it publishes nothing.
    settled: AtomicBool,
    /// The context of the first span that processed it.
    process: OnceLock<Context>,
}

impl Delivery {
    pub(super) fn new(source: &Source) -> Self {
        Self { settled: AtomicBool::new(!source.explicit), process: OnceLock::new() }
    }

    pub(super) fn processed_in(&self, context: &Context) {
        self.process.get_or_init(|| context.clone());
    }

    pub(super) fn settled(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Delivery {
    /// A span that has ended takes no more events: who kept the message for longer may still settle it in another way.
    fn drop(&mut self) {
        if let (false, Some(process)) = (*self.settled.get_mut(), self.process.get()) {
            process.span().add_event("unsettled", Vec::new());
        }
    }
}
