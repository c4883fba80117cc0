//! The reference service of Pilotlight: a small web shop of several programs, as a library so that tests and benches can start them in
//! their own process.
//!
//! ```text
//!                      ┌──────────┐  gRPC: Reserve, Release, ListStock   ┌───────────┐
//!                   ┌─>│ gateway  │─────────────────────────────────────>│ inventory │
//!  clients, load ───┘  │          │  HTTP: POST /api/payments            ├───────────┤
//!                      │          │─────────────────────────────────────>│ payments  │
//!                      │          │  a timeout and retries               ├───────────┤
//!                      │          │─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─>│ worker    │
//!                      └──────────┘  order.created, through NATS         └───────────┘
//!
//!  supervisor: starts them as child processes, and stops them together
//! ```
//!
//! Everything here speaks the standard `opentelemetry` API and `tracing`, and works with any SDK and any subscriber; of Pilotlight
//! it takes the layers that instrument servers and clients, and the helper that records an exception with its causes. The call that
//! turns telemetry on is in the program (`telemetry.rs`), so whoever starts the shop in-process chooses what records.
//!
//! ```
//! use clap::Parser;
//! use shop::cli::GatewayCommand;
//! use shop::gateway::Gateway;
//! use tokio::net::TcpListener;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let command = GatewayCommand::try_parse_from(["gateway", "--notice-ms", "0"])?;
//! let gateway = Gateway::open(&command).await?;
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let shutdown = async {}; // at once, for this example
//! assert_eq!(shop::serve(&gateway, listener, shutdown).await.cut_off, 0);
//! # Ok(())
//! # }
//! ```

mod arguments;
mod backoff;
pub mod cli;
pub mod database;
mod failure;
pub mod gateway;
mod health_check;
pub mod inventory;
mod latency;
pub mod load;
pub mod messages;
pub mod payments;
mod scope;
mod serving;
#[cfg(unix)]
pub mod supervisor;
pub mod worker;

pub use failure::{Failure, whole_story};
pub use health_check::check_health;
pub use serving::{Drained, Hosting, Readiness, Role, Server, Timeouts, serve};

/// What the front page shows compiles, here where all that it needs is at hand.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
