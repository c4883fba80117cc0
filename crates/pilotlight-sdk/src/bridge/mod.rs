//! The other facades: what speaks `tracing` or `log` becomes spans and log records of the engine.

mod carry;
mod panic_hook;
pub mod tracing;

pub use carry::{Carry, carry, carry_context};
pub use panic_hook::{PanicHook, PanicHookGuard};
