//! The newest stack trace of each kind of exception: rows have no room for it, and a list of exceptions needs it at once.

use super::pattern::pattern;
use crate::query::text::cut;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use std::collections::HashMap;

/// By type and pattern of the message.
#[derive(Debug, Default)]
pub(crate) struct Stacktraces {
    newest: HashMap<(String, String), Stacktrace>,
    /// Counts up, so that the one that came longest ago can be told.
    turn: u64,
}

#[derive(Debug)]
struct Stacktrace {
    text: Box<str>,
    turn: u64,
}

/// As many as there are groups in a list. Over it the one goes that was not seen for longest; the group is shown without.
const STACKTRACES_MAX: usize = 500;
/// Of one, in bytes. The frames at the end are those of the runtime.
const STACKTRACE_BYTES: usize = 32 << 10;
/// Of a type, in bytes.
pub(crate) const KIND_BYTES: usize = 1_024;

impl Stacktraces {
    /// Notes the attributes of an exception: of an event or of a log record.
    pub(super) fn note(&mut self, attributes: &[KeyValue]) {
        let text = |key: &str| {
            let found = attributes.iter().find(|attribute| attribute.key == key)?;
            match found.value.as_ref()?.value.as_ref()? {
                Value::StringValue(text) => Some(text.as_str()),
                _ => None,
            }
        };
        let Some(stacktrace) = text("exception.stacktrace").filter(|text| !text.is_empty()) else {
            return;
        };
        let (kind, message) = (text("exception.type"), text("exception.message"));
        let key = key(kind.unwrap_or_default(), message.unwrap_or_default());
        self.turn += 1;
        if self.newest.len() >= STACKTRACES_MAX && !self.newest.contains_key(&key) {
            self.forget_oldest();
        }
        let newest = Stacktrace { text: cut(stacktrace, STACKTRACE_BYTES).into(), turn: self.turn };
        self.newest.insert(key, newest);
    }

    /// Of the type and the pattern of the message.
    pub(crate) fn of(&self, kind: &str, pattern: &str) -> Option<&str> {
        self.newest.get(&(kind.to_owned(), pattern.to_owned())).map(|newest| &*newest.text)
    }

    fn forget_oldest(&mut self) {
        let oldest = self.newest.iter().min_by_key(|(_, stacktrace)| stacktrace.turn);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.newest.remove(&key);
        }
    }
}

fn key(kind: &str, message: &str) -> (String, String) {
    (cut(kind, KIND_BYTES).to_owned(), pattern(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::testing::attributes;

    fn exception(kind: &str, message: &str, stacktrace: &str) -> Vec<KeyValue> {
        attributes(&[
            ("exception.type", kind),
            ("exception.message", message),
            ("exception.stacktrace", stacktrace),
        ])
    }

    #[test]
    fn the_newest_stack_trace_of_each_type_and_message_is_kept() {
        let mut stacktraces = Stacktraces::default();
        stacktraces.note(&exception("Io", "no file 1", "old"));
        stacktraces.note(&exception("Io", "no file 2", "new"));
        stacktraces.note(&exception("Io", "no file 2", ""));
        assert_eq!(stacktraces.of("Io", "no file #"), Some("new"));
        assert_eq!(stacktraces.of("Io", "other"), None);
    }

    #[test]
    fn of_too_many_the_one_goes_that_was_not_seen_for_longest() {
        let mut stacktraces = Stacktraces::default();
        for i in 0..=STACKTRACES_MAX {
            stacktraces.note(&exception(&format!("Kind{i}"), "", &"x".repeat(100_000)));
            stacktraces.note(&exception("Kind0", "", "again"));
        }
        assert_eq!(stacktraces.newest.len(), STACKTRACES_MAX);
        assert_eq!(stacktraces.of("Kind0", ""), Some("again"));
        assert_eq!(stacktraces.of("Kind1", ""), None);
        assert_eq!(stacktraces.of("Kind2", "").map(str::len), Some(STACKTRACE_BYTES));
    }
}
