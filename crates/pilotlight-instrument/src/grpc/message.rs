//! `grpc-message`: text for people, percent-encoded.

use crate::telemetry::text::cut;

/// The text, at most `bytes_max` bytes of it. As gRPC asks, what is no escape stays as it is, and what is not UTF-8
/// becomes U+FFFD: a message is never lost for being written badly.
pub(super) fn decoded(encoded: &[u8], bytes_max: usize) -> String {
    // A few bytes more, so that a character that the limit divides is still whole and is left out as one.
    let bytes: Vec<u8> = Decode(encoded).take(bytes_max.saturating_add(CHARACTER_BYTES_MAX)).collect();
    let text = String::from_utf8_lossy(&bytes);
    cut(&text, bytes_max).to_owned()
}

/// The longest character of UTF-8.
const CHARACTER_BYTES_MAX: usize = 4;

struct Decode<'a>(&'a [u8]);

impl Iterator for Decode<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        let (byte, rest) = match (first, rest) {
            (b'%', [high, low, rest @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, rest),
                _ => (first, self.0.get(1..)?),
            },
            _ => (first, rest),
        };
        self.0 = rest;
        Some(byte)
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_become_the_characters_they_stand_for() {
        assert_eq!(decoded(b"no%20such%20caf%C3%A9", 100), "no such café");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(decoded(b"100%, 5%zz, %4", 100), "100%, 5%zz, %4");
    }

    #[test]
    fn a_character_that_does_not_fit_is_left_out() {
        assert_eq!(decoded(b"a%C3%A9", 2), "a");
        assert_eq!(decoded(b"a%C3%A9", 3), "aé");
    }

    proptest! {
        #[test]
        fn any_text_survives_being_encoded(text in ".*") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decoded(encoded.as_bytes(), usize::MAX), text);
        }

        #[test]
        fn no_bytes_make_a_text_longer_than_its_bound(bytes: Vec<u8>, bytes_max in 0usize..64) {
            prop_assert!(decoded(&bytes, bytes_max).len() <= bytes_max);
        }
    }
}
