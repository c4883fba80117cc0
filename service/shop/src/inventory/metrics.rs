//! The levels of the shelves, as a gauge.

use std::sync::{Arc, Weak};

use opentelemetry::KeyValue;
use opentelemetry::metrics::AsyncInstrument;

use super::levels::Levels;

/// Tells the levels each time metrics are collected, for as long as their warehouse is there: as they were last seen, since whoever
/// collects does not wait for a database. The provider is the one that is installed now.
pub(super) fn observe(levels: &Arc<Levels>) {
    let levels: Weak<Levels> = Arc::downgrade(levels);
    let observe = move |gauge: &dyn AsyncInstrument<u64>| {
        for (item, left) in levels.upgrade().iter().flat_map(|levels| levels.last_seen()) {
            gauge.observe(left, &[KeyValue::new("stock.item", item)]);
        }
    };
    crate::scope::meter()
        .u64_observable_gauge("shop.stock.level")
        .with_unit("{item}")
        .with_description("Articles that are left in the warehouse, as it was last seen.")
        .with_callback(observe)
        .build();
}
