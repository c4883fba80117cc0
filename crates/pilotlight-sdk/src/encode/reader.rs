//! Protobuf's wire format, read field by field from borrowed bytes.
//!
//! Stops at the first malformed field instead of failing: what it reads was written by this crate, so a bad byte can only
//! come from a processor's bug, and a view that ends early is better than a panic in an exporter.

use super::field::Key;

/// One field: its key and what it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Field<'a> {
    pub(crate) key: Key,
    pub(crate) content: Content<'a>,
    /// Where the field, with its key, stands in the message.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Content<'a> {
    /// Varint, fixed32 or fixed64.
    Number(u64),
    /// Length-delimited.
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    pub(crate) fn bytes(&self) -> &'a [u8] {
        match self.content {
            Content::Bytes(bytes) => bytes,
            Content::Number(_) => &[],
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    pub(crate) fn number(&self) -> u64 {
        match self.content {
            Content::Number(number) => number,
            Content::Bytes(_) => 0,
        }
    }
}

/// Walks the fields of one message.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { message, at: 0 }
    }

    /// As [`new`](Self::new), for messages that others wrote: `None` when any of their fields is malformed.
    #[cfg(feature = "_client")]
    pub(crate) fn checked(message: &'a [u8]) -> Option<Self> {
        let end = Self::new(message).last_of_any().map_or(0, |field| field.end);
        (end == message.len()).then(|| Self::new(message))
    }

    /// The last field with `key`: protobuf lets a later value replace an earlier one.
    pub(crate) fn last(self, key: Key) -> Option<Field<'a>> {
        Iterator::last(self.filter(|field| field.key == key))
    }

    /// The first field with `key`: enough where this crate is the only writer, and cheap when it stands in front.
    pub(crate) fn first(mut self, key: Key) -> Option<Field<'a>> {
        self.find(|field| field.key == key)
    }

    /// The last field of all: what a message with one field at a time (`AnyValue`) holds.
    pub(crate) fn last_of_any(self) -> Option<Field<'a>> {
        Iterator::last(self)
    }

    /// All fields with `key`, in order.
    pub(crate) fn all(self, key: Key) -> impl Iterator<Item = Field<'a>> + Clone {
        self.filter(move |field| field.key == key)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.message.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    #[inline]
    fn varint(&mut self) -> Option<u64> {
        // Keys and most lengths are one byte.
        match self.message.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Some(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = *self.message.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn content(&mut self, key: Key) -> Option<Content<'a>> {
        match key & 7 {
            0 => self.varint().map(Content::Number),
            1 => Some(Content::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?))),
            2 => {
                let len = usize::try_from(self.varint()?).ok()?;
                self.take(len).map(Content::Bytes)
            }
            5 => Some(Content::Number(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?)))),
            _ => None,
        }
    }

    fn field(&mut self) -> Option<Field<'a>> {
        let start = self.at;
        let key = Key::try_from(self.varint()?).ok()?;
        let content = self.content(key)?;
        Some(Field { key, content, start, end: self.at })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        let field = self.field();
        if field.is_none() {
            self.at = self.message.len();
        }
        field
    }
}

/// The numbers of a packed field of varints.
pub(crate) fn varints(packed: &[u8]) -> impl Iterator<Item = u64> + Clone {
    let mut fields = Fields::new(packed);
    std::iter::from_fn(move || fields.varint()).fuse()
}

/// The numbers of a packed field of fixed64s. Bytes at the end that are too few for one are left out.
pub(crate) fn fixed64s(packed: &[u8]) -> impl Iterator<Item = u64> + Clone {
    let (numbers, _) = packed.as_chunks::<8>();
    numbers.iter().map(|number| u64::from_le_bytes(*number))
}

/// The signed number that `encoded`, a zigzag varint, stands for. Larger ones than 32 bits are cut to them, as every
/// protobuf reader does.
pub(crate) fn zigzag(encoded: u64) -> i32 {
    let encoded = encoded as u32;
    (encoded >> 1) as i32 ^ -((encoded & 1) as i32)
}

/// Where the `items`-th length-delimited field of `message` ends, or its end when it has fewer.
///
/// Finds the place to cut a run of encoded spans.
pub(crate) fn end_of_nth(message: &[u8], items: usize) -> usize {
    match items.checked_sub(1) {
        None => 0,
        Some(last) => Fields::new(message).nth(last).map_or(message.len(), |field| field.end),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::protobuf::{write_bytes, write_fixed32, write_fixed64, write_nonzero};
    use super::*;

    #[test]
    fn fields_come_back_as_they_were_written() {
        let mut message = Vec::new();
        write_bytes(&mut message, 1 << 3 | 2, b"name");
        write_nonzero(&mut message, 2 << 3, 300);
        write_fixed64(&mut message, 3 << 3 | 1, u64::MAX);
        write_fixed32(&mut message, 16 << 3 | 5, 0x301);
        let read: Vec<_> = Fields::new(&message).collect();
        assert_eq!(read[0].text(), "name");
        assert_eq!(read[1].number(), 300);
        assert_eq!(read[2].number(), u64::MAX);
        assert_eq!((read[3].key, read[3].number()), (16 << 3 | 5, 0x301));
        assert_eq!(read[3].end, message.len());
    }

    #[test]
    fn zigzag_alternates_between_the_signs() {
        assert_eq!([0, 1, 2, 3].map(zigzag), [0, -1, 1, -2]);
        assert_eq!([u64::from(u32::MAX) - 1, u64::from(u32::MAX)].map(zigzag), [i32::MAX, i32::MIN]);
    }

    proptest! {
        #[test]
        fn hostile_bytes_end_the_walk_without_a_panic(bytes: Vec<u8>) {
            for field in Fields::new(&bytes) {
                prop_assert!(field.end <= bytes.len() && field.start < field.end);
            }
        }
    }
}
