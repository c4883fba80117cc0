//! Database clients, by the stable semantic conventions of schema 1.45.0.
//!
//! ```text
//!  your query ──▶ Client ──▶ Operation ──────▶ the driver ──────▶ rows, or an error
//!                 │          span current      on its connection   │
//!                 │          in every poll                         ▼
//!                 ├─ sql: summary, text without literals       its end ends the span: duration, rows,
//!                 │  (once for each text, then remembered)     status code, error.type
//!                 └─ pool: waiting, used and idle connections
//! ```
//!
//! Drivers with an integration of their own need one line:
//!
//! | driver | module, with the feature of that name | what is wrapped |
//! |---|---|---|
//! | sqlx | `db::sqlx` | pool, connection, transaction, listener |
//! | tokio-postgres | `db::tokio_postgres` | client, transaction, streams, copies |
//! | redis | `db::redis` | any connection, blocking or not |
//! | diesel | `db::diesel` | nothing: its hook is told |
//!
//! Any other takes about ten: describe the database once with a [`Client`], and put what it makes [around](Operation::around_with)
//! each call.
//!
//! ```
//! use pilotlight_instrument::db::{Client, Failure, Outcome};
//!
//! # mod driver {
//! #     pub struct Error { pub code: String }
//! #     pub async fn rows(_sql: &str) -> Result<Vec<u8>, Error> { Ok(vec![1, 2]) }
//! # }
//! # async fn list() -> Result<Vec<u8>, driver::Error> {
//! let client = Client::builder("cockroachdb").namespace("shop").server("db.example", Some(26257)).build();
//! let sql = "SELECT name FROM users WHERE id = $1";
//! client
//!     .query(sql)
//!     .around_with(driver::rows(sql), |result| match result {
//!         Ok(rows) => Outcome::rows(rows.len() as u64),
//!         Err(error) => Outcome::failed(Failure::status_code(error.code.clone())),
//!     })
//!     .await
//! # }
//! ```
//!
//! Everything runs on the thread that makes the call or polls it; nothing is spawned and nothing blocks.

mod around;
mod builder;
mod client;
mod command;
#[cfg(feature = "diesel")]
pub mod diesel;
mod error;
mod instruments;
mod interned;
mod operation;
mod options;
mod outcome;
pub mod pool;
mod port;
#[cfg(feature = "redis")]
pub mod redis;
pub mod sql;
#[cfg(feature = "sqlx")]
pub mod sqlx;
mod statement;
mod statements;
#[cfg(feature = "tokio-postgres")]
pub mod tokio_postgres;

pub use crate::telemetry::SCHEMA_URL;
pub use around::{Around, ByError, Judge};
pub use builder::ClientBuilder;
pub use client::Client;
pub use command::Command;
pub use error::{DbError, Failure};
pub use operation::Operation;
pub use outcome::Outcome;
