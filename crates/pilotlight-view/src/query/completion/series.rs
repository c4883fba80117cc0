//! Keys and values of metrics' series.

use super::tally::Tally;
use crate::query::Completion;
use crate::query::text::{SEARCHED_BYTES, text};
use crate::store::metrics::{MetricWindow, Series, SeriesKey, canonical};

pub(super) fn keys(window: &MetricWindow, part: &str) -> Completion {
    let mut tally = Tally::new(part);
    for (key, series) in all(window) {
        ["service", "scope.name"].iter().for_each(|word| tally.add(word, 1));
        for attributes in attributes_of(key, series) {
            canonical::keys(attributes).for_each(|key| tally.add(key, 1));
        }
    }
    tally.completion()
}

pub(super) fn values(window: &MetricWindow, key: &str, part: &str) -> Completion {
    let mut tally = Tally::new(part);
    for (series_key, series) in all(window) {
        match key {
            "service" => tally.add(&series.origin.service, 1),
            "scope.name" => tally.add(&series.origin.scope, 1),
            key => match key.strip_prefix("resource.") {
                Some(key) => add(&mut tally, key, &series.origin.resource),
                None => attributes_of(series_key, series).into_iter().for_each(|of| add(&mut tally, key, of)),
            },
        }
    }
    tally.completion()
}

fn all(window: &MetricWindow) -> impl Iterator<Item = (&SeriesKey, &Series)> {
    window.metrics().flat_map(|(_, metric)| &metric.series)
}

fn attributes_of<'a>(key: &'a SeriesKey, series: &'a Series) -> [&'a [u8]; 3] {
    [&key.attributes, &series.origin.resource, &series.origin.scope_attributes]
}

fn add(tally: &mut Tally, key: &str, attributes: &[u8]) {
    // Values are read only where there is one: keys cost no allocation.
    if !canonical::keys(attributes).any(|known| known == key) {
        return;
    }
    let mut scratch = String::new();
    for attribute in canonical::read(attributes).iter().filter(|attribute| attribute.key == key) {
        tally.add(text(attribute.value.as_ref(), SEARCHED_BYTES, &mut scratch).0, 1);
    }
}
