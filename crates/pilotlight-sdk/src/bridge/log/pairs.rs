//! Key-value pairs of the `log` crate, typed.

use std::error::Error;
use std::fmt;

use log::Record;
use log::kv::{self, Key, Value, VisitSource, VisitValue};
use opentelemetry::KeyValue;
use opentelemetry::trace::Span as _;

use crate::encode::attribute::AnyValueRef;
use crate::record::exception_attributes;

use super::super::tracing::{Handle, with_number, with_text};

/// Visits the pairs of a record, and hands each value on as what it is.
pub(super) struct Values<F> {
    each: F,
    /// The first error is the record's exception.
    has_error: bool,
}

impl<F: FnMut(&str, AnyValueRef<'_>)> Values<F> {
    pub(super) fn each(record: &Record<'_>, each: F) {
        // Pairs that cannot tell all of themselves are told as far as they come.
        let _ = record.key_values().visit(&mut Self { each, has_error: false });
    }
}

impl<'kvs, F: FnMut(&str, AnyValueRef<'_>)> VisitSource<'kvs> for Values<F> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        value.visit(One { key: key.as_str(), values: self })
    }
}

/// Visits one value.
struct One<'a, F> {
    key: &'a str,
    values: &'a mut Values<F>,
}

impl<F: FnMut(&str, AnyValueRef<'_>)> One<'_, F> {
    fn tell(&mut self, value: AnyValueRef<'_>) -> Result<(), kv::Error> {
        (self.values.each)(self.key, value);
        Ok(())
    }
}

impl<'v, F: FnMut(&str, AnyValueRef<'_>)> VisitValue<'v> for One<'_, F> {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), kv::Error> {
        with_text(&Shown(value), |text, _| self.tell(AnyValueRef::Str(text)))
    }

    /// What is nothing says nothing.
    fn visit_null(&mut self) -> Result<(), kv::Error> {
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.tell(AnyValueRef::I64(value))
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        with_number(value, |value| (self.values.each)(self.key, value));
        Ok(())
    }

    fn visit_i128(&mut self, value: i128) -> Result<(), kv::Error> {
        with_number(value, |value| (self.values.each)(self.key, value));
        Ok(())
    }

    fn visit_u128(&mut self, value: u128) -> Result<(), kv::Error> {
        with_number(value, |value| (self.values.each)(self.key, value));
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.tell(AnyValueRef::F64(value))
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.tell(AnyValueRef::Bool(value))
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.tell(AnyValueRef::Str(value))
    }

    /// Which by default is any value.
    fn visit_borrowed_error(&mut self, error: &'v (dyn Error + 'static)) -> Result<(), kv::Error> {
        self.visit_error(error)
    }

    /// All errors are told in the words of their key, the first as the record's exception too.
    fn visit_error(&mut self, error: &(dyn Error + 'static)) -> Result<(), kv::Error> {
        self.tell(AnyValueRef::Str(&error.to_string()))?;
        if !std::mem::replace(&mut self.values.has_error, true) {
            for attribute in exception_attributes(error) {
                (self.values.each)(attribute.key.as_str(), (&attribute.value).into());
            }
        }
        Ok(())
    }
}

/// A value by its `Display`, which is its `Debug` where it was captured by that.
struct Shown<'v>(Value<'v>);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What the first error among the pairs says.
pub(super) fn errors_message(record: &Record<'_>) -> Option<String> {
    let mut message = None;
    Values::each(record, |key, value| {
        if let ("exception.message", AnyValueRef::Str(text)) = (key, value) {
            message = Some(text.to_owned());
        }
    });
    message
}

/// Adds the record to a span, as the layer does with events.
#[cold]
pub(super) fn add_as_event(span: &Handle, record: &Record<'_>) {
    if !span.is_recording() {
        return;
    }
    let level = record.level().as_str();
    let mut attributes =
        vec![KeyValue::new("level", level), KeyValue::new("target", record.target().to_owned())];
    Values::each(record, |key, value| {
        let key = key.to_owned();
        attributes.push(match value {
            AnyValueRef::Bool(value) => KeyValue::new(key, value),
            AnyValueRef::I64(value) => KeyValue::new(key, value),
            AnyValueRef::F64(value) => KeyValue::new(key, value),
            AnyValueRef::Str(value) => KeyValue::new(key, value.to_owned()),
            other => KeyValue::new(key, format!("{other:?}")),
        });
    });
    let message = record.args().to_string();
    span.with(|span| span.add_event(message, attributes));
}
