//! OTLP's values as text: what the search compares and what the page shows.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use std::fmt::Write;

/// How much of a value the search sees, in bytes. Long enough for any name, route, statement or message that somebody types.
pub(crate) const SEARCHED_BYTES: usize = 1024;

/// A value as text: strings as they are, arrays and maps as JSON, bytes as base64; cut at `max` bytes, with the length that it has
/// uncut. `scratch` is room for what is not text already.
pub(crate) fn text<'a>(value: Option<&'a AnyValue>, max: usize, scratch: &'a mut String) -> (&'a str, u64) {
    let value = value.and_then(|value| value.value.as_ref());
    if let Some(Value::StringValue(string)) = value {
        return (cut(string, max), string.len() as u64);
    }
    scratch.clear();
    let mut writer = Writer { out: scratch, max, whole: 0, full: false };
    if let Some(value) = value {
        writer.plain(value);
    }
    let whole = writer.whole;
    (scratch, whole)
}

/// As much of a string as fits into so many bytes without parting a character.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let end = (0..=max).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Writes text up to a length, and counts on behind it: what is cut off costs no memory.
struct Writer<'a> {
    out: &'a mut String,
    max: usize,
    whole: u64,
    /// Something was cut off: nothing that comes later may follow it.
    full: bool,
}

impl Writer<'_> {
    fn plain(&mut self, value: &Value) {
        match value {
            Value::StringValue(string) => self.push(string),
            Value::BytesValue(bytes) => self.base64(bytes),
            Value::DoubleValue(number) => self.number(*number),
            other => self.json(Some(other)),
        }
    }

    /// A value within an array or a map. The protocol's decoders bound how deep these can be.
    fn json(&mut self, value: Option<&Value>) {
        match value {
            None | Some(Value::StringValueStrindex(_)) => self.push("null"),
            Some(Value::StringValue(string)) => self.quoted(string),
            Some(Value::BoolValue(bool)) => self.push(if *bool { "true" } else { "false" }),
            Some(Value::IntValue(int)) => self.integer(*int),
            Some(Value::DoubleValue(number)) if number.is_finite() => self.number(*number),
            Some(Value::DoubleValue(number)) => {
                self.push("\"");
                self.number(*number);
                self.push("\"");
            }
            Some(Value::BytesValue(bytes)) => {
                self.push("\"");
                self.base64(bytes);
                self.push("\"");
            }
            Some(Value::ArrayValue(array)) => {
                self.list('[', ']', &array.values, |writer, one| writer.json(one.value.as_ref()));
            }
            Some(Value::KvlistValue(map)) => self.list('{', '}', &map.values, Self::pair),
        }
    }

    fn list<T>(&mut self, open: char, close: char, all: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.char(open);
        for (position, one) in all.iter().enumerate() {
            if position > 0 {
                self.push(",");
            }
            each(self, one);
        }
        self.char(close);
    }

    fn pair(&mut self, pair: &KeyValue) {
        self.quoted(&pair.key);
        self.push(":");
        self.json(pair.value.as_ref().and_then(|value| value.value.as_ref()));
    }

    fn quoted(&mut self, text: &str) {
        self.push("\"");
        let mut plain_from = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte != b'"' && byte != b'\\' && byte >= b' ' {
                continue;
            }
            self.push(text.get(plain_from..at).unwrap_or_default());
            self.escaped(byte);
            plain_from = at + 1;
        }
        self.push(text.get(plain_from..).unwrap_or_default());
        self.push("\"");
    }

    fn escaped(&mut self, byte: u8) {
        match byte {
            b'"' => self.push("\\\""),
            b'\\' => self.push("\\\\"),
            b'\n' => self.push("\\n"),
            b'\r' => self.push("\\r"),
            b'\t' => self.push("\\t"),
            other => self.push(&format!("\\u{other:04x}")),
        }
    }

    fn integer(&mut self, number: i64) {
        let before = self.out.len();
        if self.out.capacity() - before >= 20 && self.max - before.min(self.max) >= 20 && !self.full {
            // The usual case, without a string of its own. Writing to a string cannot fail.
            let _ = write!(self.out, "{number}");
            self.whole += (self.out.len() - before) as u64;
        } else {
            self.push(&number.to_string());
        }
    }

    fn number(&mut self, number: f64) {
        self.push(&number.to_string());
    }

    fn base64(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digit = |bits: u32| DIGITS.get(bits as usize & 63).map_or('=', |digit| char::from(*digit));
        for (position, three) in bytes.chunks(3).enumerate() {
            if self.full {
                let left = bytes.len() - position * 3;
                self.whole += left.div_ceil(3) as u64 * 4;
                return;
            }
            let byte = |at: usize| three.get(at).copied().map_or(0, u32::from);
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            self.char(digit(bits >> 18));
            self.char(digit(bits >> 12));
            self.char(if three.len() > 1 { digit(bits >> 6) } else { '=' });
            self.char(if three.len() > 2 { digit(bits) } else { '=' });
        }
    }

    fn char(&mut self, char: char) {
        self.push(char.encode_utf8(&mut [0; 4]));
    }

    fn push(&mut self, text: &str) {
        self.whole += text.len() as u64;
        if self.full {
            return;
        }
        let room = self.max.saturating_sub(self.out.len());
        self.full = text.len() > room;
        self.out.push_str(cut(text, room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    fn shown(value: Value) -> String {
        text(Some(&any(value)), 1000, &mut String::new()).0.to_owned()
    }

    #[test]
    fn each_kind_of_value_has_its_text() {
        assert_eq!(shown(Value::StringValue("ä\"".to_owned())), "ä\"");
        assert_eq!(shown(Value::IntValue(i64::MIN)), "-9223372036854775808");
        assert_eq!(shown(Value::DoubleValue(0.5)), "0.5");
        assert_eq!(shown(Value::DoubleValue(f64::NAN)), "NaN");
        assert_eq!(shown(Value::BoolValue(true)), "true");
        assert_eq!(shown(Value::BytesValue(b"hello".to_vec())), "aGVsbG8=");
        assert_eq!(text(None, 10, &mut String::new()), ("", 0));
    }

    #[test]
    fn arrays_and_maps_are_json_that_another_reader_reads() {
        let map = Value::KvlistValue(KeyValueList {
            values: vec![KeyValue {
                key: "k\"\n\u{1}".to_owned(),
                value: Some(any(Value::ArrayValue(ArrayValue {
                    values: vec![
                        any(Value::IntValue(1)),
                        any(Value::DoubleValue(f64::INFINITY)),
                        any(Value::BytesValue(vec![255])),
                        AnyValue { value: None },
                    ],
                }))),
                key_strindex: 0,
            }],
        });
        let read: serde_json::Value = serde_json::from_str(&shown(map)).unwrap();
        assert_eq!(read, serde_json::json!({"k\"\n\u{1}": [1, "inf", "/w==", null]}));
    }

    #[test]
    fn what_is_cut_keeps_its_characters_whole_and_tells_its_length() {
        let long = any(Value::StringValue("ä".repeat(1000)));
        let (shown, whole) = text(Some(&long), 5, &mut String::new()).to_owned_pair();
        assert_eq!((shown.as_str(), whole), ("ää", 2000));
        let bytes = any(Value::BytesValue(vec![0; 1_000_000]));
        let (shown, whole) = text(Some(&bytes), 7, &mut String::new()).to_owned_pair();
        assert_eq!((shown.as_str(), whole), ("AAAAAAA", 1_333_336));
    }

    trait ToOwnedPair {
        fn to_owned_pair(self) -> (String, u64);
    }

    impl ToOwnedPair for (&str, u64) {
        fn to_owned_pair(self) -> (String, u64) {
            (self.0.to_owned(), self.1)
        }
    }
}
