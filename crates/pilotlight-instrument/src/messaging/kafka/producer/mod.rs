//! rdkafka's producers. What they have in common is a record on its way; they differ in who hears that it has arrived.

mod base;
mod future;
mod outgoing;
mod reporting;
mod threaded;

pub use base::BaseProducer;
pub use future::{DeliveryFuture, FutureProducer};
pub(super) use outgoing::OFFSET;
pub use reporting::{Reporting, Sent};
pub use threaded::ThreadedProducer;
