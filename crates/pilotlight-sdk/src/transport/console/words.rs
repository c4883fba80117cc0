//! Attributes as words, and words as lines.

use std::fmt;

use crate::record::ValueView;
use crate::transport::tree::plain::{clean, shorten, width};

/// `key=value`, the value in quotes where it could be taken for more than one.
pub(super) fn attribute(key: &str, value: &ValueView<'_>, room: usize) -> String {
    match value.as_str() {
        Some(text) if text.is_empty() || text.contains([' ', '=', '"']) => {
            // One less than there is, for the quote that shortening would swallow.
            format!("{}\"", shorten(format_args!("{}=\"{}", clean(key), Escaped(text)), room - 1))
        }
        _ => shorten(format_args!("{key}={value}"), room),
    }
}

/// Words one after another, as many on a line of `room` as fit; lines after the first begin with `hang`.
pub(super) fn flow(words: impl IntoIterator<Item = String>, hang: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            None => lines.push(word),
            Some(line) if width(line) + 1 + width(&word) > room => lines.push(format!("{hang}{word}")),
            Some(line) => line.extend([" ", &word]),
        }
    }
    lines
}

/// Text for between quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split_inclusive('"').try_for_each(|part| match part.strip_suffix('"') {
            Some(before) => write!(f, "{before}\\\""),
            None => f.write_str(part),
        })
    }
}
