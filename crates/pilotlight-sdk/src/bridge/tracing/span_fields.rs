//! The fields of a span, as attributes, and those that say more than an attribute.
//!
//! | Field | Becomes |
//! |---|---|
//! | `otel.name` | the span's name |
//! | `otel.kind` | its kind: `server`, `client`, `producer`, `consumer`, `internal`, whatever the case |
//! | `otel.status_code` | its status: `ok` or `error`, whatever the case |
//! | `otel.status_description` (or `otel.status_message`) | the description of its status, which is an error then |
//! | anything else | an attribute |
//!
//! A kind or code that means nothing stays an attribute, so that the mistake is seen.

use std::error::Error;
use std::fmt;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use tracing::field::{Field, Visit};

use crate::encode::attribute::AnyValueRef;
use crate::record::{Span, SpanLimits, SpanRecord};

use super::open_span::Handle;
use super::scalar_fields::scalar_fields;
use super::text::{exception_of, with_error_text, with_text};

/// Where the fields of a span go.
pub(super) trait SpanSink {
    fn set(&mut self, key: &str, value: AnyValueRef<'_>);
    fn rename(&mut self, name: &str);
    fn set_kind(&mut self, kind: SpanKind);
    /// `None` leaves a description that is there already.
    fn set_error(&mut self, description: Option<&str>);
    fn set_ok(&mut self);
}

/// Visits the fields of a span.
pub(super) struct SpanFields<S: SpanSink>(pub(super) S);

impl<S: SpanSink> SpanFields<S> {
    #[inline]
    fn value(&mut self, field: &Field, value: AnyValueRef<'_>) {
        self.0.set(name(field), value);
    }

    #[inline]
    fn text(&mut self, field: &Field, text: &str) {
        let name = name(field);
        match name.strip_prefix("otel.") {
            Some(special) if self.special(special, text) => {}
            _ => self.0.set(name, AnyValueRef::Str(text)),
        }
    }

    /// Whether the field said more than an attribute.
    fn special(&mut self, name: &str, text: &str) -> bool {
        match name {
            "name" => self.0.rename(text),
            "kind" => return kind(text).map(|kind| self.0.set_kind(kind)).is_some(),
            "status_code" if text.eq_ignore_ascii_case("ok") => self.0.set_ok(),
            "status_code" if text.eq_ignore_ascii_case("error") => self.0.set_error(None),
            "status_code" => return text.is_empty() || text.eq_ignore_ascii_case("unset"),
            "status_description" | "status_message" => self.0.set_error(Some(text)),
            _ => return false,
        }
        true
    }
}

impl<S: SpanSink> Visit for SpanFields<S> {
    #[inline]
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    scalar_fields!();

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        with_error_text(error, |text| self.text(field, text));
        for attribute in exception_of(error) {
            self.0.set(attribute.key.as_str(), (&attribute.value).into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        with_text(value, |text, _| self.text(field, text));
    }
}

/// The field's name as it was meant: raw identifiers are a necessity of the language.
#[inline]
pub(super) fn name(field: &Field) -> &'static str {
    let name = field.name();
    name.strip_prefix("r#").unwrap_or(name)
}

fn kind(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
    ];
    kinds.into_iter().find_map(|(name, kind)| text.eq_ignore_ascii_case(name).then_some(kind))
}

/// A span that nobody else knows yet.
pub(super) struct NewSpan<'a> {
    pub(super) record: &'a mut SpanRecord,
    pub(super) limits: &'a SpanLimits,
}

impl SpanSink for NewSpan<'_> {
    #[inline]
    fn set(&mut self, key: &str, value: AnyValueRef<'_>) {
        self.record.set_value(key, value, self.limits);
    }

    fn rename(&mut self, name: &str) {
        self.record.set_name(name);
    }

    fn set_kind(&mut self, kind: SpanKind) {
        self.record.set_kind(&kind);
    }

    fn set_error(&mut self, description: Option<&str>) {
        set_error(self.record, description);
    }

    fn set_ok(&mut self) {
        self.record.set_status(Status::Ok);
    }
}

/// A span that may be on several threads: its lock is taken for each field, so that no value shows itself under it.
pub(super) struct SharedSpan<'a>(pub(super) &'a Handle);

impl SharedSpan<'_> {
    fn with(&self, f: impl FnOnce(&mut SpanRecord, &SpanLimits)) {
        self.0.with(|span: &mut Span| {
            if let Some((record, tracer)) = span.fields() {
                f(record, &tracer.core.limits);
            }
        });
    }
}

impl SpanSink for SharedSpan<'_> {
    fn set(&mut self, key: &str, value: AnyValueRef<'_>) {
        self.with(|record, limits| record.set_value(key, value, limits));
    }

    fn rename(&mut self, name: &str) {
        self.with(|record, _| record.set_name(name));
    }

    fn set_kind(&mut self, kind: SpanKind) {
        self.with(|record, _| record.set_kind(&kind));
    }

    fn set_error(&mut self, description: Option<&str>) {
        self.with(|record, _| set_error(record, description));
    }

    fn set_ok(&mut self) {
        self.with(|record, _| record.set_status(Status::Ok));
    }
}

/// The code may come after the description.
pub(super) fn set_error(record: &mut SpanRecord, description: Option<&str>) {
    match (record.status(), description) {
        (Status::Error { .. }, None) => {}
        (_, description) => record.set_status(Status::error(description.unwrap_or_default().to_owned())),
    }
}

/// What a sampler that looks at spans is shown of one that has not started.
#[derive(Debug, Default)]
pub(super) struct Preview {
    pub(super) name: Option<String>,
    pub(super) kind: Option<SpanKind>,
    pub(super) attributes: Vec<KeyValue>,
}

impl SpanSink for &mut Preview {
    fn set(&mut self, key: &str, value: AnyValueRef<'_>) {
        let value = match value {
            AnyValueRef::Str(text) => Value::from(text.to_owned()),
            AnyValueRef::Bool(flag) => flag.into(),
            AnyValueRef::I64(number) => number.into(),
            AnyValueRef::F64(number) => number.into(),
            // The API's values have nothing for these.
            AnyValueRef::Bytes(bytes) => {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
            }
            AnyValueRef::Shown(value) => format!("{value:?}").into(),
            other => format!("{other:?}").into(),
        };
        self.attributes.push(KeyValue::new(key.to_owned(), value));
    }

    fn rename(&mut self, name: &str) {
        self.name = Some(name.to_owned());
    }

    fn set_kind(&mut self, kind: SpanKind) {
        self.kind = Some(kind);
    }

    fn set_error(&mut self, _: Option<&str>) {}

    fn set_ok(&mut self) {}
}
