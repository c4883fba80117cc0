//! Real databases and message brokers for tests and benchmarks, as processes of the test that starts them.
//!
//! ```text
//!  tools      which programs there are, and where: a variable, the PATH, the system's usual places, the target directory
//!  server     a folder and a port of its own ──> start ──> answers ──> kill, stop, start again ──> gone when dropped
//!    process    one process, which ends with its parent, however that ends
//!    port       a port that no other test's server has
//!    folder     where it keeps its data
//!    template   data directories that take seconds to make are made once, and copied
//!  postgresql, mariadb, nats, redis, kafka   what is different about each
//! ```
//!
//! ```no_run
//! let postgres = servers::Postgres::start();
//! // … connect to postgres.url() …
//! ```
//!
//! Everything here is plain code that blocks, so that every test can use it. In an asynchronous test it holds up the thread that it is
//! called on: a second to start, Kafka some, milliseconds otherwise. Use `spawn_blocking` where something else has to go on meanwhile.
//!
//! All panics on failure, with what the server wrote: a test that needs a server cannot go on without it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "here a panic is the way to fail, as in a test"
)]

mod kafka;
mod mariadb;
mod nats;
mod postgresql;
mod redis;
mod server;
pub mod tools;

pub use kafka::{Kafka, Kraft};
pub use mariadb::{MariaDb, Mariadbd};
pub use nats::{Jetstream, Nats};
pub use postgresql::{PostgreSql, Postgres};
pub use redis::{KeysAndValues, Redis};
pub use server::{Kind, Server};
