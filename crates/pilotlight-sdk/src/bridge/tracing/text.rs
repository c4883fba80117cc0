//! Values that only show themselves, as text.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::KeyValue;

use crate::record::exception_attributes;

/// The most bytes of one value: more would not fit a span or a log record.
const BYTES_MAX: usize = 4 << 20;

/// What a thread keeps for its next value.
const KEPT_BYTES_MAX: usize = 16 << 10;

thread_local! {
    static SPARE: Cell<String> = const { Cell::new(String::new()) };
}

/// Calls `f` with the text of `value`, and with the length that it would have without [`BYTES_MAX`].
#[inline]
pub(in crate::bridge) fn with_text<T>(value: &dyn fmt::Debug, f: impl FnOnce(&str, usize) -> T) -> T {
    // Taken, not borrowed: the value's own code may come back here.
    let text = SPARE.try_with(Cell::take).unwrap_or_default();
    let mut bounded = Bounded { text, len: 0 };
    // A value that fails to show itself, or panics, is shown as far as it came: what it is logged by takes nothing down.
    let _ = catch_unwind(AssertUnwindSafe(|| write!(bounded, "{value:?}")));
    let answer = f(&bounded.text, bounded.len);
    let mut text = bounded.text;
    if text.capacity() <= KEPT_BYTES_MAX {
        text.clear();
        let _ = SPARE.try_with(|spare| spare.set(text));
    }
    answer
}

/// Calls `f` with what `error` says.
pub(super) fn with_error_text<T>(error: &dyn Error, f: impl FnOnce(&str) -> T) -> T {
    with_text(&Says(error), |text, _| f(text))
}

/// The `exception.*` attributes of `error`; none when it fails to tell them.
pub(super) fn exception_of(error: &dyn Error) -> Vec<KeyValue> {
    catch_unwind(AssertUnwindSafe(|| exception_attributes(error))).unwrap_or_default()
}

/// Shows what an error says to people.
struct Says<'a>(&'a dyn Error);

impl fmt::Debug for Says<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

/// Takes text up to the bound, and counts what is beyond.
struct Bounded {
    text: String,
    len: usize,
}

impl fmt::Write for Bounded {
    #[inline]
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let is_whole = self.text.len() == self.len;
        self.len += more.len();
        if self.len <= BYTES_MAX {
            self.text.push_str(more);
        } else if is_whole {
            let room = BYTES_MAX - self.text.len();
            let end = (0..=room).rev().find(|end| more.is_char_boundary(*end)).unwrap_or(0);
            self.text.push_str(&more[..end]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_shows_another_event_on_the_way_is_shown() {
        struct Outer;
        impl fmt::Debug for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let inner = with_text(&"inner", |text, _| text.to_owned());
                write!(f, "outer of {inner}")
            }
        }
        with_text(&Outer, |text, len| assert_eq!((text, len), ("outer of \"inner\"", 16)));
    }

    #[test]
    fn a_value_without_end_is_cut_and_its_length_told() {
        struct Long;
        impl fmt::Debug for Long {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (0..BYTES_MAX).try_for_each(|_| f.write_str("€"))
            }
        }
        with_text(&Long, |text, len| {
            assert_eq!((text.len(), len), (BYTES_MAX / 3 * 3, BYTES_MAX * 3));
        });
    }
}
