//! A program whose global allocator is jemalloc.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::expect_used, clippy::panic)]

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use pilotlight_instrument::runtime;
use std::collections::BTreeMap;
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const HELD: usize = 64 << 20;

#[test]
fn what_the_program_holds_is_allocated_active_and_mapped() {
    let before = collect();
    let held = black_box(vec![1u8; HELD]);

    let during = collect();

    let keys: Vec<_> = before.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "jemalloc.active",
            "jemalloc.allocated",
            "jemalloc.mapped",
            "jemalloc.metadata",
            "jemalloc.resident",
            "jemalloc.retained"
        ]
    );
    // A little less: other things may have been freed meanwhile.
    let grown = |name: &str| during[name] - before[name] > HELD as i64 * 9 / 10;
    assert!(grown("jemalloc.allocated") && grown("jemalloc.active"), "{before:?} {during:?}");
    assert!(grown("jemalloc.resident") && grown("jemalloc.mapped"), "{before:?} {during:?}");
    drop(held);
    let after = collect();
    assert!(after["jemalloc.allocated"] < during["jemalloc.allocated"], "{during:?} {after:?}");
}

/// What a fresh provider collects: its first reading is as old as the registration.
fn collect() -> BTreeMap<String, i64> {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    runtime::jemalloc::register(&provider.meter("test"));
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
