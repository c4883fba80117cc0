//! What the three servers have in common: where they listen, how long they wait, and how they wind down.

mod connection;
mod health;
mod hosting;
mod readiness;
mod role;
mod server;
mod timeouts;

pub(crate) use health::health;
pub use hosting::Hosting;
pub(crate) use hosting::bind;
pub use readiness::Readiness;
pub use role::{Role, serve};
pub use server::{Drained, Server};
pub use timeouts::Timeouts;
