//! Protobuf's wire format, appended to a caller's buffer.

use super::field::Key;

/// How many bytes `value` takes as a varint.
#[inline]
pub(crate) const fn varint_len(value: u64) -> usize {
    // Seven bits a byte; `| 1` makes zero take one byte.
    (70 - (value | 1).leading_zeros() as usize) / 7
}

#[inline]
pub(crate) fn write_varint(buf: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        buf.push(value as u8 | 0x80);
        value >>= 7;
    }
    buf.push(value as u8);
}

#[inline]
pub(crate) fn write_key(buf: &mut Vec<u8>, key: Key) {
    write_varint(buf, u64::from(key));
}

/// A whole length-delimited field: key, length, bytes.
#[inline]
pub(crate) fn write_bytes(buf: &mut Vec<u8>, key: Key, bytes: &[u8]) {
    write_key(buf, key);
    write_varint(buf, bytes.len() as u64);
    buf.extend_from_slice(bytes);
}

/// As [`write_bytes`], left out when empty (proto3's default).
pub(crate) fn write_nonempty(buf: &mut Vec<u8>, key: Key, text: &str) {
    if !text.is_empty() {
        write_bytes(buf, key, text.as_bytes());
    }
}

#[inline]
pub(crate) fn write_fixed64(buf: &mut Vec<u8>, key: Key, value: u64) {
    write_key(buf, key);
    buf.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn write_fixed32(buf: &mut Vec<u8>, key: Key, value: u32) {
    write_key(buf, key);
    buf.extend_from_slice(&value.to_le_bytes());
}

/// A varint field, left out when zero (proto3's default).
#[inline]
pub(crate) fn write_nonzero(buf: &mut Vec<u8>, key: Key, value: u64) {
    if value != 0 {
        write_key(buf, key);
        write_varint(buf, value);
    }
}

/// How many bytes a length-delimited field with `len` bytes of content takes.
#[inline]
pub(crate) const fn field_len(key: Key, len: usize) -> usize {
    varint_len(key as u64) + varint_len(len as u64) + len
}

/// Writes a nested message whose length is known only when it is finished.
///
/// One byte is set aside for the length; a message of 128 bytes and more is moved up to make room. That keeps the
/// encoding canonical, and costs nothing for the short messages that spans are made of.
pub(crate) fn write_message(buf: &mut Vec<u8>, key: Key, content: impl FnOnce(&mut Vec<u8>)) {
    write_key(buf, key);
    let length_at = buf.len();
    buf.push(0);
    content(buf);
    patch_length(buf, length_at);
}

fn patch_length(buf: &mut Vec<u8>, length_at: usize) {
    let content_at = length_at + 1;
    let len = buf.len() - content_at;
    if len < 0x80 {
        buf[length_at] = len as u8;
        return;
    }
    let extra = varint_len(len as u64) - 1;
    buf.resize(buf.len() + extra, 0);
    buf.copy_within(content_at..content_at + len, content_at + extra);
    let mut rest = len;
    for byte in &mut buf[length_at..length_at + extra] {
        *byte = rest as u8 | 0x80;
        rest >>= 7;
    }
    buf[length_at + extra] = rest as u8;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_varint_is_as_long_as_foretold_and_decodes_to_itself(value: u64) {
            let mut buf = Vec::new();
            write_varint(&mut buf, value);
            prop_assert_eq!(buf.len(), varint_len(value));
            prop_assert_eq!(prost::encoding::decode_varint(&mut &buf[..]).unwrap(), value);
        }

        #[test]
        fn a_nested_message_of_any_size_gets_its_exact_length(len in 0usize..40_000) {
            let content = vec![7u8; len];
            let mut nested = Vec::new();
            write_message(&mut nested, 0x0a, |buf| buf.extend_from_slice(&content));
            let mut flat = Vec::new();
            write_bytes(&mut flat, 0x0a, &content);
            prop_assert_eq!(nested.len(), field_len(0x0a, len));
            prop_assert_eq!(nested, flat);
        }
    }
}
