//! A program whose global allocator counts. One test: whatever runs beside it would be counted as well.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::expect_used, clippy::panic)]

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use pilotlight_instrument::runtime::allocator::{self, CountingAllocator, Totals};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::thread;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

const MIB: u64 = 1 << 20;
/// What the test's own surroundings may allocate and free meanwhile.
const SLACK: u64 = MIB / 2;

#[test]
fn what_a_program_allocates_and_frees_is_counted() {
    held_memory_is_live_until_it_is_freed();
    zeroed_memory_counts();
    a_reallocation_frees_the_old_size_and_allocates_the_new_one();
    threads_that_come_and_go_leave_their_counts();
    blocks_freed_by_another_thread_are_counted_there();
    a_thread_that_frees_in_its_last_destructors_is_counted();
    the_metrics_say_the_same();
}

fn grown<T>(work: impl FnOnce() -> T) -> (Totals, T, Totals) {
    let before = allocator::totals();
    let result = work();
    (before, result, allocator::totals())
}

fn held_memory_is_live_until_it_is_freed() {
    let (before, held, after) = grown(|| black_box(vec![1u8; 10 << 20]));
    assert!(after.live_bytes() >= before.live_bytes() + 10 * MIB, "{before:?} {after:?}");
    assert!(after.live_bytes() < before.live_bytes() + 10 * MIB + SLACK, "{before:?} {after:?}");
    assert!(after.live_allocations() > before.live_allocations());

    let (_, (), freed) = grown(|| drop(held));
    assert!(freed.live_bytes() < before.live_bytes() + SLACK, "{before:?} {freed:?}");
    assert!(freed.freed_bytes >= before.freed_bytes + 10 * MIB);
}

fn zeroed_memory_counts() {
    let (before, _held, after) = grown(|| black_box(vec![0u8; 10 << 20]));

    assert!(after.live_bytes() >= before.live_bytes() + 10 * MIB, "{before:?} {after:?}");
}

fn a_reallocation_frees_the_old_size_and_allocates_the_new_one() {
    let mut block: Vec<u8> = black_box(Vec::with_capacity(4 << 20));

    let (before, (), after) = grown(|| block.reserve_exact(6 << 20));

    let allocated = after.allocated_bytes - before.allocated_bytes;
    let freed = after.freed_bytes - before.freed_bytes;
    assert!((6 * MIB..6 * MIB + SLACK).contains(&allocated), "{before:?} {after:?}");
    assert!((4 * MIB..4 * MIB + SLACK).contains(&freed), "{before:?} {after:?}");
}

fn threads_that_come_and_go_leave_their_counts() {
    const THREADS: u64 = 8;
    const BLOCKS: u64 = 20_000;
    // More threads than there are shards, over time: each has to give its own back.
    let generations = 200;

    let (before, (), after) = grown(|| {
        for _ in 0..generations {
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        (0..BLOCKS / generations).for_each(|_| drop(black_box(Box::new([0u8; 512]))))
                    });
                }
            });
        }
    });

    let blocks = THREADS * BLOCKS;
    let allocations = after.allocations - before.allocations;
    // Starting a thread allocates as well, a few times.
    assert!((blocks..blocks + generations * THREADS * 20).contains(&allocations), "{before:?} {after:?}");
    assert!(after.allocated_bytes - before.allocated_bytes >= blocks * 512);
    // Nothing was kept: one lost count would show here, because it is on one side only.
    assert!(after.live_allocations().abs_diff(before.live_allocations()) < 20, "{before:?} {after:?}");
    assert!(after.live_bytes().abs_diff(before.live_bytes()) < SLACK, "{before:?} {after:?}");
}

fn blocks_freed_by_another_thread_are_counted_there() {
    let held: Vec<_> = (0..10).map(|_| black_box(vec![1u8; 1 << 20])).collect();

    let (before, (), after) = grown(|| thread::spawn(move || drop(held)).join().expect("it only frees"));

    assert!(after.freed_bytes - before.freed_bytes >= 10 * MIB, "{before:?} {after:?}");
    assert!(before.live_bytes() - after.live_bytes() > 10 * MIB - SLACK, "{before:?} {after:?}");
}

fn a_thread_that_frees_in_its_last_destructors_is_counted() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let keep = || KEPT.with_borrow_mut(|kept| *kept = black_box(vec![1u8; 10 << 20]));

    let (before, (), after) = grown(|| thread::spawn(keep).join().expect("it only allocates"));

    assert!(after.allocated_bytes - before.allocated_bytes >= 10 * MIB, "{before:?} {after:?}");
    assert!(after.live_bytes().abs_diff(before.live_bytes()) < SLACK, "{before:?} {after:?}");
}

fn the_metrics_say_the_same() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    allocator::register(&provider.meter("test"));
    let held = black_box(vec![1u8; 10 << 20]);

    let before = allocator::totals();
    provider.force_flush().expect("memory takes everything");
    let after = allocator::totals();

    let points = points(&exporter);
    let between = |low: u64, high: u64, name: &str| {
        let value = points[name];
        assert!((low..=high).contains(&value), "{name}: {low} <= {value} <= {high}");
    };
    between(before.allocated_bytes, after.allocated_bytes, "rust.allocator.allocated");
    between(before.allocations, after.allocations, "rust.allocator.allocations");
    between(before.freed_bytes, after.freed_bytes, "rust.allocator.freed");
    between(before.frees, after.frees, "rust.allocator.frees");
    between(10 * MIB, after.allocated_bytes, "rust.allocator.live");
    between(1, after.allocations, "rust.allocator.live_allocations");
    drop(held);
}

fn points(exporter: &InMemoryMetricExporter) -> BTreeMap<String, u64> {
    let mut points = BTreeMap::new();
    for resource in exporter.get_finished_metrics().expect("nothing poisons it") {
        for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
            let value = match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    sum.data_points().map(|point| point.value()).sum()
                }
                AggregatedMetrics::I64(MetricData::Sum(sum)) => sum
                    .data_points()
                    .map(|point| u64::try_from(point.value()).expect("never below zero"))
                    .sum(),
                other => panic!("{} is no sum: {other:?}", metric.name()),
            };
            points.insert(metric.name().to_owned(), value);
        }
    }
    points
}
