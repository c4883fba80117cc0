//! The fields of an event, as body and attributes of a log record.

use std::error::Error;
use std::fmt;

use tracing::Event;
use tracing::field::{Field, Visit};

use crate::encode::attribute::AnyValueRef;
use crate::record::{LogDraft, LogLimits};

use super::scalar_fields::scalar_fields;
use super::span_fields::name;
use super::text::{exception_of, with_error_text, with_text};

/// The field that holds what an event says.
const MESSAGE: &str = "message";

/// Visits the fields of an event.
pub(super) struct EventFields<'a> {
    draft: &'a mut LogDraft,
    limits: &'a LogLimits,
    /// Where a record of the `log` crate says whose it is: it came through an event that is the same for all of them.
    pub(super) log_target: Option<String>,
    has_error: bool,
}

impl<'a> EventFields<'a> {
    pub(super) fn new(draft: &'a mut LogDraft, limits: &'a LogLimits) -> Self {
        Self { draft, limits, log_target: None, has_error: false }
    }

    #[inline]
    fn value(&mut self, field: &Field, value: AnyValueRef<'_>) {
        match name(field) {
            MESSAGE => self.draft.set_body(value, self.limits),
            log if log.starts_with("log.") => self.log_field(log, value),
            key => self.draft.set_attribute(key, value, self.limits),
        }
    }

    /// What `tracing-log` adds to the records that it forwards.
    #[cold]
    fn log_field(&mut self, key: &'static str, value: AnyValueRef<'_>) {
        match (key, value) {
            ("log.target", AnyValueRef::Str(target)) => self.log_target = Some(target.to_owned()),
            ("log.module_path", _) => {}
            ("log.file", value) => self.draft.set_attribute("code.file.path", value, self.limits),
            ("log.line", value) => self.draft.set_attribute("code.line.number", value, self.limits),
            (key, value) => self.draft.set_attribute(key, value, self.limits),
        }
    }
}

impl Visit for EventFields<'_> {
    #[inline]
    fn record_str(&mut self, field: &Field, value: &str) {
        self.value(field, AnyValueRef::Str(value));
    }

    scalar_fields!();

    /// The first error is the record's exception; all of them are told in the words of their field.
    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        with_error_text(error, |text| self.value(field, AnyValueRef::Str(text)));
        if !self.has_error {
            self.has_error = true;
            for attribute in exception_of(error) {
                self.draft.set_attribute(attribute.key.as_str(), (&attribute.value).into(), self.limits);
            }
        }
    }

    #[inline]
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        with_text(value, |text, len| match name(field) {
            MESSAGE => self.draft.set_text_body(text, len, self.limits),
            _ => self.value(field, AnyValueRef::Str(text)),
        });
    }
}

/// What the first error among the fields of an event says: an error value, or else the text of a field called `error`, which is how
/// `#[instrument(err)]` tells of one.
pub(super) fn error_of(event: &Event<'_>) -> Option<String> {
    let mut said = Said::default();
    event.record(&mut said);
    said.by_value.or(said.by_name)
}

#[derive(Default)]
struct Said {
    by_value: Option<String>,
    by_name: Option<String>,
}

impl Visit for Said {
    fn record_error(&mut self, _: &Field, error: &(dyn Error + 'static)) {
        if self.by_value.is_none() {
            self.by_value = Some(with_error_text(error, str::to_owned));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "error" {
            self.by_name = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "error" {
            self.by_name = Some(with_text(value, |text, _| text.to_owned()));
        }
    }
}
