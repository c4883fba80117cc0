//! How often each text was seen, over all segments.

use crate::query::{Completion, CompletionItem};
use crate::store::window::symbols::{Symbol, Symbols};
use std::cmp::Reverse;
use std::collections::HashMap;

/// How many texts are answered.
const SHOWN: usize = 50;
/// How many texts of one segment are counted, the most frequent ones. Those that are rare in every segment are not among the most
/// frequent of all, and a million different order numbers are not copied to find fifty.
const COUNTED: usize = 1000;

pub(super) struct Tally {
    /// What is typed already, in small letters.
    part: String,
    counts: HashMap<String, u64>,
    left_out: bool,
}

impl Tally {
    pub(super) fn new(part: &str) -> Self {
        Self { part: part.to_lowercase(), counts: HashMap::new(), left_out: false }
    }

    pub(super) fn add(&mut self, text: &str, count: u64) {
        if count > 0 && self.is_meant(text) {
            *self.counts.entry(text.to_owned()).or_default() += count;
        }
    }

    /// Adds a segment's texts, with how often each symbol was seen.
    pub(super) fn add_symbols(&mut self, symbols: &Symbols, counts: &[u64]) {
        let all = (0..).map(Symbol).zip(counts.iter().copied());
        let is_meant = |(symbol, count): &(Symbol, u64)| *count > 0 && self.is_meant(symbols.text(*symbol));
        let mut meant: Vec<(Symbol, u64)> = all.filter(is_meant).collect();
        if meant.len() > COUNTED {
            meant.select_nth_unstable_by_key(COUNTED, |(_, count)| Reverse(*count));
            meant.truncate(COUNTED);
            self.left_out = true;
        }
        for (symbol, count) in meant {
            *self.counts.entry(symbols.text(symbol).to_owned()).or_default() += count;
        }
    }

    fn is_meant(&self, text: &str) -> bool {
        if self.part.is_empty() {
            return true;
        }
        let (text, part) = (text.as_bytes(), self.part.as_bytes());
        if self.part.is_ascii() {
            return text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
        }
        String::from_utf8_lossy(text).to_lowercase().contains(&self.part)
    }

    pub(super) fn completion(self) -> Completion {
        let item = |(text, count)| CompletionItem { text, count };
        let mut items: Vec<CompletionItem> = self.counts.into_iter().map(item).collect();
        let more = self.left_out || items.len() > SHOWN;
        let by_count = |item: &CompletionItem| Reverse(item.count);
        items.sort_unstable_by(|a, b| by_count(a).cmp(&by_count(b)).then_with(|| a.text.cmp(&b.text)));
        items.truncate(SHOWN);
        Completion { items, more }
    }
}
