//! The producer whose answers are futures.

use super::outgoing::{Record, delivered, failed};
use crate::messaging::Operation;
use crate::messaging::kafka::Kafka;
use rdkafka::ClientConfig;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::ToBytes;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{self, FutureRecord};
use rdkafka::util::{AsyncRuntime, DefaultRuntime, Timeout};
use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

/// rdkafka's [`FutureProducer`](producer::FutureProducer), recorded. Cheap to clone.
///
/// Made by [`ClientConfig::create`], as rdkafka's is, or of one with [`new`](Self::new). Dereferences to it: flushing and transactions are
/// there, and are not recorded.
#[must_use = "the producer's thread stops when it is dropped"]
pub struct FutureProducer<C = DefaultClientContext, R = DefaultRuntime>
where
    C: ClientContext + 'static,
{
    producer: producer::FutureProducer<C, R>,
    kafka: Kafka,
}

impl<C, R> FutureProducer<C, R>
where
    C: ClientContext + 'static,
{
    /// A producer that is recorded as `kafka` says.
    pub fn new(producer: producer::FutureProducer<C, R>, kafka: Kafka) -> Self {
        Self { producer, kafka }
    }
}

impl<C, R> FutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    /// Sends a message in a PRODUCER span that ends with the delivery report, which tells partition and offset.
    ///
    /// The span's context goes into the record's headers, in place of one that is there. `queue_timeout` is how long to try again when the
    /// producer's queue is full; how long delivery may take is librdkafka's `message.timeout.ms`.
    ///
    /// # Errors
    /// When the message was not queued or not delivered. It comes back, with the headers that were written.
    ///
    /// # Cancellation
    /// Dropped before the report, the span has the event `cancelled`. A message that was queued by then is still delivered: librdkafka
    /// takes nothing back, and nobody hears of its report.
    pub async fn send<K, P, T>(&self, record: FutureRecord<'_, K, P>, queue_timeout: T) -> OwnedDeliveryResult
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
        T: Into<Timeout>,
    {
        let (mut operation, record) = self.begin(record);
        let mut sent = pin!(self.producer.send(record, queue_timeout));
        let result = poll_fn(|cx| operation.run(|| sent.as_mut().poll(cx))).await;
        finish(operation, &result);
        result
    }

    /// As [`send`](Self::send), but the message is queued at once or not at all.
    ///
    /// # Errors
    /// When it was not queued, as when the queue is full. The record comes back, with the headers that were written; sent again, they are
    /// written anew.
    #[expect(clippy::result_large_err, reason = "rdkafka's own error, which gives the record back")]
    pub fn send_result<'a, K, P>(
        &self,
        record: FutureRecord<'a, K, P>,
    ) -> Result<DeliveryFuture, (KafkaError, FutureRecord<'a, K, P>)>
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        let (mut operation, record) = self.begin(record);
        match operation.run(|| self.producer.send_result(record)) {
            Ok(report) => Ok(DeliveryFuture { report, operation: Some(operation) }),
            Err((error, record)) => {
                failed(operation, &error);
                Err((error, record))
            }
        }
    }

    fn begin<'a, K, P>(&self, mut record: FutureRecord<'a, K, P>) -> (Operation, FutureRecord<'a, K, P>)
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        let described = Record {
            topic: record.topic,
            partition: record.partition,
            key: record.key.map(ToBytes::to_bytes),
            payload: record.payload.map(ToBytes::to_bytes),
        };
        let operation = self.kafka.send(&described, &mut record.headers);
        (operation, record)
    }
}

fn finish(operation: Operation, result: &OwnedDeliveryResult) {
    match result {
        Ok(delivery) => delivered(operation, delivery.partition, delivery.offset),
        Err((error, _)) => failed(operation, error),
    }
}

/// rdkafka's [`DeliveryFuture`](producer::DeliveryFuture), with which the message's span ends; of [`FutureProducer::send_result`].
///
/// Dropped before the report, the span has the event `cancelled`, and the message is delivered all the same.
#[must_use = "dropped at once, the span is cancelled and the report lost"]
pub struct DeliveryFuture {
    report: producer::DeliveryFuture,
    /// Some until the report.
    operation: Option<Operation>,
}

impl Future for DeliveryFuture {
    type Output = <producer::DeliveryFuture as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.report).poll(cx));
        if let Some(operation) = self.operation.take() {
            match &result {
                Ok(delivery) => finish(operation, delivery),
                // The producer is gone.
                Err(_) => failed(operation, &KafkaError::Canceled),
            }
        }
        Poll::Ready(result)
    }
}

impl fmt::Debug for DeliveryFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryFuture").finish_non_exhaustive()
    }
}

impl<R: AsyncRuntime> FromClientConfig for FutureProducer<DefaultClientContext, R> {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Ok(Self::new(config.create()?, Kafka::new(config)))
    }
}

impl<C, R> FromClientConfigAndContext<C> for FutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        Ok(Self::new(config.create_with_context(context)?, Kafka::new(config)))
    }
}

impl<C, R> Deref for FutureProducer<C, R>
where
    C: ClientContext + 'static,
{
    type Target = producer::FutureProducer<C, R>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl<C, R> Clone for FutureProducer<C, R>
where
    C: ClientContext + 'static,
{
    fn clone(&self) -> Self {
        Self { producer: self.producer.clone(), kafka: self.kafka.clone() }
    }
}

impl<C, R> fmt::Debug for FutureProducer<C, R>
where
    C: ClientContext + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FutureProducer").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
