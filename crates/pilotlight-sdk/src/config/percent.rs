//! Percent-decoding that refuses what it cannot decode.

use percent_encoding::percent_decode_str;

/// Decodes `%41` to `A`.
///
/// The specification wants decoding errors noticed, while the usual decoders let a broken escape through as it is.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err("has a % that is not followed by two hexadecimal digits");
        }
    }
    Ok(percent_decode_str(text).collect())
}

/// Decodes to text.
pub(crate) fn decode_utf8(text: &str) -> Result<String, &'static str> {
    String::from_utf8(decode(text)?).map_err(|_| "is not valid UTF-8 once percent-decoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_everything_else_is_kept() {
        for (text, decoded) in
            [("", ""), ("a b+c", "a b+c"), ("%41%2c%2C", "A,,"), ("caf%C3%A9 ☕", "café ☕"), ("%25", "%")]
        {
            assert_eq!(decode_utf8(text).as_deref(), Ok(decoded), "{text:?}");
        }
    }

    #[test]
    fn broken_escapes_are_errors() {
        for text in ["%", "%4", "%zz", "a%", "%%41", "%+1", "%é"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
        assert_eq!(decode("%FF"), Ok(vec![0xff]));
        assert!(decode_utf8("%FF").is_err());
    }
}
