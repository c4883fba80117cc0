//! Strings that every span of a statement has: kept for ever, so that copying them costs nothing.
//!
//! An attribute's string is copied and dropped for each span. Shared by a reference count, nine of them take some 0.15 µs of what a
//! query's span takes; as `&'static str`, nothing. There is a bound, for statements can have names in them that never come again.

use hashbrown::HashSet;
use opentelemetry::{Key, KeyValue, StringValue, Value};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex};

/// Never given back, for the whole process: what about a thousand statements take.
const BYTES_MAX: usize = 256 * 1024;

/// What a text takes beside its bytes: a place in the set, of which half may be empty, and the allocator's rounding.
const ENTRY_BYTES: usize = 56;

/// `text` as a value that is cheap to copy: for ever while there is room, shared from then on.
pub(super) fn interned(text: &str) -> StringValue {
    match kept(text) {
        Some(text) => text.into(),
        None => Arc::<str>::from(text).into(),
    }
}

/// The same for a span's name.
pub(super) fn interned_name(text: &str) -> Cow<'static, str> {
    kept(text).map_or_else(|| Cow::Owned(text.to_owned()), Cow::Borrowed)
}

/// The same for an attribute that a user gave.
pub(super) fn interned_attribute(attribute: KeyValue) -> KeyValue {
    let key = kept(attribute.key.as_str()).map_or(attribute.key, Key::from);
    match attribute.value {
        Value::String(text) => KeyValue::new(key, interned(text.as_str())),
        value => KeyValue::new(key, value),
    }
}

fn kept(text: &str) -> Option<&'static str> {
    static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(|| Mutex::new(Kept::new(BYTES_MAX)));
    // Whoever finds it taken can do without.
    KEPT.try_lock().ok()?.keep(text)
}

struct Kept {
    texts: HashSet<&'static str>,
    bytes_left: usize,
}

impl Kept {
    fn new(bytes: usize) -> Self {
        Self { texts: HashSet::new(), bytes_left: bytes }
    }

    fn keep(&mut self, text: &str) -> Option<&'static str> {
        if let Some(known) = self.texts.get(text) {
            return Some(known);
        }
        self.bytes_left = self.bytes_left.checked_sub(text.len() + ENTRY_BYTES)?;
        let kept: &'static str = Box::leak(Box::from(text));
        self.texts.insert(kept);
        Some(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_no_more_than_there_is_room_for() {
        let mut kept = Kept::new(2 * (3 + ENTRY_BYTES));

        let first = kept.keep("one").unwrap();
        assert!(std::ptr::eq(first, kept.keep(&String::from("one")).unwrap()));
        assert!(kept.keep("two").is_some());
        assert_eq!(kept.keep("six"), None);
        assert_eq!(kept.keep("two"), Some("two"));
    }

    #[test]
    fn what_is_not_kept_says_the_same() {
        let long = "x".repeat(BYTES_MAX + 1);

        assert_eq!(interned(&long).as_str(), long);
        assert_eq!(interned_name(&long), long);
        assert_eq!(interned("SELECT users").as_str(), "SELECT users");
    }
}
