//! OTLP protobuf, written by appending and read without building anything.
//!
//! Recording uses [`protobuf`] and [`attribute`] on the caller's thread; the exporter thread uses [`request`] to put
//! resource and scope around bytes that are already encoded. Nothing here does I/O or awaits.
//!
//! Message layouts: <https://github.com/open-telemetry/opentelemetry-proto>, version 1.

pub(crate) mod attribute;
pub(crate) mod field;
pub(crate) mod metrics;
pub(crate) mod protobuf;
pub(crate) mod reader;
pub(crate) mod request;
