//! What a test says about strings: each is asked at most once.

use super::meaning::{Needle, ValueTest};
use crate::store::window::symbols::{Symbol, Symbols};

/// A test's answers about strings, each asked at most once.
pub(super) enum Answers<'a> {
    All,
    Only(Option<Symbol>),
    Asked { test: &'a ValueTest, symbols: &'a Symbols, known: Vec<Option<bool>> },
}

impl<'a> Answers<'a> {
    pub(super) fn new(test: &'a ValueTest, symbols: &'a Symbols) -> Self {
        match test {
            ValueTest::Any => Self::All,
            ValueTest::Is(text) => Self::Only(symbols.find(text)),
            test => Self::Asked { test, symbols, known: vec![None; symbols.len()] },
        }
    }

    pub(super) fn holds(&mut self, symbol: Symbol) -> bool {
        match self {
            Self::All => true,
            Self::Only(one) => *one == Some(symbol),
            Self::Asked { test, symbols, known } => match known.get_mut(symbol.index()) {
                Some(answer) => *answer.get_or_insert_with(|| test.holds(symbols.text(symbol))),
                None => false,
            },
        }
    }
}

/// The strings that contain a text.
pub(super) struct Found {
    bits: Vec<u64>,
}

impl Found {
    pub(super) fn new(needle: &Needle, symbols: &Symbols) -> Self {
        let mut found = Self { bits: Vec::new() };
        if needle.is_ascii() {
            found.walk(needle, symbols);
        } else {
            let all = (0..u32::try_from(symbols.len()).unwrap_or(u32::MAX)).map(Symbol);
            all.filter(|symbol| needle.is_in(symbols.text(*symbol))).for_each(|symbol| found.add(symbol));
        }
        found
    }

    /// One walk through all strings, which lie one behind the other; what is found across two of them is not found.
    fn walk(&mut self, needle: &Needle, symbols: &Symbols) {
        let mut passed = 0;
        for place in needle.places(symbols.all()) {
            if place < passed {
                continue;
            }
            let (symbol, range) = symbols.at(place);
            if place + needle.text.len() <= range.end {
                self.add(symbol);
                passed = range.end;
            }
        }
    }

    fn add(&mut self, symbol: Symbol) {
        let word = symbol.index() / 64;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= 1 << (symbol.index() % 64);
        }
    }

    pub(super) fn has(&self, symbol: Symbol) -> bool {
        self.bits.get(symbol.index() / 64).is_some_and(|bits| bits & (1 << (symbol.index() % 64)) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }
}
