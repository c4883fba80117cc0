//! Whether names tell kinds of work, or each single one.

use super::pattern::pattern;
use crate::query::text::cut;
use crate::store::metrics::distinct::Distinct;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// The names of a service's spans.
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_pattern: HashMap<String, Alike>,
    /// Different patterns beyond [`PATTERNS_MAX`].
    beyond: Option<Distinct>,
    hasher: RandomState,
}

/// Names of one pattern.
#[derive(Debug)]
struct Alike {
    /// The first one.
    example: String,
    /// Hashes of different ones, at most [`NAMES_MAX`].
    names: Vec<u64>,
}

/// Different patterns that are looked at. Only names with digits are, of which a service has few.
const PATTERNS_MAX: usize = 100;
/// Different names of one pattern: then it is known what they are.
pub(crate) const NAMES_MAX: usize = 20;
/// Different patterns that no program has by intention.
const ENDLESS: u64 = 1_000;
/// Of a name, in bytes.
const NAME_BYTES: usize = 200;

impl Names {
    /// Notes a name that has a digit; others cannot be one of many.
    pub(super) fn note(&mut self, name: &str) {
        if !name.bytes().any(|byte| byte.is_ascii_digit()) {
            return;
        }
        let name = cut(name, NAME_BYTES);
        let pattern = pattern(name);
        if self.by_pattern.len() == PATTERNS_MAX && !self.by_pattern.contains_key(&pattern) {
            let hash = self.hasher.hash_one(pattern);
            self.beyond.get_or_insert_default().add(hash);
            return;
        }
        let alike = || Alike { example: name.to_owned(), names: Vec::new() };
        let alike = self.by_pattern.entry(pattern).or_insert_with(alike);
        let hash = self.hasher.hash_one(name);
        if alike.names.len() < NAMES_MAX && !alike.names.contains(&hash) {
            alike.names.push(hash);
        }
    }

    /// Patterns that as many names have as are looked at, each with one of the names.
    pub(crate) fn varying(&self) -> Vec<(&str, &str)> {
        let varying = self.by_pattern.iter().filter(|(_, alike)| alike.names.len() == NAMES_MAX);
        let mut varying: Vec<(&str, &str)> =
            varying.map(|(pattern, alike)| (pattern.as_str(), alike.example.as_str())).collect();
        varying.sort_unstable();
        varying
    }

    /// Nearly every name is of another pattern.
    pub(crate) fn endless(&self) -> bool {
        self.beyond.as_ref().is_some_and(|beyond| beyond.count() > ENDLESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_an_id_in_each_are_noticed_and_names_of_work_are_not() {
        let mut names = Names::default();
        for i in 0..100 {
            names.note(&format!("GET /orders/{i}"));
            names.note("POST /v1/pay");
            names.note("query 2");
        }
        assert_eq!(names.varying(), [("GET /orders/#", "GET /orders/0")]);
        assert!(!names.endless());
    }

    #[test]
    fn names_that_have_nothing_in_common_are_noticed_without_being_kept() {
        let letters =
            |i: u32| (0..12).map(|bit| if i >> bit & 1 == 1 { 'x' } else { 'y' }).collect::<String>();
        let mut names = Names::default();
        (0..4_000).for_each(|i| names.note(&format!("{} 1", letters(i))));
        assert!(names.endless());
        assert_eq!((names.by_pattern.len(), names.varying()), (PATTERNS_MAX, vec![]));
    }
}
