//! A measurement of a series that its thread knows costs no memory.
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
fn known_series_allocate_nothing_whatever_the_order_of_their_attributes() {
    let meters = Meters::cumulative();
    let meter = meters.meter();
    let (counter, gauge) = (meter.u64_counter("counter").build(), meter.f64_gauge("gauge").build());
    let histogram = meter.f64_histogram("histogram").build();
    let bound = counter.bind(&[KeyValue::new("bound", true)]);
    let [a, b, c] = [KeyValue::new("a", "x"), KeyValue::new("b", 2), KeyValue::new("c", true)];
    let (order, other) = ([a.clone(), b.clone(), c.clone()], [c, a, b]);
    allocates_nothing(|| {
        counter.add(1, &[]);
        counter.add(1, &order);
        counter.add(1, &other);
        gauge.record(1.5, &order);
        histogram.record(1.5, &other);
        bound.add(1);
    });
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
