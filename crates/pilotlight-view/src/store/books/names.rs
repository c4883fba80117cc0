//! Whether names tell kinds of work, or each single one.

use super::pattern::pattern;
use crate::query::text::cut;
use std::collections::{HashMap, HashSet};

/// The names of a service's spans.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Of each pattern, different names that have it.
    by_pattern: HashMap<String, HashSet<String>>,
    /// Different patterns or names beyond the bounds.
    beyond: u64,
}

/// Different patterns that are looked at; a service has some hundred kinds of spans at most.
const PATTERNS_MAX: usize = 500;
/// Different names of one pattern: then it is known what they are.
pub(crate) const NAMES_MAX: usize = 20;
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
        if !self.by_pattern.contains_key(&pattern) && self.by_pattern.len() == PATTERNS_MAX {
            self.beyond += 1;
            return;
        }
        let names = self.by_pattern.entry(pattern).or_default();
        if names.len() < NAMES_MAX && !names.contains(name) {
            names.insert(name.to_owned());
        }
    }

    /// Patterns that as many names have as are looked at, each with one of the names.
    pub(crate) fn varying(&self) -> Vec<(&str, &str)> {
        let varying = self.by_pattern.iter().filter(|(_, names)| names.len() == NAMES_MAX);
        let mut varying: Vec<(&str, &str)> = varying
            .filter_map(|(pattern, names)| Some((pattern.as_str(), names.iter().min()?.as_str())))
            .collect();
        varying.sort_unstable();
        varying
    }

    /// Nearly every name is of another pattern.
    pub(crate) fn endless(&self) -> bool {
        self.beyond > PATTERNS_MAX as u64
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
}
