//! The shop's warehouse: what is on its shelves, reserved and released over gRPC.
//!
//! ```text
//!  a call ──> service: Reserve, Release, ListStock ──> stock: the shelves, in the database
//!                                                      levels, metrics: how many there were last
//! ```

mod app;
mod levels;
mod metrics;
pub mod proto;
mod service;
mod settings;
mod stock;

pub use app::Inventory;
pub use settings::Settings;
