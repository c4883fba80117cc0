//! The keys that rows were seen with.

use super::tally::Tally;
use crate::query::Completion;
use crate::receive::Signal;
use crate::store::window::SegmentRef;
use crate::store::window::entities::Entities;
use crate::store::window::segment::Segment;

/// The filter's own words about spans, and about log records.
const OF_SPANS: [&str; 6] =
    ["service", "span.name", "span.kind", "span.status", "span.duration", "scope.name"];
const OF_LOGS: [&str; 4] = ["service", "log.severity", "log.body", "scope.name"];

pub(super) fn keys(segments: &[SegmentRef], signal: Signal, part: &str) -> Completion {
    let mut tally = Tally::new(part);
    for segment in segments {
        let segment = segment.read();
        let (rows, own_words) = match signal {
            Signal::Logs => (segment.logs.len(), &OF_LOGS[..]),
            _ => (segment.spans.len(), &OF_SPANS[..]),
        };
        own_words.iter().for_each(|word| tally.add(word, rows as u64));
        tally.add_symbols(&segment.symbols, &counts(&segment, signal));
    }
    tally.completion()
}

/// On how many rows each symbol is a key.
fn counts(segment: &Segment, signal: Signal) -> Vec<u64> {
    let mut counts = vec![0; segment.symbols.len()];
    let (attributes, resources, scopes) = match signal {
        Signal::Logs => (&segment.logs.attributes, &segment.logs.resource, &segment.logs.scope),
        _ => (&segment.spans.attributes, &segment.spans.resource, &segment.spans.scope),
    };
    for (key, _) in attributes.all() {
        if let Some(count) = counts.get_mut(key.index()) {
            *count += 1;
        }
    }
    of_entities(&mut counts, &segment.resources, resources);
    of_entities(&mut counts, &segment.scopes, scopes);
    counts
}

/// A resource's keys are on each of its rows.
fn of_entities(counts: &mut [u64], entities: &Entities, column: &[u32]) {
    for (entity, rows) in entities.all().iter().zip(super::rows_of_each(entities, column)) {
        for (key, _) in &entity.attributes {
            if let Some(count) = counts.get_mut(key.index()) {
                *count += rows;
            }
        }
    }
}
