//! How calls end badly, in words that take few values: status codes, panics, types of errors.

use super::text::bounded;
use crate::thread;
use opentelemetry::{Context, KeyValue, StringValue};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The `error.type` of a panic.
pub(crate) const PANIC: &str = "panic";

/// The name of an error's type: it takes few values, as `error.type` must. A boxed trait object has no name
/// worth recording and becomes the conventions' `_OTHER`.
pub(crate) fn type_name<E>() -> StringValue {
    match std::any::type_name::<E>() {
        name if name.contains("dyn ") => "_OTHER".into(),
        name => name.into(),
    }
}

/// Runs `work` with `context` as the current one; what it panicked with comes back, to be recorded and resumed.
pub(crate) fn run_in<T>(context: &Context, work: impl FnOnce() -> T) -> std::thread::Result<T> {
    let attached = thread::attach(context);
    // Nothing the work may have left half done is looked at: the panic continues.
    let done = catch_unwind(AssertUnwindSafe(work));
    drop(attached);
    done
}

/// The attributes of a panic's `exception` event.
pub(crate) fn exception(payload: &(dyn Any + Send), bytes_max: usize) -> Vec<KeyValue> {
    let literal = payload.downcast_ref::<&'static str>().copied();
    let message = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = bounded(message.unwrap_or_default(), bytes_max);
    vec![KeyValue::new("exception.type", PANIC), KeyValue::new("exception.message", message)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_named_by_their_type() {
        assert_eq!(type_name::<std::fmt::Error>().as_str(), "core::fmt::Error");
        assert_eq!(type_name::<Box<dyn std::error::Error>>().as_str(), "_OTHER");
    }
}
