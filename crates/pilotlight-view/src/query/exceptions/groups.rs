//! Exceptions of one type and pattern of message, put together.

use super::{ExceptionExample, ExceptionGroup, ExceptionList};
use crate::query::UnixNano;
use crate::store::aggregates::Aggregates;
use crate::store::books::pattern;
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher;

/// One exception, as it was found.
pub(super) struct Found<'a> {
    pub(super) kind: &'a str,
    pub(super) message: &'a str,
    pub(super) service: &'a str,
    /// The span's name; empty where it is not known.
    pub(super) operation: &'a str,
    pub(super) example: ExceptionExample,
}

/// Groups by type and pattern.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_pattern: HashMap<(String, String), Group>,
    /// Exceptions that spans have told, as hashes of the span and the type: a log record within it tells the same one again.
    told: HashSet<u64>,
    hasher: RandomState,
    total: u64,
    /// Exceptions whose group is beyond the bound.
    beyond: u64,
}

#[derive(Debug, Default)]
struct Group {
    group: ExceptionGroup,
    services: BTreeSet<String>,
    operations: BTreeSet<String>,
}

/// Groups in a list.
const GROUPS_MAX: usize = 500;
/// Groups that are kept while exceptions are counted: the most frequent are among them unless every message is another.
const COUNTED_MAX: usize = 10_000;
/// Services, operations and examples of a group.
const TOLD_MAX: usize = 10;
/// Exceptions of spans that are remembered, so that they are not counted again.
const SPANS_MAX: usize = 100_000;

impl Groups {
    /// One that a span tells.
    pub(super) fn add_of_span(&mut self, found: Found<'_>) {
        if self.told.len() < SPANS_MAX {
            self.told.extend(self.place(&found));
        }
        self.add(found);
    }

    /// One that a log record tells.
    pub(super) fn add_of_log(&mut self, found: Found<'_>) {
        if self.place(&found).is_none_or(|place| !self.told.contains(&place)) {
            self.add(found);
        }
    }

    fn place(&self, found: &Found<'_>) -> Option<u64> {
        let ids = found.example.trace_id.as_ref().zip(found.example.span_id.as_ref());
        ids.map(|span| self.hasher.hash_one((span, found.kind)))
    }

    fn add(&mut self, found: Found<'_>) {
        self.total += 1;
        let key = (found.kind.to_owned(), pattern(found.message));
        if self.by_pattern.len() >= COUNTED_MAX && !self.by_pattern.contains_key(&key) {
            self.beyond += 1;
            return;
        }
        self.by_pattern.entry(key).or_default().add(found);
    }

    /// The most frequent first.
    pub(super) fn into_list(self, aggregates: &Aggregates) -> ExceptionList {
        let groups =
            self.by_pattern.into_iter().map(|((kind, pattern), group)| (pattern, group.finish(kind)));
        let mut groups: Vec<(String, ExceptionGroup)> = groups.collect();
        groups.sort_by(|(_, a), (_, b)| {
            (b.count, b.last, &a.kind, &a.message).cmp(&(a.count, a.last, &b.kind, &b.message))
        });
        let left_out = groups.len().saturating_sub(GROUPS_MAX) as u64 + self.beyond;
        groups.truncate(GROUPS_MAX);
        // Senders wait for this lock.
        let books = aggregates.books();
        for (pattern, group) in &mut groups {
            books.stacktraces.of(&group.kind, pattern).unwrap_or_default().clone_into(&mut group.stacktrace);
        }
        drop(books);
        let groups = groups.into_iter().map(|(_, group)| group).collect();
        ExceptionList { groups, total: self.total, left_out }
    }
}

impl Group {
    fn add(&mut self, found: Found<'_>) {
        let time = found.example.time;
        let group = &mut self.group;
        if group.count == 0 || time >= group.last {
            group.last = time;
            found.message.clone_into(&mut group.message);
        }
        group.first = if group.count == 0 { time } else { group.first.min(time) };
        group.count += 1;
        add(&mut self.services, found.service);
        add(&mut self.operations, found.operation);
        group.examples.push(found.example);
        // Sorting now and then costs less than looking for the oldest each time.
        if group.examples.len() > 4 * TOLD_MAX {
            keep_newest(&mut group.examples);
        }
    }

    fn finish(mut self, kind: String) -> ExceptionGroup {
        keep_newest(&mut self.group.examples);
        ExceptionGroup {
            kind,
            services: self.services.into_iter().collect(),
            operations: self.operations.into_iter().collect(),
            ..self.group
        }
    }
}

fn add(set: &mut BTreeSet<String>, text: &str) {
    if !text.is_empty() && set.len() < TOLD_MAX && !set.contains(text) {
        set.insert(text.to_owned());
    }
}

fn keep_newest(examples: &mut Vec<ExceptionExample>) {
    examples.sort_by_key(|example| std::cmp::Reverse::<UnixNano>(example.time));
    examples.truncate(TOLD_MAX);
}
