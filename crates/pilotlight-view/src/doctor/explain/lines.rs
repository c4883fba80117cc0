//! Lines of any length, of which only the beginning is kept.

use std::io::{self, BufRead};

/// Messages are at the beginning; what follows is a payload.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// Reads lines in constant memory.
pub(super) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    text: String,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: Vec::new(), text: String::new() }
    }

    /// The next line in lower case; none at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<&str>> {
        self.line.clear();
        let mut was_read = false;
        loop {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                break;
            }
            was_read = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = LINE_BYTES_MAX - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !was_read {
            return Ok(None);
        }
        self.text.clear();
        self.text.push_str(&String::from_utf8_lossy(&self.line));
        self.text.make_ascii_lowercase();
        Ok(Some(&self.text))
    }
}
