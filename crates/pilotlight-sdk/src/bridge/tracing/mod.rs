//! From the `tracing` facade to the engine.

mod filter;

pub use filter::{Filter, FilterError, Filters, Problem, Texts};
