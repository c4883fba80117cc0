//! Messaging, by the semantic conventions of schema 1.45.0, which are in development.
//!
//! ```text
//!  producer                                    broker                                    consumer
//!  Client::create ─▶ message ─▶ Client::send ─▶ ····· ─▶ Client::receive ─▶ Client::process ─▶ Client::settle
//!   PRODUCER          context    PRODUCER, or             CLIENT             CONSUMER          CLIENT
//!                     inside     CLIENT (batches)         └──────── links to the message's context ────────┘
//! ```
//!
//! A [`Client`] stands for one messaging system and starts an [`Operation`] for whatever is done with messages. It is generic over
//! what carries contexts: anything that is an [`Injector`](opentelemetry::propagation::Injector) when a message is sent and an
//! [`Extractor`](opentelemetry::propagation::Extractor) when it is received, a `HashMap<String, String>` for one. For a queue
//! within the process there are [`Client::process_from`] and `context::Carried`.
//!
//! NATS and JetStream have `messaging::nats` (feature `async-nats`), Kafka has `messaging::kafka` (feature `rdkafka`): clients with the
//! names of those that they wrap, built on this one.
//!
//! | Operation | Span | Metrics |
//! |---|---|---|
//! | [`create`](Client::create) | PRODUCER; its context goes into the message | none |
//! | [`send`](Client::send) | PRODUCER; its context goes into the message | operation duration, sent messages |
//! | [`Batch::send`] | CLIENT; links to the created messages | operation duration, sent messages |
//! | [`receive`](Client::receive) | CLIENT; links to the messages | operation duration, consumed messages |
//! | [`process`](Client::process) | CONSUMER; a link to the message | process duration, consumed messages unless [received](Message::received) |
//! | [`settle`](Client::settle) | CLIENT; a link to the message | operation duration |
//!
//! Metrics are `messaging.client.operation.duration`, `messaging.process.duration`, `messaging.client.sent.messages` and
//! `messaging.client.consumed.messages`. Spans are named `{operation} {destination}`, by the destination's template or by a name
//! that takes few values: see [`Destination`]. A message that is processed belongs to a trace of its own, or to the one that is
//! current there, and has a link to the trace that it was sent in: see
//! [`process_as_child`](ClientBuilder::process_as_child).
//!
//! Bodies are never recorded, nor are messages of errors, nor those of panics unless
//! [asked for](ClientBuilder::panic_messages): `error.type` is a name that the application gave to an
//! [error's type](ClientBuilder::error_type), or the type's own.

mod around;
mod batch;
mod builder;
mod client;
mod destination;
mod error_types;
mod instruments;
#[cfg(feature = "rdkafka")]
pub mod kafka;
mod kind;
mod measurement;
mod message;
#[cfg(feature = "async-nats")]
pub mod nats;
mod operation;
mod options;
mod origin;
mod receive;
mod start;

pub use crate::telemetry::SCHEMA_URL;
pub use around::Around;
pub use batch::Batch;
pub use builder::ClientBuilder;
pub use client::Client;
pub use destination::Destination;
pub use message::Message;
pub use operation::Operation;
pub use receive::Receive;
