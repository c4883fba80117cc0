//! The span of one call, on either side of the wire: what both say of it in the same words.

use super::outcome::{PANIC, exception};
use opentelemetry::trace::{SpanRef, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};
use std::any::Any;
use std::borrow::Cow;

pub(crate) struct Recorded {
    pub(crate) context: Context,
    /// The span wants attributes. Otherwise the context's span may be the caller's, and is left alone.
    pub(crate) recording: bool,
    /// The first failure, as `error.type` has it.
    error_type: Option<StringValue>,
}

impl Recorded {
    /// Nothing is recorded yet.
    pub(crate) fn outside(context: Context) -> Self {
        Self { context, recording: false, error_type: None }
    }

    pub(crate) fn span(&self) -> Option<SpanRef<'_>> {
        self.recording.then(|| self.context.span())
    }

    /// The first failure names the error: a 500 whose body is cut short is a 500.
    pub(crate) fn fail(&mut self, error_type: StringValue, description: &'static str) {
        if self.error_type.is_some() {
            return;
        }
        if let Some(span) = self.span() {
            span.set_attribute(KeyValue::new("error.type", error_type.clone()));
            span.set_status(Status::Error { description: Cow::Borrowed(description) });
        }
        self.error_type = Some(error_type);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.error_type.is_some()
    }

    pub(crate) fn panicked(
        &mut self,
        payload: &(dyn Any + Send),
        bytes_max: usize,
        description: &'static str,
    ) {
        self.ended_by_panic(exception(payload, bytes_max), description);
    }

    /// The same where what the panic says may be what the other side answered, with somebody's data in it.
    pub(crate) fn panicked_in_secret(&mut self, description: &'static str) {
        self.ended_by_panic(vec![KeyValue::new("exception.type", PANIC)], description);
    }

    fn ended_by_panic(&mut self, exception: Vec<KeyValue>, description: &'static str) {
        if let Some(span) = self.span() {
            span.add_event("exception", exception);
        }
        self.fail(PANIC.into(), description);
    }

    /// Cut short by somebody: an error if there is a type of it, otherwise no more than an event.
    pub(crate) fn interrupted(
        &mut self,
        event: &'static str,
        as_error: Option<&'static str>,
        description: &'static str,
    ) {
        if let Some(error_type) = as_error {
            self.fail(error_type.into(), description);
        } else if let Some(span) = self.span() {
            span.add_event(event, Vec::new());
        }
    }

    /// What the measurements say of the failure.
    pub(crate) fn take_error_type(&mut self) -> Option<StringValue> {
        self.error_type.take()
    }

    /// Ends the span at this moment. Whoever still holds its context can no longer change it.
    pub(crate) fn end(&self) {
        if let Some(span) = self.span() {
            span.end();
        }
    }
}
