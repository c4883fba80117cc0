//! What a view leaves out or drops costs no memory.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::meters::Meters;
use opentelemetry::KeyValue;
use pilotlight_sdk::record::View;

#[track_caller]
fn allocates_nothing(mut measure: impl FnMut()) {
    measure();
    let counted = allocation_counter::measure(|| (0..100).for_each(|_| measure()));
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
}

#[test]
fn a_view_that_leaves_attributes_out_allocates_nothing_for_known_series() {
    for keys in [&["route"][..], &[]] {
        let meters = Meters::viewed([View::of("*").keep_attributes(keys.iter().copied()).build().unwrap()]);
        let counter = meters.meter().u64_counter("counter").build();
        let attributes = [KeyValue::new("user", 17), KeyValue::new("route", "/")];
        allocates_nothing(|| counter.add(1, &attributes));
    }
}

#[test]
fn an_instrument_that_nobody_reads_costs_no_memory() {
    let meters = Meters::viewed([View::of("*")
        .aggregation(pilotlight_sdk::record::Aggregation::Drop)
        .build()
        .unwrap()]);
    let counter = meters.meter().u64_counter("counter").build();
    let mut user = 0;
    allocates_nothing(|| {
        user += 1;
        counter.add(1, &[KeyValue::new("user", user)]);
    });
}
