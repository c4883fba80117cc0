//! The other facades: what speaks `tracing` or `log` becomes spans and log records of the engine.

pub mod tracing;
