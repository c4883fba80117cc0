//! Strings that can neither end their line nor give orders to whoever looks at it.
//!
//! JSON itself asks for quotes, backslashes and what lies below U+0020 to be escaped. Escaped too is everything that a
//! terminal or a pager takes for an order or a line's end: see [`is_order`]. What a string spells stays what it is: the six
//! characters `\ud800` come back as six characters.

use std::fmt::Write;

use crate::transport::tree::plain::is_order;

/// How much is looked at in one step: what one vector register holds.
const STEP: usize = 16;

/// Appends `text` in quotes. Runs of harmless characters are copied whole: a long message costs little more than its copy.
pub(in crate::transport) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some((at, letter)) = next_special(rest) {
        out.push_str(&rest[..at]);
        escape(out, letter);
        rest = &rest[at + letter.len_utf8()..];
    }
    out.push_str(rest);
    out.push('"');
}

/// The first character that must be escaped, and where it is.
fn next_special(text: &str) -> Option<(usize, char)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += harmless(&bytes[at..]);
        let letter = bytes.get(at).and_then(|_| text[at..].chars().next())?;
        if is_special(letter) {
            return Some((at, letter));
        }
        at += letter.len_utf8();
    }
}

/// How many bytes at the front need no second look.
fn harmless(bytes: &[u8]) -> usize {
    let (steps, _) = bytes.as_chunks::<STEP>();
    let at = steps.iter().take_while(|step| is_plain(step)).count() * STEP;
    let rest = bytes[at..].iter();
    at + rest.take_while(|byte| !SUSPECTS[usize::from(**byte)]).count()
}

/// Whether all of it is printable ASCII without quotes and backslashes: without branches, so that the compiler takes all
/// bytes at once.
fn is_plain(step: &[u8; STEP]) -> bool {
    let is_other = |byte: u8| !matches!(byte, b' '..=b'~') | (byte == b'"') | (byte == b'\\');
    !step.iter().fold(false, |any, byte| any | is_other(*byte))
}

/// Whether a character that has to be escaped may begin with a byte. Few that need not do. A table, since bytes of short strings
/// are looked at one by one.
static SUSPECTS: [bool; 256] = {
    let mut suspects = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        // In UTF-8 every order beyond ASCII begins with one of the last four, which a test holds.
        suspects[byte] = byte < 0x20 || matches!(byte as u8, b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe2 | 0xef);
        byte += 1;
    }
    suspects
};

fn is_special(letter: char) -> bool {
    matches!(letter, '"' | '\\') || is_order(letter)
}

#[cold]
fn escape(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // All of them lie below U+10000, so none needs a pair of surrogates. Writing into a string cannot fail.
        letter => drop(write!(out, "\\u{:04x}", u32::from(letter))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        write_string(&mut out, text);
        out
    }

    #[test]
    fn hostile_strings_become_their_escapes() {
        let table = [
            ("", r#""""#),
            ("a\nb\r\n\tc", r#""a\nb\r\n\tc""#),
            ("\"}\n{\"level\":\"INFO\"", r#""\"}\n{\"level\":\"INFO\"""#),
            (r"\ud800", r#""\\ud800""#),
            ("\0\u{1}\u{1b}[2J\u{7f}", r#""\u0000\u0001\u001b[2J\u007f""#),
            ("\u{85}\u{9b}31m", r#""\u0085\u009b31m""#),
            ("\u{2028}\u{2029}", r#""\u2028\u2029""#),
            ("\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{61c}", r#""\u202a\u202e\u2066\u2069\u200e\u061c""#),
            ("größe “é” ﬁ 日本 👍", r#""größe “é” ﬁ 日本 👍""#),
        ];
        for (text, expected) in table {
            assert_eq!(string(text), expected);
        }
    }

    #[test]
    fn every_special_character_begins_with_a_suspect_byte_and_none_needs_surrogates() {
        for letter in (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| is_special(*c)) {
            assert!(SUSPECTS[usize::from(letter.to_string().as_bytes()[0])], "{letter:?}");
            assert!(u32::from(letter) < 0x1_0000, "{letter:?}");
        }
    }

    #[test]
    fn ten_megabytes_are_one_line_of_the_same_text() {
        let text = "0123456789\n".repeat(1 << 20);
        let json = string(&text);
        assert!(!json.contains('\n'));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    proptest! {
        #[test]
        fn any_string_comes_back_and_holds_no_order(text in "(?s)(.|[\"\\\\\u{0}-\u{20}\u{7f}-\u{a0}\u{2000}-\u{2070}]){0,80}") {
            let json = string(&text);
            prop_assert!(!json.chars().any(is_order), "{json:?}");
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
