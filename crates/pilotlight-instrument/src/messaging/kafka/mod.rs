//! Kafka, through rdkafka: its producers and its consumer, wrapped.
//!
//! ```text
//!  FutureProducer::send ─▶ broker ─▶ StreamConsumer::recv ─▶ Received::process ─▶ StreamConsumer::commit_message
//!   PRODUCER send orders              CLIENT poll orders      CONSUMER process     CLIENT commit orders
//!   until the delivery report              │                       orders               │
//!        ▲                                 └───────────── links to the send span ───────┘
//!        └── context in the message's headers
//! ```
//!
//! The wrappers have the names of what they wrap and are made as those are, so that a program changes its `use` lines:
//!
//! ```
//! use pilotlight_instrument::messaging::kafka::{FutureProducer, StreamConsumer};
//! use rdkafka::ClientConfig;
//! use rdkafka::consumer::{CommitMode, Consumer};
//! use rdkafka::error::KafkaError;
//! use rdkafka::message::BorrowedMessage;
//! use rdkafka::producer::FutureRecord;
//! use std::time::Duration;
//!
//! async fn accept(order: &str) -> Result<(), KafkaError> {
//!     let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", "kafka:9092").create()?;
//!     let record = FutureRecord::to("orders").key(order).payload("created");
//!     producer.send(record, Duration::from_secs(1)).await.map_err(|(error, _)| error)?;
//!     Ok(())
//! }
//!
//! async fn work() -> Result<(), KafkaError> {
//!     let mut config = ClientConfig::new();
//!     config.set("bootstrap.servers", "kafka:9092").set("group.id", "warehouse").set("enable.auto.commit", "false");
//!     let consumer: StreamConsumer = config.create()?;
//!     consumer.subscribe(&["orders"])?;
//!     loop {
//!         let message = consumer.recv().await?;
//!         message.process().around(store(&message)).await?;
//!         consumer.commit_message(&message, CommitMode::Async)?;
//!     }
//! }
//!
//! async fn store(message: &BorrowedMessage<'_>) -> Result<(), KafkaError> {
//!     Ok(())
//! }
//! ```
//!
//! Everything else that rdkafka's own types can do is there as well, for the wrappers dereference to them: subscriptions, seeking, flushing,
//! transactions. That is not recorded. Options are those of [`Kafka::builder`].
//!
//! # What is recorded
//!
//! | Span | Kind | From, to |
//! |---|---|---|
//! | `send {topic}` | PRODUCER | `send`, delivery report |
//! | `poll {topic}` | CLIENT | `recv`, a message; not while nobody asks |
//! | `process {topic}` | CONSUMER | the application's |
//! | `commit {topic}` | CLIENT | `commit…` |
//!
//! With `messaging.destination.name`, `messaging.destination.partition.id`, `messaging.consumer.group.name`, `messaging.client.id`,
//! `kafka.offset`, and `kafka.message.tombstone` for messages without a payload. Keys are recorded when
//! [asked for](KafkaBuilder::message_key), payloads and other headers never. Headers are not read, and so there are no links, in a
//! program that [ends with a panic](KafkaBuilder::read_headers). `error.type` is rdkafka's name for librdkafka's error code, such as
//! `MessageTimedOut`. `server.address` is the broker that was asked for when the configuration names one alone: which broker answered,
//! rdkafka does not tell.
//!
//! # Redelivery
//!
//! Kafka does not count deliveries. A consumer that dies before it commits, or loses a partition, leaves its messages to another, and
//! nothing in them says so: the same `kafka.offset` of a partition is then processed in two spans, with links to the same send span. In
//! the same way a producer that sends again after an error can leave the message twice, at two offsets, unless it is idempotent.

mod builder;
mod consumer;
mod error;
mod headers;
mod producer;
mod received;
mod settings;

pub use builder::KafkaBuilder;
pub use consumer::{MessageStream, StreamConsumer};
pub use headers::{HeaderExtractor, HeaderInjector};
pub use producer::{BaseProducer, DeliveryFuture, FutureProducer, Reporting, Sent, ThreadedProducer};
pub use received::Received;
pub use settings::Kafka;
