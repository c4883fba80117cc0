//! The `flags` of spans and links on the wire: the W3C flags, and where the parent lives.
//!
//! Specification: `SpanFlags` in `opentelemetry/proto/trace/v1/trace.proto`.

use opentelemetry::trace::{SpanContext, TraceFlags};

/// Says that [`IS_REMOTE`] is meaningful.
const HAS_IS_REMOTE: u32 = 0x100;

/// The parent (or the span linked to) lives in another process.
pub(crate) const IS_REMOTE: u32 = 0x200;

/// W3C trace context level 2: the trace id is random.
pub(crate) const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// The W3C flags of `context`, and whether `origin`, its parent (or, for a link, the context itself), is remote.
pub(crate) fn encode(context: &SpanContext, origin: &SpanContext) -> u32 {
    let remote = if origin.is_remote() { IS_REMOTE } else { 0 };
    u32::from(context.trace_flags().to_u8()) | HAS_IS_REMOTE | remote
}
