//! One wait for a message.

use crate::messaging::kafka::received::Received;
use crate::messaging::kafka::settings::Kafka;
use crate::messaging::{Destination, Receive};
use rdkafka::Message;
use rdkafka::error::{KafkaError, KafkaResult};

/// From the moment when somebody asks for a message. None where that is not recorded.
pub(super) struct Polling(Option<Receive>);

impl Polling {
    pub(super) fn begin(kafka: &Kafka) -> Self {
        // Which topic a message will come from is not known.
        let receive = || kafka.messaging().receive(&kafka.in_group(Destination::several())).operation("poll");
        Self(kafka.0.poll_spans.then(receive))
    }

    /// Ends with a message or an error.
    pub(super) fn end<M: Message>(self, kafka: &Kafka, polled: KafkaResult<M>) -> KafkaResult<Received<M>> {
        match (polled, self.0) {
            (Ok(message), Some(receive)) => {
                let end = |message: &Received<M>| {
                    receive.end_with(&message.destination(), message.description(), &message.carrier())
                };
                Ok(Received::polled(message, kafka, end))
            }
            (Ok(message), None) => Ok(Received::new(message, kafka)),
            (Err(error), receive) => {
                // For one who asked to be told, the end of a partition is news and no failure.
                let failed = receive.filter(|_| !matches!(error, KafkaError::PartitionEOF(_)));
                if let Some(receive) = failed {
                    receive.failed(&error);
                }
                Err(error)
            }
        }
    }
}
