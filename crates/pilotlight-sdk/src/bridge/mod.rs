//! The other facades: what speaks `tracing` or `log` becomes spans and log records of the engine.

mod carry;
#[cfg(feature = "log")]
mod log;
mod panic_hook;
pub mod tracing;

pub use carry::{Carry, carry, carry_context};
#[cfg(feature = "log")]
pub use log::LogBridge;
pub use panic_hook::{PanicHook, PanicHookGuard};
