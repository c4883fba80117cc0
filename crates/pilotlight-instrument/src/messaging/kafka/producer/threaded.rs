//! The producer that polls itself.

use super::reporting::{self, Outcome, Reporting};
use crate::messaging::kafka::Kafka;
use rdkafka::ClientConfig;
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::ToBytes;
use rdkafka::producer::{
    self, BaseRecord, DefaultProducerContext, NoCustomPartitioner, Partitioner, ProducerContext,
};
use std::fmt;
use std::ops::Deref;

/// rdkafka's [`ThreadedProducer`](producer::ThreadedProducer), recorded: a message's span ends on the producer's own thread with its
/// delivery report, just before the application's context hears of it.
///
/// Made by [`ClientConfig::create`] and [`ClientConfig::create_with_context`], as rdkafka's is, or by [`new`](Self::new). Dereferences to
/// it: flushing and transactions are there, and are not recorded.
#[must_use = "the producer's thread stops when it is dropped"]
pub struct ThreadedProducer<C = DefaultProducerContext, Part = NoCustomPartitioner>
where
    Part: Partitioner,
    C: ProducerContext<Part> + 'static,
{
    producer: producer::ThreadedProducer<Reporting<C>, Part>,
    kafka: Kafka,
}

impl<C, Part> ThreadedProducer<C, Part>
where
    Part: Partitioner + Send + Sync + 'static,
    C: ProducerContext<Part> + 'static,
{
    /// A producer that is recorded as `kafka` says.
    ///
    /// # Errors
    /// As rdkafka's: when the configuration is not accepted.
    pub fn new(config: &ClientConfig, context: C, kafka: Kafka) -> KafkaResult<Self> {
        Ok(Self { producer: config.create_with_context(Reporting(context))?, kafka })
    }

    /// Queues a message, in a PRODUCER span that ends with the delivery report, which tells partition and offset. Never blocks.
    ///
    /// The span's context goes into the record's headers, in place of one that is there.
    ///
    /// # Errors
    /// When it was not queued. The record comes back, with the headers that were written.
    #[expect(clippy::result_large_err, reason = "rdkafka's own error, which gives the record back")]
    pub fn send<'a, K, P>(
        &self,
        record: BaseRecord<'a, K, P, C::DeliveryOpaque>,
    ) -> Outcome<'a, K, P, C::DeliveryOpaque>
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        reporting::send(&self.kafka, record, |record| self.producer.send(record))
    }
}

impl FromClientConfig for ThreadedProducer {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Self::new(config, DefaultProducerContext, Kafka::new(config))
    }
}

impl<C, Part> FromClientConfigAndContext<C> for ThreadedProducer<C, Part>
where
    Part: Partitioner + Send + Sync + 'static,
    C: ProducerContext<Part> + 'static,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        Self::new(config, context, Kafka::new(config))
    }
}

impl<C, Part> Deref for ThreadedProducer<C, Part>
where
    Part: Partitioner,
    C: ProducerContext<Part> + 'static,
{
    type Target = producer::ThreadedProducer<Reporting<C>, Part>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl<C: ProducerContext + 'static> Clone for ThreadedProducer<C> {
    fn clone(&self) -> Self {
        Self { producer: self.producer.clone(), kafka: self.kafka.clone() }
    }
}

impl<C, Part> fmt::Debug for ThreadedProducer<C, Part>
where
    Part: Partitioner,
    C: ProducerContext<Part> + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadedProducer").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
