//! How the clients of one configuration are recorded.

use super::builder::KafkaBuilder;
use crate::messaging::{Client, Destination};
use crate::telemetry::names::SharedNames;
use opentelemetry::StringValue;
use rdkafka::ClientConfig;
use std::fmt;
use std::sync::Arc;

/// How producers and consumers of one configuration are recorded. Cheap to clone.
///
/// The wrappers make one of their own unless they are given one with [options](Self::builder).
#[derive(Clone)]
pub struct Kafka(pub(super) Arc<Settings>);

pub(super) struct Settings {
    pub(super) client: Client,
    pub(super) group: Option<StringValue>,
    pub(super) message_key: bool,
    pub(super) poll_spans: bool,
    pub(super) read_headers: bool,
    /// Topics, whose names are cloned into each span.
    pub(super) topics: SharedNames,
}

impl Kafka {
    /// For clients of this configuration, with the global providers and propagator.
    pub fn new(config: &ClientConfig) -> Self {
        Self::builder(config).build()
    }

    /// Options for clients of this configuration. Of its settings, `bootstrap.servers`, `client.id` and `group.id` are read.
    pub fn builder(config: &ClientConfig) -> KafkaBuilder {
        KafkaBuilder::new(config)
    }

    /// What starts the operations: for what the wrappers do not know, as messages that were consumed with another type of rdkafka's.
    pub fn messaging(&self) -> &Client {
        &self.0.client
    }

    /// Where a producer sends to; the partition is librdkafka's to choose unless the record has one.
    pub(super) fn sent_to(&self, topic: &str, partition: Option<i32>) -> Destination {
        let destination = Destination::new(self.0.topics.shared(topic));
        match partition {
            Some(partition) => destination.partition(partition.to_string()),
            None => destination,
        }
    }

    /// Where a consumer's message came from.
    pub(super) fn received_from(&self, topic: &str, partition: i32) -> Destination {
        self.in_group(self.sent_to(topic, Some(partition)))
    }

    /// With the consumer group, if there is one.
    pub(super) fn in_group(&self, destination: Destination) -> Destination {
        match &self.0.group {
            Some(group) => destination.consumer_group(group.clone()),
            None => destination,
        }
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka")
            .field("client", &self.0.client)
            .field("group", &self.0.group)
            .finish_non_exhaustive()
    }
}
