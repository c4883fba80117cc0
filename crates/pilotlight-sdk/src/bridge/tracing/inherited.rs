//! The fields of the spans around an event, given to its log record.

use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::encode::field;
use crate::encode::reader::Fields;
use crate::record::{LogDraft, LogLimits};

use super::layer::TracingLayer;
use super::open_span::Handle;

/// What says where a span was made, which says nothing of the event.
const NOT_INHERITED: [&str; 4] = ["code.file.path", "code.line.number", "thread.id", "thread.name"];

impl TracingLayer {
    /// Adds the fields of the spans around `event`, innermost first. What the event, or a span further in, has a field for stays.
    #[cold]
    pub(super) fn add_span_fields<S>(
        &self,
        draft: &mut LogDraft,
        limits: &LogLimits,
        event: &Event<'_>,
        ctx: &Context<'_, S>,
    ) where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        for span in ctx.event_scope(event).into_iter().flatten() {
            let Some(entry) = self.bridge.spans.get(&span.id()) else { continue };
            inherit(draft, limits, &entry.handle);
        }
    }
}

/// Adds the fields of one span.
#[cold]
pub(in crate::bridge) fn inherit(draft: &mut LogDraft, limits: &LogLimits, span: &Handle) {
    span.with(|span| {
        if let Some((record, _)) = span.fields() {
            add_fields(draft, limits, &record.bytes);
        }
    });
}

fn add_fields(draft: &mut LogDraft, limits: &LogLimits, span: &[u8]) {
    for attribute in Fields::new(span).all(field::span::ATTRIBUTES) {
        let key = Fields::new(attribute.bytes()).first(field::key_value::KEY);
        let key = key.as_ref().map_or("", |key| key.text());
        if !NOT_INHERITED.contains(&key) {
            draft.add_encoded(key, attribute.bytes(), limits);
        }
    }
}
