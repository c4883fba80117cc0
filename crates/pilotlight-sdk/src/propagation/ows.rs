//! Optional white space around header parts.

/// Takes spaces and horizontal tabs, and nothing else, off both ends.
///
/// `str::trim` would also remove line feeds and Unicode spaces, which are no white space in a header.
///
/// Grammar: <https://www.rfc-editor.org/rfc/rfc9110#name-whitespace>.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_ows)
}

fn is_ows(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spaces_and_tabs_are_taken_off() {
        assert_eq!(trim(" \ta \t b\t "), "a \t b");
        assert_eq!(trim("\u{a0}a\n"), "\u{a0}a\n");
        assert_eq!(trim(" \t "), "");
    }
}
