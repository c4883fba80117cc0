//! Ids as people and addresses write them: hexadecimal digits.

use super::QuestionError;

/// A trace's id of 32 hexadecimal digits in any case.
///
/// # Errors
/// When it is not one.
pub(crate) fn trace(text: &str) -> Result<u128, QuestionError> {
    let id = is_hex(text, 32).then(|| u128::from_str_radix(text, 16).ok()).flatten();
    id.filter(|id| *id != 0).ok_or_else(|| wrong(text, "a trace's id is 32 hexadecimal digits, not all zero"))
}

/// A span's id of 16 hexadecimal digits in any case.
///
/// # Errors
/// When it is not one.
pub(crate) fn span(text: &str) -> Result<u64, QuestionError> {
    let id = is_hex(text, 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
    id.filter(|id| *id != 0).ok_or_else(|| wrong(text, "a span's id is 16 hexadecimal digits, not all zero"))
}

/// A trace's id as text; none for 0.
pub(crate) fn trace_text(id: u128) -> Option<String> {
    (id != 0).then(|| format!("{id:032x}"))
}

/// A span's id as text; none for 0.
pub(crate) fn span_text(id: u64) -> Option<String> {
    (id != 0).then(|| format!("{id:016x}"))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn wrong(text: &str, rule: &str) -> QuestionError {
    let shown = super::text::cut(text, 64);
    QuestionError { message: format!("`{shown}` is no id: {rule}."), position: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hexadecimal_and_nothing_else() {
        assert_eq!(span("00000000000000Ff"), Ok(255));
        assert!(span("+000000000000001").is_err() && span("0000000000000000").is_err() && span("ä").is_err());
        assert_eq!(trace("0000000000000000000000000000000a"), Ok(10));
        assert_eq!(trace_text(10).as_deref(), Some("0000000000000000000000000000000a"));
    }
}
