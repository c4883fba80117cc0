//! Spans: which conventions each is under, by its kind and what it says of itself.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use super::Check;
use crate::receiver::ReceivedSpan;
use crate::tree::attribute;

impl Check<'_> {
    pub(super) fn spans(mut self, spans: &[ReceivedSpan]) -> Self {
        for ReceivedSpan { resource, span, .. } in spans {
            self.resource(&resource.attributes);
            self.span(span);
        }
        self
    }

    fn span(&mut self, span: &Span) {
        let what = format!("the span {:?} ({:?})", span.name, span.kind());
        let groups: Vec<&str> = group(span).into_iter().chain(["span"]).collect();
        self.attributes(&what, &groups, &span.attributes);
        let has_failed = span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
        if has_failed && attribute(span, "error.type").is_none() {
            self.found.insert(format!("{what} has failed, and lacks error.type"));
        }
        if groups.len() == 1 && span.kind() != SpanKind::Internal {
            self.found.insert(format!("{what} is under no convention"));
        }
        for event in &span.events {
            let what = format!("the event {:?} of {what}", event.name);
            self.attributes(&what, &[&*format!("event {}", event.name)], &event.attributes);
        }
    }
}

/// The convention that a span is under; none for what is the application's own.
fn group(span: &Span) -> Option<&'static str> {
    let has = |key| attribute(span, key).is_some();
    match span.kind() {
        SpanKind::Server if has("rpc.system.name") => Some("span rpc.server"),
        SpanKind::Client if has("rpc.system.name") => Some("span rpc.client"),
        SpanKind::Server if has("http.request.method") => Some("span http.server"),
        SpanKind::Client if has("http.request.method") => Some("span http.client"),
        // What is within the process is internal: a database in memory, and waiting for a connection.
        SpanKind::Client | SpanKind::Internal if has("db.system.name") => Some("span db.client"),
        SpanKind::Client if has("messaging.system.name") => Some("span messaging.client"),
        SpanKind::Producer => Some("span messaging.producer"),
        SpanKind::Consumer => Some("span messaging.consumer"),
        _ => None,
    }
}
