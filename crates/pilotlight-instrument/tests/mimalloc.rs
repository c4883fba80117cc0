//! A program whose global allocator is mimalloc.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::expect_used, clippy::panic)]

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use pilotlight_instrument::runtime;
use std::collections::BTreeMap;
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELD: usize = 64 << 20;

#[test]
fn what_the_program_holds_is_committed() {
    let before = collect();
    let held = black_box(vec![1u8; HELD]);

    let during = collect();

    let keys: Vec<_> = before.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["mimalloc.abandoned_pages", "mimalloc.committed", "mimalloc.pages", "mimalloc.reserved"]
    );
    let grown = during["mimalloc.committed"] - before["mimalloc.committed"];
    assert!(grown > HELD as i64 * 9 / 10, "{before:?} {during:?}");
    assert!(during["mimalloc.reserved"] >= during["mimalloc.committed"], "{during:?}");
    assert!(during["mimalloc.pages"] > 0, "{during:?}");
    drop(held);
}

/// What a fresh provider collects: its first reading is as old as the registration.
fn collect() -> BTreeMap<String, i64> {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    runtime::mimalloc::register(&provider.meter("test"));
    provider.force_flush().expect("memory takes everything");
    let mut points = BTreeMap::new();
    for resource in exporter.get_finished_metrics().expect("nothing poisons it") {
        for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
            let AggregatedMetrics::I64(MetricData::Sum(sum)) = metric.data() else {
                panic!("{} is no up-down counter", metric.name())
            };
            points.insert(metric.name().to_owned(), sum.data_points().map(|point| point.value()).sum());
        }
    }
    points
}
