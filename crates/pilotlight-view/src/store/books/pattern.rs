//! Texts that differ only in what changes each time: numbers, ids, quoted words.

/// Longer texts are told apart by their beginning, in bytes.
const PATTERN_BYTES: usize = 1_024;

/// The text with `#` for each number or hexadecimal id, and `…` for what is between quotes.
///
/// A word of letters and digits is an id when it has a digit and at least eight characters that are all hexadecimal; in other words each
/// run of digits is a number. `5f3a9c21-…` becomes `#`, `order 17` becomes `order #`, and `utf8` becomes `utf#`.
pub(crate) fn pattern(text: &str) -> String {
    let text = crate::query::text::cut(text, PATTERN_BYTES);
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let long = match first {
            '"' | '`' | '\'' => quoted(rest, first, &mut pattern),
            _ if first.is_ascii_alphanumeric() => word(rest, &mut pattern),
            _ => {
                pattern.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[long..];
    }
    pattern
}

/// A quote that is not closed, as in `can't`, is a character like others.
fn quoted(rest: &str, quote: char, pattern: &mut String) -> usize {
    let before_is_a_letter = pattern.chars().next_back().is_some_and(char::is_alphanumeric);
    match rest[1..].find(quote) {
        Some(long) if !before_is_a_letter => {
            pattern.push(quote);
            pattern.push('…');
            pattern.push(quote);
            long + 2
        }
        _ => {
            pattern.push(quote);
            1
        }
    }
}

fn word(rest: &str, pattern: &mut String) -> usize {
    let in_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let long = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    // An UUID has hyphens between its parts.
    let id_long = rest.find(|c: char| !in_id(c)).unwrap_or(rest.len());
    let id = rest[..id_long].trim_end_matches('-');
    if id.len() >= long && is_id(id) {
        pattern.push('#');
        return id.len();
    }
    if is_address(&rest[..long]) {
        pattern.push('#');
        return long;
    }
    let mut in_number = false;
    for c in rest[..long].chars() {
        match (c.is_ascii_digit(), in_number) {
            (true, false) => pattern.push('#'),
            (true, true) => {}
            (false, _) => pattern.push(c),
        }
        in_number = c.is_ascii_digit();
    }
    long
}

fn is_id(word: &str) -> bool {
    word.len() >= 8 && word.bytes().any(|c| c.is_ascii_digit())
}

fn is_address(word: &str) -> bool {
    word.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn numbers_ids_and_quoted_words_do_not_tell_texts_apart() {
        let patterns = [
            ("order 17 of 1,024 failed", "order # of #,# failed"),
            ("GET /orders/5f3a9c21-7b1e-4c55-9f10-0d4f1c1f2a33/items", "GET /orders/#/items"),
            ("no such key \"alice\" in 'cart 7'", "no such key \"…\" in '…'"),
            ("can't open it, won't try", "can't open it, won't try"),
            ("at 0x7f3a9c21d0", "at #"),
            ("decode failed", "decode failed"),
            ("é 12ü", "é #ü"),
            ("", ""),
        ];
        for (text, expected) in patterns {
            assert_eq!(pattern(text), expected);
        }
    }

    #[test]
    fn endless_texts_are_told_apart_by_their_beginning() {
        assert!(pattern(&"ä".repeat(10_000_000)).len() <= 1_024);
    }
}
