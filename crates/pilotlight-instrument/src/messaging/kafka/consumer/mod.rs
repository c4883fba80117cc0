//! rdkafka's asynchronous consumer.

mod polling;
mod stream;

pub use stream::MessageStream;

use super::received::{self, Received};
use super::settings::Kafka;
use crate::messaging::{self, Destination, Operation};
use opentelemetry::Context;
use polling::Polling;
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext, DefaultConsumerContext, stream_consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use rdkafka::util::{AsyncRuntime, DefaultRuntime};
use rdkafka::{ClientConfig, Message, TopicPartitionList};
use std::fmt;
use std::ops::Deref;

/// rdkafka's [`StreamConsumer`](stream_consumer::StreamConsumer), recorded.
///
/// Made by [`ClientConfig::create`], as rdkafka's is, or of one with [`new`](Self::new). Dereferences to it: subscribing, seeking, pausing,
/// storing offsets are there, and are not recorded. Neither are the commits that librdkafka makes by itself (`enable.auto.commit`); a
/// context's [`commit_callback`](ConsumerContext::commit_callback) hears of them.
#[must_use = "the consumer stops when it is dropped"]
pub struct StreamConsumer<C = DefaultConsumerContext, R = DefaultRuntime>
where
    C: ConsumerContext,
{
    consumer: stream_consumer::StreamConsumer<C, R>,
    kafka: Kafka,
}

impl<C, R> StreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
{
    /// A consumer that is recorded as `kafka` says.
    pub fn new(consumer: stream_consumer::StreamConsumer<C, R>, kafka: Kafka) -> Self {
        Self { consumer, kafka }
    }

    /// How it is recorded: for [`Received::new`].
    pub fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// Waits for the next message: a CLIENT span, `poll {topic}`, with a link to the send span.
    ///
    /// The span is made when the message is there, so that one who waits for ever leaves none. Dropping the future loses no message and
    /// records nothing.
    ///
    /// # Errors
    /// As rdkafka's. They are recorded, but for the end of a partition, which is none.
    pub async fn recv(&self) -> KafkaResult<Received<BorrowedMessage<'_>>> {
        let polling = Polling::begin(&self.kafka);
        polling.end(&self.kafka, self.consumer.recv().await)
    }

    /// The messages as a stream, each of them as [`recv`](Self::recv) gives it.
    pub fn stream(&self) -> MessageStream<'_, C> {
        MessageStream::new(self.consumer.stream(), self.kafka.clone())
    }

    /// Starts to process messages as one: a CONSUMER span with a link to each one's send span, a child of the current span or a root.
    ///
    /// Its attributes say what they have in common: topic, partition, how many they are; the links say the rest. Run the handler as with
    /// [`Received::process`].
    pub fn process_batch<M: Message>(&self, messages: &[Received<M>]) -> Operation {
        received::process_batch(&self.kafka, messages)
    }

    /// Commits that this message, and all before it in its partition, are processed: a CLIENT span, `commit {topic}`, with a link to the
    /// send span, a child of the current span or, where there is none, of the message's `poll` span.
    ///
    /// [`CommitMode::Sync`] blocks the thread until the broker has answered, and so long is the span. [`CommitMode::Async`] only queues the
    /// request: the answer is not recorded, a context's [`commit_callback`](ConsumerContext::commit_callback) hears it.
    ///
    /// # Errors
    /// As rdkafka's.
    pub fn commit_message(
        &self,
        message: &Received<BorrowedMessage<'_>>,
        mode: CommitMode,
    ) -> KafkaResult<()> {
        message.settle(COMMIT).within(|| self.consumer.commit_message(message, mode))
    }

    /// Commits these offsets: a CLIENT span, named after the topic where there is one alone. It has no links: which messages they are of,
    /// nobody says. Blocks as [`commit_message`](Self::commit_message) does.
    ///
    /// # Errors
    /// As rdkafka's.
    pub fn commit(&self, offsets: &TopicPartitionList, mode: CommitMode) -> KafkaResult<()> {
        self.settle(&self.destination_of(offsets)).within(|| self.consumer.commit(offsets, mode))
    }

    /// Commits all offsets that are stored: a CLIENT span, `commit`, without links. Blocks as [`commit_message`](Self::commit_message)
    /// does.
    ///
    /// # Errors
    /// As rdkafka's.
    pub fn commit_consumer_state(&self, mode: CommitMode) -> KafkaResult<()> {
        let destination = self.kafka.in_group(Destination::several());
        self.settle(&destination).within(|| self.consumer.commit_consumer_state(mode))
    }

    fn settle(&self, destination: &Destination) -> Operation {
        self.kafka.messaging().settle_from(COMMIT, destination, messaging::Message::new(), &Context::new())
    }

    /// What all of the offsets have in common.
    fn destination_of(&self, offsets: &TopicPartitionList) -> Destination {
        let elements = offsets.elements();
        let destination = match elements.split_first() {
            Some((one, [])) => self.kafka.sent_to(one.topic(), Some(one.partition())),
            Some((one, others)) if others.iter().all(|other| other.topic() == one.topic()) => {
                self.kafka.sent_to(one.topic(), None)
            }
            _ => Destination::several(),
        };
        self.kafka.in_group(destination)
    }
}

/// Kafka's word for it.
const COMMIT: &str = "commit";

impl<R: AsyncRuntime> FromClientConfig for StreamConsumer<DefaultConsumerContext, R> {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Ok(Self::new(config.create()?, Kafka::new(config)))
    }
}

impl<C, R> FromClientConfigAndContext<C> for StreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        Ok(Self::new(config.create_with_context(context)?, Kafka::new(config)))
    }
}

impl<C: ConsumerContext, R> Deref for StreamConsumer<C, R> {
    type Target = stream_consumer::StreamConsumer<C, R>;

    fn deref(&self) -> &Self::Target {
        &self.consumer
    }
}

impl<C: ConsumerContext, R> fmt::Debug for StreamConsumer<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamConsumer").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
