//! What points and exemplars are asked for, of any OTLP message.

use std::time::SystemTime;

use crate::encode::field::Key;
use crate::encode::reader::Fields;
use crate::record::view::{ValueView, attributes, time};

use super::number_point::Number;

/// A message, and the questions that the views answer with one field each.
#[derive(Clone, Copy)]
pub(super) struct Message<'a>(pub(super) &'a [u8]);

impl<'a> Message<'a> {
    pub(super) fn number(self, key: Key) -> u64 {
        Fields::new(self.0).last(key).map_or(0, |field| field.number())
    }

    /// `None` when the field is absent: an optional 0.0 is a value.
    pub(super) fn float(self, key: Key) -> Option<f64> {
        Fields::new(self.0).last(key).map(|field| f64::from_bits(field.number()))
    }

    pub(super) fn bytes(self, key: Key) -> &'a [u8] {
        Fields::new(self.0).last(key).map_or(&[], |field| field.bytes())
    }

    pub(super) fn text(self, key: Key) -> &'a str {
        Fields::new(self.0).last(key).map_or("", |field| field.text())
    }

    pub(super) fn time(self, key: Key) -> SystemTime {
        time(self.number(key))
    }

    /// OTLP writes an unknown time as 0.
    pub(super) fn known_time(self, key: Key) -> Option<SystemTime> {
        Some(self.number(key)).filter(|nanos| *nanos != 0).map(time)
    }

    /// A value that is in one of two fields; the later one counts.
    pub(super) fn either_number(self, int: Key, float: Key) -> Number {
        let field = Fields::new(self.0).filter(|field| field.key == int || field.key == float).last();
        match field {
            Some(field) if field.key == float => Number::Float(f64::from_bits(field.number())),
            Some(field) => Number::Int(field.number() as i64),
            None => Number::Int(0),
        }
    }

    /// The content of every field with `key`: a packed list may come in several parts.
    pub(super) fn all_bytes(self, key: Key) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        Fields::new(self.0).all(key).map(|field| field.bytes())
    }

    pub(super) fn attributes(
        self,
        key: Key,
    ) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        attributes(self.0, key)
    }

    pub(super) fn attribute(self, key: Key, name: &str) -> Option<ValueView<'a>> {
        self.attributes(key).find_map(|(key, value)| (key == name).then_some(value))
    }
}
