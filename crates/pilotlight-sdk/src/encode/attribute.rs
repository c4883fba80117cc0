//! Attributes: `KeyValue` and `AnyValue` messages.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::field::{self, Key};
use super::protobuf::{
    field_len, varint_len, write_bytes, write_fixed64, write_key, write_message, write_varint,
};

/// Appends one attribute as the message field `key`. Strings longer than `length_max` characters are cut.
///
/// Lengths of scalars are known before they are written, so nothing is moved or written twice.
#[inline]
pub(crate) fn write_attribute(
    buf: &mut Vec<u8>,
    key: Key,
    name: &str,
    value: &Value,
    length_max: Option<usize>,
) {
    match value {
        Value::String(text) => {
            write_string_attribute(buf, key, name, truncate(text.as_str(), length_max));
        }
        Value::Bool(flag) => {
            begin_attribute(buf, key, name, 2);
            buf.extend_from_slice(&[field::any_value::BOOL as u8, u8::from(*flag)]);
        }
        Value::I64(number) => {
            begin_attribute(buf, key, name, 1 + varint_len(*number as u64));
            buf.push(field::any_value::INT as u8);
            write_varint(buf, *number as u64);
        }
        Value::F64(number) => {
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
fn write_nested_attribute(buf: &mut Vec<u8>, key: Key, name: &str, value: &Value, length_max: Option<usize>) {
    write_message(buf, key, |buf| {
        write_bytes(buf, field::key_value::KEY, name.as_bytes());
        write_message(buf, field::key_value::VALUE, |buf| write_any_value(buf, value, length_max));
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
fn write_any_value(buf: &mut Vec<u8>, value: &Value, length_max: Option<usize>) {
    match value {
        Value::Bool(flag) => {
            write_key(buf, field::any_value::BOOL);
            buf.push(u8::from(*flag));
        }
        Value::I64(number) => {
            write_key(buf, field::any_value::INT);
            write_varint(buf, *number as u64);
        }
        Value::F64(number) => write_fixed64(buf, field::any_value::DOUBLE, number.to_bits()),
        Value::String(text) => {
            write_bytes(buf, field::any_value::STRING, truncate(text.as_str(), length_max).as_bytes());
        }
        Value::Array(array) => {
            write_message(buf, field::any_value::ARRAY, |buf| write_array(buf, array, length_max));
        }
        // The API may grow kinds of values: show what it shows rather than lose it.
        other => {
            let text = other.as_str();
            write_bytes(buf, field::any_value::STRING, truncate(&text, length_max).as_bytes());
        }
    }
}

fn write_array(buf: &mut Vec<u8>, array: &Array, length_max: Option<usize>) {
    match array {
        Array::Bool(values) => write_items(buf, values, |item| Value::Bool(*item), length_max),
        Array::I64(values) => write_items(buf, values, |item| Value::I64(*item), length_max),
        Array::F64(values) => write_items(buf, values, |item| Value::F64(*item), length_max),
        Array::String(values) => {
            for text in values {
                write_message(buf, field::array_value::VALUES, |buf| {
                    let text = truncate(text.as_str(), length_max);
                    write_bytes(buf, field::any_value::STRING, text.as_bytes());
                });
            }
        }
        other => {
            write_items(buf, &[other], |item| Value::String(StringValue::from(item.to_string())), length_max)
        }
    }
}

fn write_items<T>(buf: &mut Vec<u8>, items: &[T], value: impl Fn(&T) -> Value, length_max: Option<usize>) {
    for item in items {
        write_message(buf, field::array_value::VALUES, |buf| write_any_value(buf, &value(item), length_max));
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
        write_attribute(buf, key, attribute.key.as_str(), &attribute.value, None);
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
