//! The levels of the shelves, as a gauge.

use std::sync::{Arc, Weak};

use opentelemetry::KeyValue;
use opentelemetry::metrics::AsyncInstrument;

use super::stock::Stock;

/// Reads the shelves each time metrics are collected, for as long as their warehouse is there. The provider is the one that is
/// installed now.
pub(super) fn observe(stock: &Arc<Stock>) {
    let stock: Weak<Stock> = Arc::downgrade(stock);
    let observe = move |gauge: &dyn AsyncInstrument<u64>| {
        for (item, left) in stock.upgrade().iter().flat_map(|stock| stock.levels()) {
            gauge.observe(left, &[KeyValue::new("stock.item", item)]);
        }
    };
    crate::scope::meter()
        .u64_observable_gauge("shop.stock.level")
        .with_unit("{item}")
        .with_description("Articles that are left in the warehouse.")
        .with_callback(observe)
        .build();
}
