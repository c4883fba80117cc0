//! diesel, through its instrumentation hook.
//!
//! ```text
//!  connection ──events──▶ Instrumentation ──▶ text: the SQL, without what is bound to it
//!                               │
//!                               └─▶ one operation from a start to its finish ──▶ error
//! ```

mod database;
mod error;
mod instrumentation;
mod text;
mod url;

pub use database::database;
pub use instrumentation::Instrumentation;
