//! Attributes with distinct keys, written as bytes and overwritten in place.

use opentelemetry::KeyValue;

use crate::encode::attribute::{AnyValueRef, write_attribute};
use crate::encode::field::{self, Key};
use crate::encode::protobuf::write_bytes;
use crate::encode::reader::Fields;

/// The most bytes one span or log record may grow to: what OTLP receivers commonly accept as a whole request. Attributes, events and links
/// beyond it are dropped and counted like those beyond their count.
pub(crate) const RECORD_BYTES_MAX: usize = 4 << 20;

/// How many attributes, and how long their strings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeLimits {
    pub(crate) count: usize,
    pub(crate) length: Option<usize>,
}

/// Where the attributes of one span, event, link or log record stand in its buffer.
///
/// Finding a key again compares 32-bit fingerprints, then bytes: for the handful of attributes there are, that beats
/// hashing into a table, and it needs no memory of its own for the keys.
#[derive(Debug, Default)]
pub(crate) struct AttributeIndex {
    entries: Vec<Entry>,
}

/// `start..end` holds the whole field. No record exceeds [`RECORD_BYTES_MAX`], so 32 bits are enough.
#[derive(Clone, Copy, Debug)]
struct Entry {
    fingerprint: u32,
    start: u32,
    end: u32,
}

/// Attributes that many records begin with, encoded once.
#[derive(Debug, Default)]
pub(crate) struct SharedAttributes {
    bytes: Vec<u8>,
    index: AttributeIndex,
    /// How many the limits refused.
    refused: u32,
}

impl SharedAttributes {
    /// For messages that keep attributes in field `field`.
    pub(crate) fn new<'a>(
        field: Key,
        attributes: impl IntoIterator<Item = (&'a str, AnyValueRef<'a>)>,
        limits: AttributeLimits,
    ) -> Self {
        let mut shared = Self::default();
        for (key, value) in attributes {
            if !shared.index.set_value(&mut shared.bytes, field, key, value, limits) {
                shared.refused += 1;
            }
        }
        shared
    }
}

impl Entry {
    fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

impl AttributeIndex {
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Sets an attribute: overwrites the value of a known key, appends an unknown one. Answers whether it was kept.
    #[inline]
    pub(crate) fn set(
        &mut self,
        buf: &mut Vec<u8>,
        field: Key,
        attribute: &KeyValue,
        limits: AttributeLimits,
    ) -> bool {
        self.set_value(buf, field, attribute.key.as_str(), (&attribute.value).into(), limits)
    }

    /// As [`set`](Self::set), of what is borrowed.
    #[inline]
    pub(crate) fn set_value(
        &mut self,
        buf: &mut Vec<u8>,
        field: Key,
        key: &str,
        value: AnyValueRef<'_>,
        limits: AttributeLimits,
    ) -> bool {
        if key.is_empty() {
            return false;
        }
        let fingerprint = fingerprint(key.as_bytes());
        let known = self.find(buf, fingerprint, key);
        if known.is_none() && self.entries.len() >= limits.count {
            return false;
        }
        let start = buf.len();
        write_attribute(buf, field, key, value, limits.length);
        // What it replaces makes room: a large value can always be overwritten by a smaller one, by a redaction above all.
        let freed = known.map_or(0, |known| self.entries[known].len());
        let grows = buf.len() - start > freed;
        if grows && buf.len() - freed > RECORD_BYTES_MAX {
            buf.truncate(start);
            return false;
        }
        match known {
            None => self.entries.push(Entry { fingerprint, start: start as u32, end: buf.len() as u32 }),
            Some(known) => self.replace(buf, known, start),
        }
        true
    }

    /// Appends an attribute whose message is encoded already, unless its key is known. Answers whether the key is there now.
    pub(crate) fn add_encoded(
        &mut self,
        buf: &mut Vec<u8>,
        field: Key,
        key: &str,
        message: &[u8],
        count_max: usize,
    ) -> bool {
        let fingerprint = fingerprint(key.as_bytes());
        if self.find(buf, fingerprint, key).is_some() {
            return true;
        }
        let start = buf.len();
        if self.entries.len() >= count_max || start + message.len() > RECORD_BYTES_MAX {
            return false;
        }
        write_bytes(buf, field, message);
        self.entries.push(Entry { fingerprint, start: start as u32, end: buf.len() as u32 });
        true
    }

    /// Appends attributes that many records share, in their order as far as the limits allow; answers how many these refused. The
    /// keys must not be known yet: that is what makes this a copy.
    #[inline]
    pub(crate) fn add_shared(
        &mut self,
        buf: &mut Vec<u8>,
        shared: &SharedAttributes,
        count_max: usize,
    ) -> u32 {
        let (at, entries) = (buf.len(), &shared.index.entries);
        let room = count_max.saturating_sub(self.entries.len());
        let kept = match entries.len() <= room && at + shared.bytes.len() <= RECORD_BYTES_MAX {
            true => entries.len(),
            false => {
                entries.iter().take(room).take_while(|e| at + e.end as usize <= RECORD_BYTES_MAX).count()
            }
        };
        let Some(last) = entries[..kept].last() else { return shared.refused + entries.len() as u32 };
        buf.extend_from_slice(&shared.bytes[..last.end as usize]);
        self.entries.extend(entries[..kept].iter().map(|entry| Entry {
            fingerprint: entry.fingerprint,
            start: entry.start + at as u32,
            end: entry.end + at as u32,
        }));
        shared.refused + (entries.len() - kept) as u32
    }

    /// Removes an attribute. Answers whether there was one.
    pub(crate) fn remove(&mut self, buf: &mut Vec<u8>, key: &str) -> bool {
        let Some(known) = self.find(buf, fingerprint(key.as_bytes()), key) else { return false };
        let Entry { start, end, .. } = self.entries.remove(known);
        buf.drain(start as usize..end as usize);
        self.shift(start, i64::from(start) - i64::from(end));
        true
    }

    /// Tells the index that the buffer grew by `by` bytes (shrank, if negative) at `at`.
    pub(crate) fn shift(&mut self, at: u32, by: i64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.start >= at) {
            entry.start = (i64::from(entry.start) + by) as u32;
            entry.end = (i64::from(entry.end) + by) as u32;
        }
    }

    #[inline]
    fn find(&self, buf: &[u8], fingerprint: u32, key: &str) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| entry.fingerprint == fingerprint && key_of(buf, *entry) == key.as_bytes())
    }

    /// Moves the attribute at the end of the buffer, from `start`, to where attribute `known` stands.
    #[cold]
    fn replace(&mut self, buf: &mut Vec<u8>, known: usize, start: usize) {
        let old = self.entries[known];
        let (at, old_len, new_len) = (old.start as usize, old.len(), buf.len() - start);
        buf[at..].rotate_right(new_len);
        buf.drain(at + new_len..at + new_len + old_len);
        self.shift(old.end, new_len as i64 - old_len as i64);
        self.entries[known].end = (at + new_len) as u32;
    }
}

fn key_of(buf: &[u8], entry: Entry) -> &[u8] {
    let field = Fields::new(&buf[entry.start as usize..entry.end as usize]).next();
    let attribute = Fields::new(field.map_or(&[], |field| field.bytes()));
    attribute.first(field::key_value::KEY).map_or(&[], |key| key.bytes())
}

/// Mixes a key's length with its first and last bytes: enough to tell the keys of one record apart nearly always.
fn fingerprint(key: &[u8]) -> u32 {
    /// The golden ratio's fraction, the usual multiplier for spreading bits.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (head, tail) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
            (Some(head), Some(tail)) => (u32::from_le_bytes(*head).into(), u32::from_le_bytes(*tail).into()),
            _ => (key.first().copied().unwrap_or(0).into(), key.last().copied().unwrap_or(0).into()),
        },
    };
    let mixed = (head ^ tail.rotate_left(29) ^ key.len() as u64).wrapping_mul(SPREAD);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use opentelemetry::Value;
    use proptest::prelude::*;

    use super::super::view::{ValueView, attributes};
    use super::*;

    const NO_LIMITS: AttributeLimits = AttributeLimits { count: usize::MAX, length: None };

    fn read(buf: &[u8]) -> Vec<(&str, ValueView<'_>)> {
        attributes(buf, field::span::ATTRIBUTES).collect()
    }

    #[test]
    fn a_key_set_again_keeps_its_place_and_takes_the_new_value() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        for attribute in [
            KeyValue::new("first", 1),
            KeyValue::new("second", "a long enough value to be replaced by a short one"),
            KeyValue::new("third", true),
            KeyValue::new("second", "short"),
            KeyValue::new("first", "longer than before"),
            KeyValue::new("third", 3),
        ] {
            assert!(index.set(&mut buf, field::span::ATTRIBUTES, &attribute, NO_LIMITS));
        }
        assert_eq!(
            read(&buf),
            [
                ("first", ValueView::Str("longer than before")),
                ("second", ValueView::Str("short")),
                ("third", ValueView::I64(3))
            ]
        );
    }

    #[test]
    fn at_the_limit_new_keys_are_refused_and_known_ones_still_overwritten() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        let limits = AttributeLimits { count: 1, length: Some(3) };
        assert!(index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("known", 1), limits));
        assert!(!index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("new", 2), limits));
        assert!(index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("known", "größe"), limits));
        assert_eq!(read(&buf), [("known", ValueView::Str("grö"))]);
    }

    #[test]
    fn an_attribute_that_would_exceed_the_records_size_is_refused_whole() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        let huge = KeyValue::new("huge", "x".repeat(RECORD_BYTES_MAX));
        assert!(!index.set(&mut buf, field::span::ATTRIBUTES, &huge, NO_LIMITS));
        assert!(buf.is_empty());
    }

    #[test]
    fn in_a_full_record_a_value_can_still_be_overwritten_by_a_smaller_one() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        let secret = "x".repeat(RECORD_BYTES_MAX - 24);
        assert!(index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("secret", secret), NO_LIMITS));
        assert!(!index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("more", "more"), NO_LIMITS));
        let redacted = KeyValue::new("secret", "REDACTED");
        assert!(index.set(&mut buf, field::span::ATTRIBUTES, &redacted, NO_LIMITS));
        assert_eq!(read(&buf), [("secret", ValueView::Str("REDACTED"))]);
    }

    fn limited(count: usize) -> AttributeLimits {
        AttributeLimits { count, length: None }
    }

    fn shared(count: usize) -> SharedAttributes {
        let attributes = [("s1", 1), ("s2", 2), ("s3", 3), ("s2", 4)];
        let attributes = attributes.map(|(key, value)| (key, AnyValueRef::I64(value)));
        SharedAttributes::new(field::span::ATTRIBUTES, attributes, limited(count))
    }

    #[test]
    fn shared_attributes_are_set_as_if_one_by_one() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("own", 0), NO_LIMITS);
        assert_eq!(index.add_shared(&mut buf, &shared(8), usize::MAX), 0);
        index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("s2", "overwritten"), NO_LIMITS);
        assert!(index.remove(&mut buf, "s1"));
        index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("last", 9), NO_LIMITS);
        assert_eq!(
            read(&buf),
            [
                ("own", ValueView::I64(0)),
                ("s2", ValueView::Str("overwritten")),
                ("s3", ValueView::I64(3)),
                ("last", ValueView::I64(9))
            ]
        );
    }

    #[test]
    fn of_shared_attributes_as_many_are_kept_as_the_limit_allows() {
        for (count_max, kept) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (5, 3)] {
            let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
            index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("own", 0), limited(count_max));
            let before = read(&buf).len();
            assert_eq!(index.add_shared(&mut buf, &shared(8), count_max), 3 - kept, "{count_max}");
            assert_eq!(read(&buf).len(), before + kept as usize, "{count_max}");
        }
    }

    #[test]
    fn shared_attributes_that_their_own_limit_refused_are_counted_wherever_they_are_added() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        assert_eq!(index.add_shared(&mut buf, &shared(1), usize::MAX), 3);
        assert_eq!(read(&buf), [("s1", ValueView::I64(1))]);
        assert_eq!(AttributeIndex::default().add_shared(&mut Vec::new(), &shared(0), 8), 4);
    }

    #[test]
    fn shared_attributes_never_exceed_the_records_size() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        let filler = KeyValue::new("filler", "x".repeat(RECORD_BYTES_MAX - 40));
        assert!(index.set(&mut buf, field::span::ATTRIBUTES, &filler, NO_LIMITS));
        assert_eq!(index.add_shared(&mut buf, &shared(8), usize::MAX), 2);
        assert!(buf.len() <= RECORD_BYTES_MAX);
        assert_eq!(read(&buf).last(), Some(&("s1", ValueView::I64(1))));
    }

    /// The message of an attribute, without the key and length of its field.
    fn message(key: &str, value: i64) -> Vec<u8> {
        let mut field = Vec::new();
        write_attribute(&mut field, field::span::ATTRIBUTES, key, AnyValueRef::I64(value), None);
        Fields::new(&field).next().unwrap().bytes().to_vec()
    }

    #[test]
    fn an_encoded_attribute_is_taken_over_unless_its_key_is_there() {
        let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
        let mut add = |key, value, count_max| {
            index.add_encoded(&mut buf, field::span::ATTRIBUTES, key, &message(key, value), count_max)
        };
        assert!(add("known", 1, 2) && add("known", 2, 2) && add("other", 3, 2));
        assert!(!add("third", 4, 2), "the limit is two");
        assert!(add("known", 5, 2), "known ones are there whatever the limit");
        index.set(&mut buf, field::span::ATTRIBUTES, &KeyValue::new("known", "set"), NO_LIMITS);
        assert_eq!(read(&buf), [("known", ValueView::Str("set")), ("other", ValueView::I64(3))]);
    }

    #[test]
    fn an_encoded_attribute_that_would_exceed_the_records_size_is_refused() {
        let (mut buf, mut index) = (vec![0; RECORD_BYTES_MAX], AttributeIndex::default());
        assert!(!index.add_encoded(&mut buf, field::span::ATTRIBUTES, "key", &message("key", 1), 8));
        assert_eq!(buf.len(), RECORD_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn any_sequence_of_sets_and_removals_ends_as_in_a_map(
            steps in prop::collection::vec(("[a-c]{1,9}", prop::option::of("[x-z]{0,200}")), 0..60)
        ) {
            let (mut buf, mut index) = (Vec::new(), AttributeIndex::default());
            let mut model: BTreeMap<String, String> = BTreeMap::new();
            for (key, value) in steps {
                match value {
                    Some(value) => {
                        let attribute = KeyValue::new(key.clone(), Value::from(value.clone()));
                        prop_assert!(index.set(&mut buf, field::span::ATTRIBUTES, &attribute, NO_LIMITS));
                        model.insert(key, value);
                    }
                    None => prop_assert_eq!(index.remove(&mut buf, &key), model.remove(&key).is_some()),
                }
            }
            let read: BTreeMap<String, String> = read(&buf).into_iter()
                .map(|(key, value)| (key.to_owned(), value.as_str().unwrap().to_owned()))
                .collect();
            prop_assert_eq!(read, model);
        }
    }
}
