//! The attributes of a measurement.

use opentelemetry::{KeyValue, Value};

/// A list on the stack: recording allocates nothing.
pub(crate) struct Attributes<const MAX: usize> {
    len: usize,
    all: [KeyValue; MAX],
}

impl<const MAX: usize> Attributes<MAX> {
    pub(crate) fn new() -> Self {
        Self { len: 0, all: std::array::from_fn(|_| KeyValue::new("", false)) }
    }

    pub(crate) fn push(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(free) = self.all.get_mut(self.len) {
            *free = KeyValue::new(key, value);
            self.len += 1;
        }
    }

    pub(crate) fn as_slice(&self) -> &[KeyValue] {
        &self.all[..self.len]
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}
