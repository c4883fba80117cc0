//! Carries the trace and the baggage from one process to the next, in text headers.
//!
//! ```text
//!  request in   traceparent, tracestate ─▶ TraceContextPropagator ─▶ Context ─▶ your code
//!               baggage                 ─▶ BaggagePropagator      ─▶
//!  request out  the same two, the other way round
//! ```
//!
//! Everything here runs on the caller's thread, once a request: it reads and writes headers, and neither blocks, nor
//! panics, nor keeps anything. What a stranger sends is judged by the grammar of the two standards,
//! [W3C Trace Context Level 2](https://www.w3.org/TR/trace-context-2/) and [W3C Baggage](https://www.w3.org/TR/baggage/);
//! what fails is left out, and the request goes on without it. The contract with instrumentation is OpenTelemetry's
//! [propagators API](https://opentelemetry.io/docs/specs/otel/context/api-propagators/).
//!
//! [`composite`] builds what `OTEL_PROPAGATORS` asks for.

mod baggage;
mod baggage_member;
mod composite;
mod notice;
mod ows;
mod trace_context;
mod traceparent;
mod tracestate;

pub use baggage::BaggagePropagator;
pub use composite::{CompositePropagator, PropagatorKind, composite};
pub use trace_context::TraceContextPropagator;

#[cfg(test)]
mod headers;
#[cfg(test)]
mod properties;
