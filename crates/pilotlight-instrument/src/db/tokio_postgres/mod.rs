//! The client of `tokio-postgres`, its transactions and its streams.
//!
//! ```text
//!  Client ──────────▶ queries ──▶ one operation ─────────▶ its end, or that of the stream ──▶ error
//!    │  ▲                │                                   rows: RowStream, …
//!    │  │                └─▶ statement: its text             copy_in: CopyInSink
//!    ▼  │
//!  transaction: a Client inside a transaction or a savepoint
//! ```

mod client;
mod copy_in;
mod database;
mod error;
mod queries;
mod results;
mod statement;
mod transaction;
mod transaction_builder;

pub use client::Client;
pub use copy_in::CopyInSink;
pub use database::database;
pub use results::{CopyOutStream, Results, RowStream, SimpleQueryStream};
pub use statement::{Statement, ToStatement};
pub use transaction::{InTransaction, Portal, Transaction};
pub use transaction_builder::TransactionBuilder;
