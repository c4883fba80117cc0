//! Text that strangers send, cut to a length that cannot hurt.

use opentelemetry::StringValue;

/// Longer values are attacks or accidents: common servers refuse request targets above 8 KiB.
pub(crate) const VALUE_BYTES_MAX: usize = 4096;

/// `text`, cut at a character boundary to at most `bytes_max` bytes.
pub(crate) fn bounded(text: &str, bytes_max: usize) -> StringValue {
    String::from(cut(text, bytes_max)).into()
}

/// The same for bytes that need not be UTF-8: what is not becomes U+FFFD.
pub(crate) fn bounded_bytes(bytes: &[u8], bytes_max: usize) -> StringValue {
    match std::str::from_utf8(bytes) {
        Ok(text) => bounded(text, bytes_max),
        Err(_) => {
            let head = &bytes[..bytes.len().min(bytes_max)];
            bounded(&String::from_utf8_lossy(head), bytes_max)
        }
    }
}

pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = bytes_max;
    // Byte 0 is always a boundary, so this ends.
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_before_a_character_that_does_not_fit() {
        assert_eq!(bounded("aé", 2).as_str(), "a");
        assert_eq!(bounded("aé", 3).as_str(), "aé");
    }

    #[test]
    fn bytes_that_are_not_text_are_replaced() {
        assert_eq!(bounded_bytes(b"ok\xff", 10).as_str(), "ok\u{fffd}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_value_longer_than_its_bound(bytes: Vec<u8>, bytes_max in 0usize..64) {
            prop_assert!(bounded_bytes(&bytes, bytes_max).as_str().len() <= bytes_max);
        }
    }
}
