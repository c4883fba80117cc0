//! What hears of deliveries on behalf of producers whose answers are callbacks.

use super::outgoing::{Record, delivered, failed};
use crate::messaging::Operation;
use crate::messaging::kafka::Kafka;
use rdkafka::Message;
use rdkafka::Statistics;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, ToBytes};
use rdkafka::producer::{BaseRecord, Partitioner, ProducerContext};
use rdkafka::util::IntoOpaque;
use std::error::Error;
use std::fmt;
use std::ops::Deref;

/// The application's context, and the end of each message's span before it hears of the delivery.
///
/// It is what [`Producer::context`](rdkafka::producer::Producer::context) gives, and dereferences to the application's.
#[derive(Clone, Debug)]
pub struct Reporting<C>(pub(super) C);

impl<C> Deref for Reporting<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

/// What goes with a message to its delivery report: its span, and what the application sends along.
pub struct Sent<D> {
    operation: Operation,
    opaque: D,
}

impl<D> fmt::Debug for Sent<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Sends a record by `send`, in its span.
#[expect(clippy::result_large_err, reason = "rdkafka's own error, which gives the record back")]
pub(super) fn send<'a, K, P, D>(
    kafka: &Kafka,
    mut record: BaseRecord<'a, K, P, D>,
    send: impl FnOnce(BaseRecord<'a, K, P, Box<Sent<D>>>) -> Outcome<'a, K, P, Box<Sent<D>>>,
) -> Outcome<'a, K, P, D>
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
    D: IntoOpaque,
{
    let described = Record {
        topic: record.topic,
        partition: record.partition,
        key: record.key.map(ToBytes::to_bytes),
        payload: record.payload.map(ToBytes::to_bytes),
    };
    let operation = kafka.send(&described, &mut record.headers);
    let context = operation.context().clone();
    let record = with_opaque(record, |opaque| Box::new(Sent { operation, opaque }));
    let _current = crate::thread::attach(&context);
    send(record).map_err(|(error, record)| {
        let record = with_opaque(record, |sent| {
            failed(sent.operation, &error);
            sent.opaque
        });
        (error, record)
    })
}

/// What rdkafka says of a record that was to be queued.
pub(super) type Outcome<'a, K, P, D> = Result<(), (KafkaError, BaseRecord<'a, K, P, D>)>;

fn with_opaque<'a, K, P, D, E>(
    record: BaseRecord<'a, K, P, D>,
    change: impl FnOnce(D) -> E,
) -> BaseRecord<'a, K, P, E>
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
    D: IntoOpaque,
    E: IntoOpaque,
{
    let BaseRecord { topic, partition, payload, key, timestamp, headers, delivery_opaque } = record;
    BaseRecord {
        topic,
        partition,
        payload,
        key,
        timestamp,
        headers,
        delivery_opaque: change(delivery_opaque),
    }
}

impl<C, Part> ProducerContext<Part> for Reporting<C>
where
    C: ProducerContext<Part>,
    Part: Partitioner,
{
    type DeliveryOpaque = Box<Sent<C::DeliveryOpaque>>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Self::DeliveryOpaque) {
        let Sent { operation, opaque } = *sent;
        match result {
            Ok(message) => delivered(operation, message.partition(), message.offset()),
            Err((error, _)) => failed(operation, error),
        }
        self.0.delivery(result, opaque);
    }

    fn get_custom_partitioner(&self) -> Option<&Part> {
        self.0.get_custom_partitioner()
    }
}

/// All of it is the application's.
impl<C: ClientContext> ClientContext for Reporting<C> {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = C::ENABLE_REFRESH_OAUTH_TOKEN;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.0.stats(statistics);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.0.stats_raw(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.0.generate_oauth_token(config)
    }
}
