//! Errors as `exception` events.
//!
//! Specification: "Exceptions", <https://opentelemetry.io/docs/specs/otel/trace/exceptions/>.

use std::error::Error;
use std::fmt::{self, Write};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, SpanRef};

/// How many causes of one error are told. A chain this long is a cycle or a mistake.
const CAUSES_MAX: usize = 32;

/// The longest type name told.
const TYPE_LENGTH_MAX: usize = 128;

/// Records an error with its type and causes, through any span of the API.
///
/// The API's own `record_error` keeps an error's message alone wherever it boxes spans: with `global::tracer` and with
/// `Context::span`. This trait is for those.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::trace::{Status, TraceContextExt};
/// use pilotlight_sdk::record::RecordException;
///
/// let Err(error) = "seven".parse::<u8>() else { return };
/// let context = Context::current();
/// context.span().record_exception(&error);
/// context.span().set_status(Status::error("not a number"));
/// ```
pub trait RecordException: Sized {
    /// Adds the event `exception` with `exception.type`, `exception.message` and, when the error has causes, their chain
    /// in `exception.stacktrace`. Does not set the status. On a span that does not record it does nothing.
    fn record_exception(self, error: &dyn Error) {
        self.record_exception_with(error, Vec::new());
    }

    /// As [`record_exception`](Self::record_exception), with attributes of your own, which win over those of the error.
    ///
    /// Specification: "Record Exception", <https://opentelemetry.io/docs/specs/otel/trace/api/#record-exception>.
    fn record_exception_with(self, error: &dyn Error, attributes: Vec<KeyValue>);
}

impl<S: Span> RecordException for &mut S {
    fn record_exception_with(self, error: &dyn Error, attributes: Vec<KeyValue>) {
        if self.is_recording() {
            self.add_event("exception", with_own(error, attributes));
        }
    }
}

impl RecordException for &SpanRef<'_> {
    fn record_exception_with(self, error: &dyn Error, attributes: Vec<KeyValue>) {
        if self.is_recording() {
            self.add_event("exception", with_own(error, attributes));
        }
    }
}

/// The error's attributes, without those that `own` replaces, and `own`.
fn with_own(error: &dyn Error, own: Vec<KeyValue>) -> Vec<KeyValue> {
    // Left out here, since the span may be another SDK's, which need not drop the earlier of two with one key.
    let mut attributes = exception_attributes(error);
    attributes.retain(|attribute| own.iter().all(|own| own.key != attribute.key));
    attributes.extend(own);
    attributes
}

/// The attributes of an `exception` event.
pub(crate) fn exception_attributes(error: &dyn Error) -> Vec<KeyValue> {
    let message = error.to_string();
    let mut attributes = Vec::with_capacity(3);
    if let Some(type_name) = type_name(error) {
        attributes.push(KeyValue::new("exception.type", type_name));
    }
    if let Some(chain) = chain(&message, error) {
        attributes.push(KeyValue::new("exception.stacktrace", chain));
    }
    attributes.push(KeyValue::new("exception.message", message));
    attributes
}

/// The error and its causes, a line each; `None` when it has no cause.
fn chain(message: &str, error: &dyn Error) -> Option<String> {
    let mut cause = error.source()?;
    let mut chain = String::from(message);
    for _ in 0..CAUSES_MAX {
        let _ = write!(chain, "\ncaused by: {cause}");
        match cause.source() {
            Some(next) => cause = next,
            None => break,
        }
    }
    Some(chain)
}

/// The name with which the error's `Debug` form begins: that of its type, or of its variant for an enum.
///
/// A `&dyn Error` does not tell its type; derived `Debug`, which nearly all errors have, does. Whatever does not look like a
/// type's name is left out.
fn type_name(error: &dyn Error) -> Option<String> {
    let mut name = LeadingName(String::new());
    // Formatting stops with an error as soon as the name is over; that is no failure.
    let _ = write!(name, "{error:?}");
    let name = name.0;
    let starts_like_a_type = name.starts_with(|first: char| first.is_ascii_uppercase());
    (starts_like_a_type && name.len() < TYPE_LENGTH_MAX).then_some(name)
}

/// Takes text up to the first character that cannot be in a path, so that a huge `Debug` form is never built.
struct LeadingName(String);

impl fmt::Write for LeadingName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let belongs = character.is_alphanumeric() || matches!(character, '_' | ':');
            if !belongs || self.0.len() >= TYPE_LENGTH_MAX {
                return Err(fmt::Error);
            }
            self.0.push(character);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Declined {
        source: std::num::ParseIntError,
    }

    impl fmt::Display for Declined {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("payment declined")
        }
    }

    impl Error for Declined {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.source)
        }
    }

    #[test]
    fn an_exception_tells_type_message_and_the_chain_of_causes() {
        let error = Declined { source: "x".parse::<u8>().unwrap_err() };
        assert_eq!(
            exception_attributes(&error),
            [
                KeyValue::new("exception.type", "Declined"),
                KeyValue::new(
                    "exception.stacktrace",
                    "payment declined\ncaused by: invalid digit found in string"
                ),
                KeyValue::new("exception.message", "payment declined"),
            ]
        );
    }

    #[test]
    fn an_error_whose_debug_form_is_prose_gets_no_type() {
        let error: Box<dyn Error> = "something went wrong".into();
        assert_eq!(
            exception_attributes(&*error),
            [KeyValue::new("exception.message", "something went wrong")]
        );
    }
}
