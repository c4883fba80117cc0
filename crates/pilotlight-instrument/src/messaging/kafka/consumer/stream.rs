//! The messages of a consumer as a stream.

use super::polling::Polling;
use crate::messaging::kafka::received::Received;
use crate::messaging::kafka::settings::Kafka;
use futures_core::Stream;
use rdkafka::consumer::{self, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The messages of a consumer, each with its `poll` span; of [`StreamConsumer::stream`](super::StreamConsumer::stream). It never ends.
#[must_use = "streams do nothing unless polled"]
pub struct MessageStream<'a, C: ConsumerContext> {
    messages: consumer::MessageStream<'a, C>,
    kafka: Kafka,
    /// Some while somebody waits.
    polling: Option<Polling>,
}

impl<'a, C: ConsumerContext> MessageStream<'a, C> {
    pub(super) fn new(messages: consumer::MessageStream<'a, C>, kafka: Kafka) -> Self {
        Self { messages, kafka, polling: None }
    }
}

impl<'a, C: ConsumerContext> Stream for MessageStream<'a, C> {
    type Item = KafkaResult<Received<BorrowedMessage<'a>>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polling = this.polling.take().unwrap_or_else(|| Polling::begin(&this.kafka));
        match Pin::new(&mut this.messages).poll_next(cx) {
            Poll::Pending => {
                this.polling = Some(polling);
                Poll::Pending
            }
            Poll::Ready(polled) => Poll::Ready(polled.map(|polled| polling.end(&this.kafka, polled))),
        }
    }
}

impl<C: ConsumerContext> fmt::Debug for MessageStream<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
