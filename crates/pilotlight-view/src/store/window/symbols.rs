//! Each distinct string of a segment once: rows hold its number.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// The number of a string within its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(pub(crate) u32);

impl Symbol {
    /// Where it stands in a list that has an entry for each symbol.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The empty string's number, in every segment.
pub(crate) const EMPTY: Symbol = Symbol(0);

/// The strings of a segment, one behind the other in one buffer, so that a search for a part of one is a walk through memory.
#[derive(Debug)]
pub(crate) struct Symbols {
    text: String,
    /// Where each string ends; it begins where the one before ends.
    ends: Vec<u32>,
    /// Finds a string's number. The hash is keyed: nobody outside can make strings collide.
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Symbols {
    pub(crate) fn new() -> Self {
        let mut symbols = Self {
            text: String::new(),
            ends: Vec::new(),
            numbers: HashTable::new(),
            hasher: RandomState::default(),
        };
        symbols.insert("");
        symbols
    }

    /// The string's number; it gets one if it has none.
    ///
    /// A segment is sealed long before its text reaches 4 GiB, and a request is at most some hundred MiB: numbers and ends fit.
    pub(crate) fn insert(&mut self, text: &str) -> Symbol {
        let Self { text: all, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(text);
        let entry = numbers.entry(
            hash,
            |number| slice(all, ends, *number) == text,
            |number| hasher.hash_one(slice(all, ends, *number)),
        );
        match entry {
            Entry::Occupied(known) => Symbol(*known.get()),
            Entry::Vacant(new) => {
                let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
                new.insert(number);
                all.push_str(text);
                ends.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
                Symbol(number)
            }
        }
    }

    /// The string's number, if any row has it.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        let hash = self.hasher.hash_one(text);
        self.numbers
            .find(hash, |number| slice(&self.text, &self.ends, *number) == text)
            .map(|number| Symbol(*number))
    }

    /// The string of a number.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        slice(&self.text, &self.ends, symbol.0)
    }

    /// How many distinct strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All strings, one behind the other.
    pub(crate) fn all(&self) -> &str {
        &self.text
    }

    /// The string that a byte of [`all`](Self::all) belongs to, with where it begins and ends there.
    pub(crate) fn at(&self, byte: usize) -> (Symbol, std::ops::Range<usize>) {
        let number = self.ends.partition_point(|end| *end as usize <= byte);
        let symbol = Symbol(u32::try_from(number).unwrap_or(u32::MAX));
        (symbol, range(&self.ends, symbol.0))
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>() + self.numbers.allocation_size()
    }

    /// Gives back what was reserved for growth.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        let Self { text, ends, numbers, hasher } = self;
        numbers.shrink_to_fit(|number| hasher.hash_one(slice(text, ends, *number)));
    }
}

fn range(ends: &[u32], number: u32) -> std::ops::Range<usize> {
    let at = number as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(at).copied().unwrap_or(start);
    start as usize..end as usize
}

fn slice<'a>(text: &'a str, ends: &[u32], number: u32) -> &'a str {
    text.get(range(ends, number)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_has_one_number_and_the_number_has_the_string() {
        let mut symbols = Symbols::new();
        let route = symbols.insert("http.route");
        let other = symbols.insert("/orders");
        assert_eq!(symbols.insert("http.route"), route);
        assert_eq!(symbols.find("/orders"), Some(other));
        assert_eq!(symbols.find("/order"), None);
        assert_eq!(
            (symbols.text(route), symbols.text(other), symbols.text(EMPTY)),
            ("http.route", "/orders", "")
        );
    }

    #[test]
    fn a_byte_of_the_buffer_belongs_to_the_string_that_holds_it() {
        let mut symbols = Symbols::new();
        let first = symbols.insert("ab");
        let second = symbols.insert("c");
        assert_eq!(symbols.all(), "abc");
        assert_eq!([symbols.at(0).0, symbols.at(1).0, symbols.at(2).0], [first, first, second]);
    }

    #[test]
    fn shrinking_forgets_nothing() {
        let mut symbols = Symbols::new();
        let numbers: Vec<Symbol> = (0..1000).map(|n| symbols.insert(&n.to_string())).collect();
        let before = symbols.bytes();
        symbols.shrink();
        assert!(symbols.bytes() <= before);
        assert!(numbers.iter().enumerate().all(|(n, number)| symbols.find(&n.to_string()) == Some(*number)));
    }
}
