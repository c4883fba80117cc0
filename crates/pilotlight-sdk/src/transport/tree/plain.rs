//! Text from spans, made harmless for a terminal and short enough for a line.
//!
//! Names and values come from requests, databases and strangers. An escape sequence among them could move the cursor, change
//! the window's title or hide what follows, so every character that is an order rather than a letter is written as its
//! escape: `\u{1b}`, `\n`.

use std::fmt::{self, Display, Write};

use crate::record::ValueView;

/// `text` without orders to the terminal.
pub(crate) fn clean(text: impl Display) -> String {
    shorten(text, usize::MAX)
}

/// As [`clean`], in at most `width` characters; `…` at the end stands for what was cut. Reads no further than it writes, so
/// a value of megabytes costs no more than a line.
pub(crate) fn shorten(text: impl Display, width: usize) -> String {
    let mut line = Line { text: String::new(), left: width };
    if write!(line, "{text}").is_err() && line.left == 0 {
        line.text.pop();
        line.text.push('…');
    }
    line.text
}

/// `key=value`, the value in quotes where it could be taken for more than one.
pub(crate) fn attribute(key: &str, value: &ValueView<'_>, room: usize) -> String {
    match value.as_str() {
        Some(text) if text.is_empty() || text.contains([' ', '=', '"']) => {
            // One less than there is, for the quote that shortening would swallow.
            format!("{}\"", shorten(format_args!("{}=\"{}", clean(key), Escaped(text)), room - 1))
        }
        _ => shorten(format_args!("{key}={value}"), room),
    }
}

/// How many columns `text` takes, one a character: characters of double width misalign a line, and nothing else.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
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

struct Line {
    text: String,
    /// How many characters still fit.
    left: usize,
}

impl Line {
    fn push(&mut self, letter: char) -> fmt::Result {
        // The error stops the value's own formatting early.
        self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
        self.text.push(letter);
        Ok(())
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|letter| {
            if is_order(letter) {
                letter.escape_default().try_for_each(|letter| self.push(letter))
            } else {
                self.push(letter)
            }
        })
    }
}

/// Control characters (escape and the C1 set among them), line and paragraph separators, and what changes the direction of
/// writing.
pub(crate) fn is_order(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn orders_to_the_terminal_become_their_escapes() {
        assert_eq!(clean("\u{1b}[2J\u{9b}31m\r\n\t\u{202e}é"), r"\u{1b}[2J\u{9b}31m\r\n\t\u{202e}é");
    }

    #[test]
    fn what_fits_is_whole_and_what_does_not_ends_in_an_ellipsis() {
        assert_eq!(shorten("größe", 5), "größe");
        assert_eq!(shorten("größer", 5), "größ…");
        assert_eq!(shorten("", 0), "");
    }

    proptest! {
        #[test]
        fn no_text_gives_an_order_or_more_than_its_width(text in any::<String>(), max in 1usize..40) {
            let short = shorten(&text, max);
            prop_assert!(width(&short) <= max);
            prop_assert!(!short.chars().any(is_order));
        }
    }
}
