//! A record on its way: its span from the producer's call to the delivery report.

use super::super::headers::HeaderInjector;
use super::super::settings::Kafka;
use crate::messaging::{Message, Operation};
use crate::telemetry::text::{VALUE_BYTES_MAX, bounded};
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use rdkafka::error::KafkaError;
use rdkafka::message::OwnedHeaders;

/// What both of rdkafka's types of records have.
pub(super) struct Record<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: Option<i32>,
    pub(super) key: Option<&'a [u8]>,
    pub(super) payload: Option<&'a [u8]>,
}

impl Kafka {
    /// Starts the span, and writes its context into the headers.
    pub(super) fn send(&self, record: &Record<'_>, headers: &mut Option<OwnedHeaders>) -> Operation {
        let destination = self.sent_to(record.topic, record.partition);
        let message = self.describe(record.key, record.payload);
        let into = if self.0.read_headers { HeaderInjector::new } else { HeaderInjector::behind };
        let mut injector = into(headers.take());
        let operation = self.messaging().send(&destination, message, &mut injector);
        // Headers that came from elsewhere, as those of a message that is passed on, may have what this context has not: somebody
        // else's baggage does not belong to this trace. Where there is no trace, whoever wrote them is left to speak.
        if injector.had_headers() && operation.context().span().span_context().is_valid() {
            injector.remove_others(self.messaging().fields());
        }
        *headers = injector.into_headers();
        operation
    }

    /// What is said of a message on either side.
    pub(in crate::messaging::kafka) fn describe(
        &self,
        key: Option<&[u8]>,
        payload: Option<&[u8]>,
    ) -> Message {
        let mut message = Message::new().body_bytes(payload.map_or(0, <[u8]>::len));
        if payload.is_none() {
            message = message.attribute(KeyValue::new("kafka.message.tombstone", true));
        }
        // A key that is no text has no form that everybody would give it.
        let key = key.filter(|_| self.0.message_key).and_then(|key| std::str::from_utf8(key).ok());
        match key {
            Some(key) => message.attribute(KeyValue::new("kafka.message.key", bounded(key, VALUE_BYTES_MAX))),
            None => message,
        }
    }
}

/// The broker has it, at this place.
pub(super) fn delivered(mut operation: Operation, partition: i32, offset: i64) {
    operation.partition(partition.to_string());
    // Below 0 it is not known: nobody waited for an answer.
    if offset >= 0 {
        operation.attribute(|| KeyValue::new(OFFSET, offset));
    }
    operation.end();
}

/// It could not be queued, or was not delivered.
pub(super) fn failed(mut operation: Operation, error: &KafkaError) {
    operation.failed(error);
    operation.end();
}

pub(in crate::messaging::kafka) const OFFSET: &str = "kafka.offset";
