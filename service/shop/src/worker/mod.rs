//! The shop's worker: hears of orders, and ships them.
//!
//! ```text
//!  NATS, or the gateway's queue ──> intake: some at a time ──> desk: read, ship, settle ──> shipments: one for each order
//!                                                              metrics: what became of it
//! ```
//!
//! With NATS it is a program of its own; without, a task of the gateway.

mod app;
mod desk;
mod intake;
mod metrics;
mod settings;
mod shipments;

pub use app::Worker;
pub(crate) use desk::{Desk, Trouble};
pub(crate) use intake::work_through_queue;
pub use settings::Settings;
pub(crate) use shipments::{MIGRATIONS, Shipments};
