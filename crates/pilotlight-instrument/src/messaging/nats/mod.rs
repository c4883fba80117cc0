//! NATS by async-nats: core and JetStream.
//!
//! ```text
//!  Client::publish, request ─▶ send, PRODUCER ─▶ headers ──▶ Subscriber ─▶ Message::process, CONSUMER
//!  jetstream::Context::publish ─▶ until its ack       └──▶ jetstream::PullConsumer::fetch, CLIENT ─▶ process, CONSUMER
//!                                                      └──▶ jetstream::Messages ────────────────────▶ process ─▶ ack, CLIENT
//! ```
//!
//! [`Client`] wraps an [`async_nats::Client`] that is connected already. Whatever it has no method for is done with
//! [`Client::inner`].
//!
//! The conventions have no attributes for NATS alone. These are ours, on spans only:
//!
//! | Attribute | Meaning |
//! |---|---|
//! | `messaging.nats.message.delivery_count` | how often JetStream has delivered the message: above 1, it is a redelivery |
//! | `messaging.nats.stream` | the stream's name |
//! | `messaging.nats.sequence` | the message's number in its stream |
//! | `messaging.nats.duplicate` | the stream had a message of this id already, and did not keep this one |
//!
//! `messaging.message.id` is the header `Nats-Msg-Id`, and `messaging.consumer.group.name` a queue group or a durable consumer.
//! `error.type` is the kind of an error: `timed_out`, `no_responders`, `stream_not_found`.

mod builder;
mod client;
mod errors;
mod headers;
pub mod jetstream;
mod message;
mod subjects;
mod subscriber;

pub use builder::NatsBuilder;
pub use client::Client;
pub use message::Message;
pub use subscriber::Subscriber;
