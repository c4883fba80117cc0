//! One member of a `baggage` header.
//!
//! ```text
//!  serverNode=DF%2028;secure;ttl=30
//!  key        value  properties ("metadata" in the API)
//! ```
//!
//! Grammar: <https://www.w3.org/TR/baggage/#definition>.

use super::ows;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// A member as received, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    /// Bytes that are not UTF-8 once decoded have become U+FFFD, as the standard asks.
    pub(super) value: Cow<'a, str>,
    /// `key` and `key=value` with semicolons between, still encoded: they mean nothing to us, so they travel as they are.
    pub(super) metadata: String,
}

/// Reads what stands between two commas, or says that it is no member. A percent sign that starts no escape stands for
/// itself; empty properties are skipped.
pub(super) fn parse(member: &str) -> Option<Member<'_>> {
    let mut parts = member.split(';');
    let (key, value) = parse_pair(parts.next()?)?;
    let mut metadata = String::new();
    for property in parts.map(ows::trim).filter(|property| !property.is_empty()) {
        push_property(&mut metadata, parse_property(property)?);
    }
    Some(Member { key, value: percent_decode_str(value).decode_utf8_lossy(), metadata })
}

/// How many bytes [`write`] appends.
pub(super) fn encoded_length(key: &str, value: &str, metadata: &str) -> usize {
    let value: usize = value.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum();
    let separator = usize::from(!metadata.is_empty());
    key.len() + 1 + value + separator + metadata.len()
}

/// Appends `key=value;metadata`; `metadata` must be [`sendable`].
pub(super) fn write(header: &mut String, key: &str, value: &str, metadata: &str) {
    header.push_str(key);
    header.push('=');
    value.bytes().for_each(|byte| push_encoded(header, byte));
    if !metadata.is_empty() {
        header.push(';');
        header.push_str(metadata);
    }
}

/// The properties in `metadata` that may stand in a header, and whether that is all of them.
///
/// A program can put anything into the API's metadata, line feeds and commas too; written as they are, those would forge
/// other members or other headers.
pub(super) fn sendable(metadata: &str) -> (Cow<'_, str>, bool) {
    if metadata.is_empty() || metadata.split(';').all(is_property_as_written) {
        return (Cow::Borrowed(metadata), true);
    }
    let mut kept = String::with_capacity(metadata.len());
    let mut all = true;
    for property in metadata.split(';').map(ows::trim).filter(|property| !property.is_empty()) {
        match parse_property(property) {
            Some(property) => push_property(&mut kept, property),
            None => all = false,
        }
    }
    (Cow::Owned(kept), all)
}

/// A key, and a value for those that have one, without the white space that may surround both.
type Property<'a> = (&'a str, Option<&'a str>);

fn parse_property(property: &str) -> Option<Property<'_>> {
    match property.contains('=') {
        true => parse_pair(property).map(|(key, value)| (key, Some(value))),
        false => is_token(property).then_some((property, None)),
    }
}

/// An equals sign behind the first belongs to the value.
fn parse_pair(pair: &str) -> Option<(&str, &str)> {
    let (key, value) = pair.split_once('=')?;
    let (key, value) = (ows::trim(key), ows::trim(value));
    (is_token(key) && value.bytes().all(is_octet)).then_some((key, value))
}

fn is_property_as_written(property: &str) -> bool {
    match property.split_once('=') {
        Some((key, value)) => is_token(key) && value.bytes().all(is_octet),
        None => is_token(property),
    }
}

fn push_property(metadata: &mut String, (key, value): Property<'_>) {
    if !metadata.is_empty() {
        metadata.push(';');
    }
    metadata.push_str(key);
    if let Some(value) = value {
        metadata.push('=');
        metadata.push_str(value);
    }
}

fn push_encoded(header: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if is_plain(byte) {
        header.push(char::from(byte));
        return;
    }
    header.push('%');
    header.push(char::from(DIGITS[usize::from(byte >> 4)]));
    header.push(char::from(DIGITS[usize::from(byte & 0x0f)]));
}

/// `token`: <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>.
fn is_token(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// `baggage-octet`: visible ASCII but for the double quote, comma, semicolon and backslash.
fn is_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// What a value shows as itself. Everything else must be percent-encoded, and the percent sign too.
fn is_plain(byte: u8) -> bool {
    is_octet(byte) && byte != b'%'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_members_are_read() {
        let cases = [
            ("a value", "key=value", "key", "value", ""),
            ("no value", "key=", "key", "", ""),
            ("white space around everything", " key \t=\t value ; p \t; q = r ", "key", "value", "p;q=r"),
            ("equals signs in a value", "key=a=b==", "key", "a=b==", ""),
            ("an encoded value", "key=DF%2028%2c%C3%a9", "key", "DF 28,é", ""),
            ("bytes that are not UTF-8", "key=a%FFb%C3", "key", "a\u{fffd}b\u{fffd}", ""),
            ("percent signs that start no escape", "key=100%", "key", "100%", ""),
            ("a malformed escape", "key=%zz%4", "key", "%zz%4", ""),
            ("a plus sign is no space", "key=a+b", "key", "a+b", ""),
            ("an encoded zero byte", "key=a%00b", "key", "a\0b", ""),
            ("every character of a key", "aZ0!#$%&'*+-.^_`|~=v", "aZ0!#$%&'*+-.^_`|~", "v", ""),
            ("a key is not decoded", "a%20b=v", "a%20b", "v", ""),
            ("properties stay encoded", "key=v;p=a%20b;q", "key", "v", "p=a%20b;q"),
            ("repeated properties", "key=v;p;p=1;p=2", "key", "v", "p;p=1;p=2"),
            ("equals signs in a property", "key=v;p=a=b", "key", "v", "p=a=b"),
            ("empty properties", "key=v;;p; ;", "key", "v", "p"),
            ("a property with an empty value", "key=v;p=", "key", "v", "p="),
            ("the standard's other characters", "key=(a)[b]{c}<d>/:?@e'", "key", "(a)[b]{c}<d>/:?@e'", ""),
        ];
        for (case, text, key, value, metadata) in cases {
            let expected = Member { key, value: value.into(), metadata: metadata.into() };
            assert_eq!(parse(text), Some(expected), "{case}: {text}");
        }
    }

    #[test]
    fn illegal_members_are_refused() {
        let cases = [
            ("empty", ""),
            ("no equals sign", "key"),
            ("no equals sign before a property", "key;p=1"),
            ("no key", "=value"),
            ("a space in a key", "a key=value"),
            ("a delimiter in a key", "a(b)=value"),
            ("a key beyond ASCII", "schlüssel=value"),
            ("a space in a value", "key=a value"),
            ("a quoted value", "key=\"value\""),
            ("a backslash in a value", "key=a\\b"),
            ("a control character in a value", "key=a\u{7}b"),
            ("a value beyond ASCII", "key=é"),
            ("a property that is no token", "key=value;a b"),
            ("a property without a key", "key=value;=1"),
            ("a property beyond ASCII", "key=value;p=é"),
            ("white space beyond ASCII", "\u{a0}key=value"),
        ];
        for (case, text) in cases {
            assert_eq!(parse(text), None, "{case}: {text}");
        }
    }

    #[test]
    fn exactly_what_must_be_is_encoded() {
        for byte in 0..=127_u8 {
            let text = char::from(byte).to_string();
            let plain =
                matches!(byte, 0x21 | 0x23..=0x24 | 0x26..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
            let expected = if plain { format!("k={text}") } else { format!("k=%{byte:02X}") };
            let mut header = String::new();
            write(&mut header, "k", &text, "");
            assert_eq!(header, expected);
        }
    }

    #[test]
    fn the_predicted_length_is_the_written_length() {
        for (key, value, metadata) in
            [("k", "", ""), ("key", "é, \"50%\" \u{1f600}\n", ""), ("k", "v", "p;q=1")]
        {
            let mut header = String::new();
            write(&mut header, key, value, metadata);
            assert_eq!(header.len(), encoded_length(key, value, metadata), "{header}");
        }
    }

    #[test]
    fn properties_that_are_not_valid_are_not_sent() {
        let cases = [
            ("", "", true),
            ("p;q=1", "p;q=1", true),
            ("p ; q = 1;", "p;q=1", true),
            ("p,evil=1;q", "q", false),
            ("p\r\nset-cookie: x;q=%20", "q=%20", false),
            ("é", "", false),
        ];
        for (metadata, expected, all) in cases {
            assert_eq!(sendable(metadata), (expected.into(), all), "{metadata:?}");
        }
    }
}
