//! Attributes of rows, all in one list: a row's are a range of it.

use super::symbols::Symbol;

/// How many attributes of one span or record are searched and completed; the others are in its detail, and counted.
/// No sender that means well comes near it, and 100,000 keys on a span must not make the window another one.
pub(crate) const ATTRIBUTES_MAX: usize = 256;

/// Pairs of key and text of value, by row.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    pairs: Vec<(Symbol, Symbol)>,
    /// Where each row's pairs end; they begin where those of the row before end.
    ends: Vec<u32>,
}

impl Attributes {
    /// A row's attributes.
    pub(crate) fn of(&self, row: u32) -> &[(Symbol, Symbol)] {
        let at = row as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.pairs.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Those of all rows, one row behind the other.
    pub(crate) fn all(&self) -> &[(Symbol, Symbol)] {
        &self.pairs
    }

    /// Adds a pair to the row that is being added.
    pub(super) fn push(&mut self, key: Symbol, value: Symbol) {
        self.pairs.push((key, value));
    }

    /// The row that was being added has all of its pairs.
    pub(super) fn end_row(&mut self) {
        self.ends.push(u32::try_from(self.pairs.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn shrink(&mut self) {
        self.pairs.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        self.pairs.capacity() * size_of::<(Symbol, Symbol)>() + self.ends.capacity() * size_of::<u32>()
    }
}
