//! The producer that the application polls.

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

/// rdkafka's [`BaseProducer`](producer::BaseProducer), recorded: a message's span ends when a
/// [`poll`](producer::BaseProducer::poll) brings its delivery report, just before the application's context hears of it.
///
/// Made by [`ClientConfig::create`] and [`ClientConfig::create_with_context`], as rdkafka's is, or by [`new`](Self::new). Dereferences to
/// it: polling, flushing and transactions are there, and are not recorded.
pub struct BaseProducer<C = DefaultProducerContext, Part = NoCustomPartitioner>
where
    Part: Partitioner,
    C: ProducerContext<Part>,
{
    producer: producer::BaseProducer<Reporting<C>, Part>,
    kafka: Kafka,
}

impl<C, Part> BaseProducer<C, Part>
where
    Part: Partitioner,
    C: ProducerContext<Part>,
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

impl FromClientConfig for BaseProducer {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Self::new(config, DefaultProducerContext, Kafka::new(config))
    }
}

impl<C, Part> FromClientConfigAndContext<C> for BaseProducer<C, Part>
where
    Part: Partitioner,
    C: ProducerContext<Part>,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        Self::new(config, context, Kafka::new(config))
    }
}

impl<C, Part> Deref for BaseProducer<C, Part>
where
    Part: Partitioner,
    C: ProducerContext<Part>,
{
    type Target = producer::BaseProducer<Reporting<C>, Part>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl<C, Part> fmt::Debug for BaseProducer<C, Part>
where
    Part: Partitioner,
    C: ProducerContext<Part>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaseProducer").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
