//! Events of `tracing` as events of the span they are in, for those who want them there as well.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind};
use tracing::Event;

use crate::encode::attribute::AnyValueRef;

use super::open_span::Handle;
use super::severity::severity;
use super::span_fields::{Preview, SpanFields, SpanSink};

/// Adds `event` to a span: named after what it says, with `level` and its fields as attributes.
#[cold]
pub(super) fn add_event_to(handle: &Handle, event: &Event<'_>) {
    if !handle.is_recording() {
        return;
    }
    let mut fields = Fields::default();
    event.record(&mut SpanFields(&mut fields));
    let level = severity(*event.metadata().level()).text;
    let mut attributes =
        vec![KeyValue::new("level", level), KeyValue::new("target", event.metadata().target())];
    attributes.extend(fields.attributes.attributes);
    let name = fields.message.unwrap_or_else(|| event.metadata().name().to_owned());
    handle.with(|span| span.add_event(name, attributes));
}

#[derive(Default)]
struct Fields {
    message: Option<String>,
    attributes: Preview,
}

impl SpanSink for &mut Fields {
    fn set(&mut self, key: &str, value: AnyValueRef<'_>) {
        match (key, value) {
            ("message", AnyValueRef::Str(text)) => self.message = Some(text.to_owned()),
            (key, value) => (&mut self.attributes).set(key, value),
        }
    }

    /// Means something on spans alone.
    fn rename(&mut self, name: &str) {
        self.set("otel.name", AnyValueRef::Str(name));
    }

    fn set_kind(&mut self, kind: SpanKind) {
        self.set("otel.kind", AnyValueRef::Shown(&kind));
    }

    fn set_error(&mut self, description: Option<&str>) {
        self.set("otel.status_description", AnyValueRef::Str(description.unwrap_or("error")));
    }

    fn set_ok(&mut self) {
        self.set("otel.status_code", AnyValueRef::Str("ok"));
    }
}
