//! `order.created`: what is told of an order, and the two ways on which it goes from the gateway to the worker.
//!
//! ```text
//!  gateway: outbox ──> relay ──┬──> nats:  a stream of JetStream, kept in files ──> the worker, a program of its own
//!                              └──> queue: bounded, in memory ───────────────────> the worker, a task of the gateway
//! ```
//!
//! Either way a message is told at least once: who gets it has to bear hearing it twice. Its headers have the context of who sent it.

mod headers;
mod nats;
mod order_created;
mod queue;
mod settings;

use std::time::Duration;

use pilotlight_instrument::messaging::{ClientBuilder, Destination};

pub(crate) use headers::Headers;
pub(crate) use nats::{Nats, NatsError, settle};
pub(crate) use order_created::OrderCreated;
pub(crate) use queue::{Delivery, Queue, QueueClosed, queue};
pub use settings::Settings;

use crate::worker::Trouble;

/// The subject of NATS, and the queue's name.
pub(crate) const ORDER_CREATED: &str = "order.created";

/// What becomes of a message that somebody was handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// It is done with: for good.
    Ack,
    /// It could not be dealt with now; again, but not before that.
    Nak(Duration),
    /// Nobody can ever deal with it.
    Term,
}

/// What spans call the shop's own errors.
fn with_error_types(options: ClientBuilder) -> ClientBuilder {
    options.error_type(|_: &QueueClosed| "queue_closed").error_type(|trouble: &Trouble| trouble.as_str())
}

/// Where they go, as spans and metrics name it.
pub(crate) fn destination() -> Destination {
    Destination::new(ORDER_CREATED)
}
