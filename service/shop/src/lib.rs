//! The reference service of Pilotlight: a small web shop, as a library so that tests and benches can start it
//! in their own process.
//!
//! ```text
//!  a connection ──> server ──────> routes ──────> orders ──────> inventory, payments, store
//!                   its timeouts,  bodies in,     processOrder   one step, one span
//!                   its drain      answers out    and its steps
//!                                                 metrics: what became of it
//! ```
//!
//! Everything here speaks the standard `opentelemetry` API and `tracing`, and works with any SDK and any subscriber; of Pilotlight
//! it takes the helper that records an exception with its causes. The two calls that turn telemetry on are in the program
//! (`telemetry.rs`), so whoever starts the shop in-process chooses what records.
//!
//! ```
//! use clap::Parser;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = shop::Settings::try_parse_from(["shop", "--inventory-latency-ms", "0", "--notice-ms", "0"])?;
//! let shop = shop::Shop::open(&settings).await?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let server = shop::Server::new(shop::router(shop.clone()), shop.readiness(), settings.timeouts);
//! let shutdown = async {}; // at once, for this example
//! assert_eq!(server.run(listener, shutdown).await.cut_off, 0);
//! # Ok(())
//! # }
//! ```

mod app;
mod connection;
mod error;
mod inventory;
mod metrics;
mod orders;
mod payments;
mod readiness;
mod routes;
mod server;
mod settings;
mod spans;
mod stock;
mod store;

pub use app::{Shop, router};
pub use error::{Error, Kind};
pub use readiness::Readiness;
pub use server::{Drained, Server};
pub use settings::{Settings, Timeouts};

/// What the front page shows compiles, here where all that it needs is at hand.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
