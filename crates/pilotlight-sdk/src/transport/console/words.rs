//! Attributes as words, and words as lines.

use crate::transport::tree::plain::width;

pub(super) use crate::transport::tree::plain::attribute;

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
