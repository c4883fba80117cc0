//! The values that a key was seen with.

use super::tally::Tally;
use crate::query::{Completion, SpanKind, SpanStatus};
use crate::receive::Signal;
use crate::store::window::SegmentRef;
use crate::store::window::entities::{Entities, Entity};
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;

pub(super) fn values(segments: &[SegmentRef], signal: Signal, key: &str, part: &str) -> Completion {
    let mut tally = Tally::new(part);
    for segment in segments {
        let segment = segment.read();
        match Counting::of(&segment, signal).count(key) {
            Counted::Symbols(counts) => tally.add_symbols(&segment.symbols, &counts),
            Counted::Words(words) => words.into_iter().for_each(|(word, count)| tally.add(word, count)),
        }
    }
    tally.completion()
}

/// How often values are there: values of rows by their symbol, or the filter's own words.
enum Counted {
    Symbols(Vec<u64>),
    Words(Vec<(&'static str, u64)>),
}

struct Counting<'a> {
    segment: &'a Segment,
    signal: Signal,
    counts: Vec<u64>,
}

impl<'a> Counting<'a> {
    fn of(segment: &'a Segment, signal: Signal) -> Self {
        Self { segment, signal, counts: vec![0; segment.symbols.len()] }
    }

    fn count(mut self, key: &str) -> Counted {
        let segment = self.segment;
        let is_logs = self.signal == Signal::Logs;
        match key {
            "span.kind" => return Counted::Words(kinds(&segment.spans.kind)),
            "span.status" => return Counted::Words(statuses(&segment.spans.status)),
            "log.severity" => return Counted::Words(severities(&segment.logs.severity)),
            // Durations and ids are not worth completing: hardly one is there twice.
            "span.duration" | "span.id" | "trace.id" => {}
            "span.name" => self.column(&segment.spans.name),
            "log.body" if is_logs => self.column(&segment.logs.body),
            "service" => self.names(&segment.resources, self.resources()),
            "scope.name" => self.names(&segment.scopes, self.scopes()),
            key => match key.strip_prefix("resource.") {
                Some(key) => self.of_entities(&segment.resources, self.resources(), key),
                None => self.attribute(key),
            },
        }
        Counted::Symbols(self.counts)
    }

    fn resources(&self) -> &'a [u32] {
        match self.signal {
            Signal::Logs => &self.segment.logs.resource,
            _ => &self.segment.spans.resource,
        }
    }

    fn scopes(&self) -> &'a [u32] {
        match self.signal {
            Signal::Logs => &self.segment.logs.scope,
            _ => &self.segment.spans.scope,
        }
    }

    fn add(&mut self, symbol: Symbol, rows: u64) {
        if let Some(count) = self.counts.get_mut(symbol.index()) {
            *count += rows;
        }
    }

    fn column(&mut self, column: &[Symbol]) {
        column.iter().for_each(|symbol| self.add(*symbol, 1));
    }

    fn names(&mut self, entities: &Entities, column: &[u32]) {
        for (entity, rows) in entities.all().iter().zip(super::rows_of_each(entities, column)) {
            self.add(entity.name, rows);
        }
    }

    fn attribute(&mut self, key: &str) {
        let Some(symbol) = self.segment.symbols.find(key) else { return };
        let attributes = match self.signal {
            Signal::Logs => &self.segment.logs.attributes,
            _ => &self.segment.spans.attributes,
        };
        attributes.all().iter().filter(|(key, _)| *key == symbol).for_each(|(_, value)| self.add(*value, 1));
        self.of_entities(&self.segment.resources, self.resources(), key);
        self.of_entities(&self.segment.scopes, self.scopes(), key);
    }

    fn of_entities(&mut self, entities: &Entities, column: &[u32], key: &str) {
        let Some(symbol) = self.segment.symbols.find(key) else { return };
        let value = |entity: &Entity| {
            entity.attributes.iter().find(|(key, _)| *key == symbol).map(|(_, value)| *value)
        };
        for (entity, rows) in entities.all().iter().zip(super::rows_of_each(entities, column)) {
            if let Some(value) = value(entity) {
                self.add(value, rows);
            }
        }
    }
}

fn kinds(column: &[SpanKind]) -> Vec<(&'static str, u64)> {
    let names = [
        ("unspecified", SpanKind::Unspecified),
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    names.map(|(name, kind)| (name, column.iter().filter(|one| **one == kind).count() as u64)).to_vec()
}

fn statuses(column: &[SpanStatus]) -> Vec<(&'static str, u64)> {
    let names = [("unset", SpanStatus::Unset), ("ok", SpanStatus::Ok), ("error", SpanStatus::Error)];
    names.map(|(name, status)| (name, column.iter().filter(|one| **one == status).count() as u64)).to_vec()
}

fn severities(column: &[u8]) -> Vec<(&'static str, u64)> {
    let names = [("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21)];
    let count = |first: u8| column.iter().filter(|one| (first..first + 4).contains(one)).count() as u64;
    names.map(|(name, first)| (name, count(first))).to_vec()
}
