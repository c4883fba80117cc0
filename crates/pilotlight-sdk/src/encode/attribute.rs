//! Attributes: `KeyValue` and `AnyValue` messages.

use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::field::{self, Key};
use super::protobuf::{
    field_len, varint_len, write_bytes, write_fixed64, write_key, write_message, write_varint,
};

/// How deep lists and maps may lie in one another. What lies deeper is written as an empty value: receivers refuse a request
/// whose messages are nested more than a hundred deep. Five lie around an attribute's value, and each map adds three (its list of
/// entries, an entry, that one's value).
const NESTING_MAX: usize = 30;

/// The value of an attribute or the body of a log record, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyValueRef<'a> {
    Str(&'a str),
    Bool(bool),
    I64(i64),
    F64(f64),
    Bytes(&'a [u8]),
    /// Homogeneous, as attributes of spans have them.
    Array(&'a Array),
    /// As log records have them.
    List(&'a [AnyValue]),
    Map(&'a std::collections::HashMap<opentelemetry::Key, AnyValue>),
    /// Of a kind that the API has grown since: what it shows, rather than nothing.
    Shown(&'a dyn std::fmt::Debug),
}

impl<'a> From<&'a Value> for AnyValueRef<'a> {
    #[inline]
    fn from(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Str(text.as_str()),
            Value::Bool(flag) => Self::Bool(*flag),
            Value::I64(number) => Self::I64(*number),
            Value::F64(number) => Self::F64(*number),
            Value::Array(array) => Self::Array(array),
            other => Self::Shown(other),
        }
    }
}

impl<'a> From<&'a AnyValue> for AnyValueRef<'a> {
    fn from(value: &'a AnyValue) -> Self {
        match value {
            AnyValue::String(text) => Self::Str(text.as_str()),
            AnyValue::Boolean(flag) => Self::Bool(*flag),
            AnyValue::Int(number) => Self::I64(*number),
            AnyValue::Double(number) => Self::F64(*number),
            AnyValue::Bytes(bytes) => Self::Bytes(bytes),
            AnyValue::ListAny(values) => Self::List(values),
            AnyValue::Map(entries) => Self::Map(entries),
            other => Self::Shown(other),
        }
    }
}

/// Appends one attribute as the message field `key`. Strings longer than `length_max` characters are cut, and so are byte
/// arrays longer than that many bytes.
///
/// Lengths of scalars are known before they are written, so nothing is moved or written twice.
#[inline]
pub(crate) fn write_attribute(
    buf: &mut Vec<u8>,
    key: Key,
    name: &str,
    value: AnyValueRef<'_>,
    length_max: Option<usize>,
) {
    match value {
        AnyValueRef::Str(text) => write_string_attribute(buf, key, name, truncate(text, length_max)),
        AnyValueRef::Bool(flag) => {
            begin_attribute(buf, key, name, 2);
            buf.extend_from_slice(&[field::any_value::BOOL as u8, u8::from(flag)]);
        }
        AnyValueRef::I64(number) => {
            begin_attribute(buf, key, name, 1 + varint_len(number as u64));
            buf.push(field::any_value::INT as u8);
            write_varint(buf, number as u64);
        }
        AnyValueRef::F64(number) => {
            begin_attribute(buf, key, name, 9);
            write_fixed64(buf, field::any_value::DOUBLE, number.to_bits());
        }
        other => write_nested_attribute(buf, key, name, other, length_max),
    }
}

/// Appends a string attribute from borrowed text.
#[inline]
fn write_string_attribute(buf: &mut Vec<u8>, key: Key, name: &str, text: &str) {
    // Six bytes are the keys and lengths of name, value and string.
    let len = 6 + name.len() + text.len();
    if len >= ONE_BYTE_LEN {
        begin_long_attribute(buf, key, name, field_len(field::any_value::STRING, text.len()));
        return write_bytes(buf, field::any_value::STRING, text.as_bytes());
    }
    let out = grow(buf, 2 + len);
    let value = write_short_name(out, key, len, name);
    value[0] = field::key_value::VALUE as u8;
    value[1] = 2 + text.len() as u8;
    value[2] = field::any_value::STRING as u8;
    value[3] = text.len() as u8;
    value[4..].copy_from_slice(text.as_bytes());
}

/// An attribute whose value's length is known only when it is written.
#[cold]
fn write_nested_attribute(
    buf: &mut Vec<u8>,
    key: Key,
    name: &str,
    value: AnyValueRef<'_>,
    length_max: Option<usize>,
) {
    write_entry(buf, key, name, value, length_max, NESTING_MAX);
}

fn write_entry(
    buf: &mut Vec<u8>,
    key: Key,
    name: &str,
    value: AnyValueRef<'_>,
    length_max: Option<usize>,
    depth: usize,
) {
    write_message(buf, key, |buf| {
        write_bytes(buf, field::key_value::KEY, name.as_bytes());
        write_message(buf, field::key_value::VALUE, |buf| write_content(buf, value, length_max, depth));
    });
}

/// Lengths below this take one byte.
const ONE_BYTE_LEN: usize = 0x80;

/// Everything of an attribute up to its value, which takes `value_len` bytes.
#[inline]
fn begin_attribute(buf: &mut Vec<u8>, key: Key, name: &str, value_len: usize) {
    let len = 4 + name.len() + value_len;
    if len >= ONE_BYTE_LEN {
        return begin_long_attribute(buf, key, name, value_len);
    }
    let out = grow(buf, 6 + name.len());
    let value = write_short_name(out, key, len, name);
    value[0] = field::key_value::VALUE as u8;
    value[1] = value_len as u8;
}

/// Room for `len` bytes at the end of `buf`: one check of its capacity for a whole attribute.
#[inline]
fn grow(buf: &mut Vec<u8>, len: usize) -> &mut [u8] {
    let start = buf.len();
    buf.resize(start + len, 0);
    &mut buf[start..]
}

/// Writes an attribute of less than 128 bytes up to the end of its name; answers with the room for its value.
///
/// Nearly all attributes are that short, so that every key and length in them is one byte: those are laid out without
/// counting, which halves the cost of an attribute.
#[inline]
fn write_short_name<'a>(out: &'a mut [u8], key: Key, len: usize, name: &str) -> &'a mut [u8] {
    debug_assert!(key < 0x80, "attributes are in fields with one-byte keys");
    let (head, rest) = out.split_at_mut(4);
    head.copy_from_slice(&[key as u8, len as u8, field::key_value::KEY as u8, name.len() as u8]);
    let (text, value) = rest.split_at_mut(name.len());
    text.copy_from_slice(name.as_bytes());
    value
}

#[inline(never)]
fn begin_long_attribute(buf: &mut Vec<u8>, key: Key, name: &str, value_len: usize) {
    let len = field_len(field::key_value::KEY, name.len()) + field_len(field::key_value::VALUE, value_len);
    buf.reserve(field_len(key, len));
    write_key(buf, key);
    write_varint(buf, len as u64);
    write_bytes(buf, field::key_value::KEY, name.as_bytes());
    write_key(buf, field::key_value::VALUE);
    write_varint(buf, value_len as u64);
}

/// The content of an `AnyValue` message.
pub(crate) fn write_any_value(buf: &mut Vec<u8>, value: AnyValueRef<'_>, length_max: Option<usize>) {
    write_content(buf, value, length_max, NESTING_MAX);
}

fn write_content(buf: &mut Vec<u8>, value: AnyValueRef<'_>, length_max: Option<usize>, depth: usize) {
    match value {
        AnyValueRef::Bool(flag) => {
            write_key(buf, field::any_value::BOOL);
            buf.push(u8::from(flag));
        }
        AnyValueRef::I64(number) => {
            write_key(buf, field::any_value::INT);
            write_varint(buf, number as u64);
        }
        AnyValueRef::F64(number) => write_fixed64(buf, field::any_value::DOUBLE, number.to_bits()),
        AnyValueRef::Str(text) => {
            write_bytes(buf, field::any_value::STRING, truncate(text, length_max).as_bytes());
        }
        AnyValueRef::Bytes(bytes) => {
            let len = length_max.map_or(bytes.len(), |max| max.min(bytes.len()));
            write_bytes(buf, field::any_value::BYTES, &bytes[..len]);
        }
        AnyValueRef::Shown(value) => {
            let text = format!("{value:?}");
            write_bytes(buf, field::any_value::STRING, truncate(&text, length_max).as_bytes());
        }
        AnyValueRef::Array(array) => {
            write_message(buf, field::any_value::ARRAY, |buf| write_array(buf, array, length_max));
        }
        AnyValueRef::List(_) | AnyValueRef::Map(_) if depth == 0 => {}
        AnyValueRef::List(values) => {
            let values = values.iter().map(AnyValueRef::from);
            write_message(buf, field::any_value::ARRAY, |buf| {
                write_values(buf, values, length_max, depth - 1);
            });
        }
        AnyValueRef::Map(entries) => write_message(buf, field::any_value::KVLIST, |buf| {
            for (key, value) in entries {
                // `KeyValueList.values` has the number and wire type of `ArrayValue.values`.
                let values = field::array_value::VALUES;
                write_entry(buf, values, key.as_str(), value.into(), length_max, depth - 1);
            }
        }),
    }
}

fn write_array(buf: &mut Vec<u8>, array: &Array, length_max: Option<usize>) {
    match array {
        Array::Bool(values) => write_values(buf, values.iter().map(|v| AnyValueRef::Bool(*v)), length_max, 0),
        Array::I64(values) => write_values(buf, values.iter().map(|v| AnyValueRef::I64(*v)), length_max, 0),
        Array::F64(values) => write_values(buf, values.iter().map(|v| AnyValueRef::F64(*v)), length_max, 0),
        Array::String(values) => {
            let values = values.iter().map(|text| AnyValueRef::Str(StringValue::as_str(text)));
            write_values(buf, values, length_max, 0);
        }
        other => write_values(buf, [AnyValueRef::Shown(other)].into_iter(), length_max, 0),
    }
}

fn write_values<'a>(
    buf: &mut Vec<u8>,
    values: impl Iterator<Item = AnyValueRef<'a>>,
    length_max: Option<usize>,
    depth: usize,
) {
    for value in values {
        write_message(buf, field::array_value::VALUES, |buf| write_content(buf, value, length_max, depth));
    }
}

/// The first `length_max` characters of `text`.
///
/// Counts characters, as the specification asks ("counting any character in it as 1"); a text with no more bytes than
/// that has no more characters either, which spares the count for nearly all texts.
pub(crate) fn truncate(text: &str, length_max: Option<usize>) -> &str {
    match length_max {
        Some(max) if text.len() > max => text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end]),
        _ => text,
    }
}

/// Attributes as they stand in a resource or scope: no limits, later keys win, order of first appearance.
pub(crate) fn write_distinct<'a>(
    buf: &mut Vec<u8>,
    key: Key,
    attributes: impl Iterator<Item = &'a KeyValue>,
) {
    let mut distinct: Vec<&'a KeyValue> = Vec::new();
    for attribute in attributes.filter(|attribute| !attribute.key.as_str().is_empty()) {
        match distinct.iter_mut().find(|seen| seen.key == attribute.key) {
            Some(seen) => *seen = attribute,
            None => distinct.push(attribute),
        }
    }
    for attribute in distinct {
        write_attribute(buf, key, attribute.key.as_str(), (&attribute.value).into(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_cut_at_a_character_boundary() {
        assert_eq!(truncate("größe", Some(3)), "grö");
        assert_eq!(truncate("größe", Some(5)), "größe");
        assert_eq!(truncate("größe", Some(0)), "");
        assert_eq!(truncate("日本語", Some(2)), "日本");
        assert_eq!(truncate("plain", None), "plain");
    }
}
