//! How much of each resource is in memory.

use crate::store::Store;
use crate::store::books::{Known, fingerprint};
use crate::store::window::TimeRange;
use crate::store::window::entities::Entity;
use crate::store::window::segment::Segment;
use std::collections::HashMap;

/// Rows and series by resource.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Spans and log records, by the resource's fingerprint.
    rows: HashMap<u64, [u64; 2]>,
    /// Series, by the resource's attributes.
    series: HashMap<Box<[u8]>, u64>,
}

impl Counts {
    pub(super) fn of(store: &Store) -> Self {
        let mut counts = Self::default();
        for segment in store.window().segments(TimeRange::ALL) {
            counts.add(&segment.read());
        }
        for (_, metric) in store.aggregates().metrics().metrics() {
            for series in metric.series.values() {
                match counts.series.get_mut(&series.origin.resource) {
                    Some(count) => *count += 1,
                    None => {
                        counts.series.insert(series.origin.resource.clone(), 1);
                    }
                }
            }
        }
        counts
    }

    /// Spans, log records and series.
    pub(super) fn of_resource(&self, attributes: &[u8], known: &Known) -> [u64; 3] {
        let [spans, logs] = self.rows.get(&known.fingerprint).copied().unwrap_or_default();
        [spans, logs, self.series.get(attributes).copied().unwrap_or_default()]
    }

    fn add(&mut self, segment: &Segment) {
        let entities = segment.resources.all();
        let mut rows = vec![[0; 2]; entities.len()];
        for (signal, column) in [&segment.spans.resource, &segment.logs.resource].into_iter().enumerate() {
            for resource in column {
                if let Some(counts) = rows.get_mut(*resource as usize) {
                    counts[signal] += 1;
                }
            }
        }
        for (entity, [spans, logs]) in entities.iter().zip(rows) {
            let counts = self.rows.entry(of_entity(segment, entity)).or_default();
            *counts = [counts[0] + spans, counts[1] + logs];
        }
    }
}

fn of_entity(segment: &Segment, entity: &Entity) -> u64 {
    let pairs = entity.attributes.iter().map(|(key, value)| (segment.text(*key), segment.text(*value)));
    fingerprint(pairs.collect())
}
