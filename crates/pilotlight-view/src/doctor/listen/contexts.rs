//! Cause 18: requests whose context came in a format that the service did not read.
//!
//! What a caller sent is seen where instrumentation records headers as attributes (`http.request.header.b3`): a root span with such an
//! attribute had a caller, and does not know it.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::receive::Data;

/// Server spans that begin a trace although their caller sent a context.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    /// How many.
    pub(super) unread: u64,
    /// The headers that were there, each once.
    pub(super) headers: Vec<&'static str>,
}

/// The attribute, the header, and the propagator that reads it.
const FORMATS: [(&str, &str); 6] = [
    ("http.request.header.b3", "b3"),
    ("http.request.header.x-b3-traceid", "x-b3-traceid"),
    ("http.request.header.x-amzn-trace-id", "x-amzn-trace-id"),
    ("http.request.header.uber-trace-id", "uber-trace-id"),
    ("http.request.header.x-cloud-trace-context", "x-cloud-trace-context"),
    ("http.request.header.traceparent", "traceparent"),
];

impl Contexts {
    pub(super) fn note(&mut self, data: &Data) {
        let Data::Traces(all) = data else { return };
        let spans = all.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans);
        for span in spans.filter(|span| span.kind() == SpanKind::Server && span.parent_span_id.is_empty()) {
            if let Some(header) = inbound(span) {
                self.unread += 1;
                if !self.headers.contains(&header) {
                    self.headers.push(header);
                }
            }
        }
    }
}

/// The header with the caller's context. Older instrumentation writes names with underscores.
fn inbound(span: &Span) -> Option<&'static str> {
    span.attributes.iter().find_map(|attribute| {
        let is = |name: &str| {
            attribute.key.len() == name.len()
                && attribute.key.bytes().zip(name.bytes()).all(|(a, b)| a == b || (a == b'_' && b == b'-'))
        };
        FORMATS.iter().find(|(name, _)| is(name)).map(|(_, header)| *header)
    })
}
