//! Attributes as bytes: the same attributes are the same bytes, in whatever order they came.
//!
//! It is OTLP's own encoding of each attribute, one after the other, sorted by key. So it is compact, it can be read again, and two
//! sets of attributes are compared and hashed without looking into them.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use prost::Message;

/// Appends them. Of attributes with one key the first counts: the others would make two series of one.
pub(crate) fn write(attributes: &[KeyValue], out: &mut Vec<u8>) {
    if attributes.windows(2).all(|pair| pair[0].key < pair[1].key) {
        attributes.iter().for_each(|attribute| append(attribute, out));
        return;
    }
    let mut sorted: Vec<&KeyValue> = attributes.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    sorted.dedup_by(|later, first| later.key == first.key);
    sorted.into_iter().for_each(|attribute| append(attribute, out));
}

/// The same as bytes of their own.
pub(crate) fn bytes(attributes: &[KeyValue]) -> Box<[u8]> {
    let mut out = Vec::new();
    write(attributes, &mut out);
    out.into()
}

/// What [`write`] wrote. Costs an allocation for each key and value.
pub(crate) fn read(mut bytes: &[u8]) -> Vec<KeyValue> {
    let mut attributes = Vec::new();
    while !bytes.is_empty() {
        match KeyValue::decode_length_delimited(&mut bytes) {
            Ok(attribute) => attributes.push(attribute),
            // Cannot be: only `write` writes them. If it were, the rest would be of no use.
            Err(_) => break,
        }
    }
    attributes
}

/// The keys alone, without an allocation: what goes over every series has no time to read values.
pub(crate) fn keys(mut bytes: &[u8]) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let length = prost::decode_length_delimiter(&mut bytes).ok()?;
        let (attribute, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        key(attribute)
    })
}

/// An encoded attribute's key, which is its first field; without it, the key is empty.
fn key(mut attribute: &[u8]) -> Option<&str> {
    const KEY: u8 = 1 << 3 | 2;
    if attribute.first() != Some(&KEY) {
        return Some("");
    }
    attribute = &attribute[1..];
    let length = prost::decode_length_delimiter(&mut attribute).ok()?;
    std::str::from_utf8(attribute.get(..length)?).ok()
}

fn append(attribute: &KeyValue, out: &mut Vec<u8>) {
    out.reserve(attribute.encoded_len() + 4);
    // A vector grows; only a buffer of a fixed size could be too small.
    let _ = attribute.encode_length_delimited(out);
}

#[cfg(test)]
mod tests {
    use super::super::testing::attributes;
    use super::*;

    #[test]
    fn the_order_of_attributes_does_not_matter_and_they_can_be_read_again() {
        let one = bytes(&attributes(&[("b", "2"), ("a", "1")]));
        let other = bytes(&attributes(&[("a", "1"), ("b", "2")]));
        assert_eq!(one, other);
        assert_eq!(read(&one), attributes(&[("a", "1"), ("b", "2")]));
    }

    #[test]
    fn keys_are_read_without_the_values() {
        let long = "v".repeat(300);
        let bytes = bytes(&attributes(&[("", "x"), ("a", &long), ("b", "")]));
        assert_eq!(keys(&bytes).collect::<Vec<_>>(), ["", "a", "b"]);
    }

    #[test]
    fn of_two_attributes_with_one_key_the_first_counts() {
        let twice = bytes(&attributes(&[("a", "1"), ("a", "2")]));
        assert_eq!(read(&twice), attributes(&[("a", "1")]));
    }
}
