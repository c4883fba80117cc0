//! The shop's front: users and orders over HTTP, a database behind it, and calls to the inventory and the payments.
//!
//! ```text
//!  routes ──────> orders ──────────> inventory   a client, gRPC
//!  bodies in,     processOrder       payments    a client, HTTP, with retries
//!  answers out    and its steps      store       SQLite
//!                 metrics: what became of it
//! ```

mod app;
mod error;
mod inventory;
mod metrics;
mod orders;
mod payments;
mod reservation;
mod routes;
mod settings;
mod spans;
mod store;

pub use app::{Gateway, router};
pub use error::{Error, Kind};
pub use settings::Settings;
