//! The first stage: turns API calls into OTLP bytes, on the caller's thread.

mod limits;

pub use limits::SpanLimits;
