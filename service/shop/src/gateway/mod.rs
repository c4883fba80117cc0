//! The shop's front: users and orders over HTTP, a database behind it, and calls to the inventory and the payments.
//!
//! ```text
//!  routes ──────> orders ──────────> inventory   a client, gRPC
//!  bodies in,     processOrder       payments    a client, HTTP, with retries
//!  answers out    and its steps      store       users, orders, and an outbox ──> relay ──> the worker: in a task, or through NATS
//!                 metrics: what became of it
//! ```

mod app;
mod error;
mod inventory;
mod metrics;
mod order_id;
mod orders;
mod payments;
mod relay;
mod reservation;
mod routes;
mod settings;
mod spans;
mod store;

pub use app::{Gateway, router};
pub use error::{Error, Kind};
pub use settings::Settings;
