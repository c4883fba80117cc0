//! Totals are exact, however many threads measure, end and are collected from at the same time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::SOON;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::config::TemporalityPreference;
use pilotlight_sdk::record::{Aggregation, MeterProvider, MetricData, Number, View};
use pilotlight_sdk::transport::ExportedMetric;

const THREADS: u64 = 8;
const SERIES: u64 = 10;
/// Threads that come and go, one after the other.
const ROUNDS: u64 = 20;
/// Of one thread in one round, of each series.
const MEASUREMENTS: u64 = 200;
const EACH: u64 = THREADS * ROUNDS * MEASUREMENTS;

/// Sums of values and of counts, by metric and series.
#[derive(Debug, Default, PartialEq)]
struct Sums(BTreeMap<(String, String), (f64, u64)>);

impl Sums {
    fn add(&mut self, metric: &ExportedMetric) {
        let name = metric.name();
        match metric.view().data() {
            MetricData::Sum { points, .. } => points.for_each(|point| {
                let value = match point.value() {
                    Number::Int(value) => value as f64,
                    Number::Float(value) => value,
                };
                self.note(name, point.attributes(), value, 0);
            }),
            MetricData::Histogram { points, .. } => points.for_each(|point| {
                assert_eq!(point.bucket_counts().sum::<u64>(), point.count(), "no half measurement");
                self.note(name, point.attributes(), point.sum().unwrap(), point.count());
            }),
            MetricData::ExponentialHistogram { points, .. } => points.for_each(|point| {
                let buckets: u64 = point.positive().counts().sum();
                assert_eq!(buckets + point.zero_count(), point.count(), "no half measurement");
                self.note(name, point.attributes(), point.sum().unwrap(), point.count());
            }),
            other => panic!("{other:?}"),
        }
    }

    fn note<'a>(
        &mut self,
        name: &str,
        attributes: impl Iterator<Item = (&'a str, pilotlight_sdk::record::ValueView<'a>)>,
        value: f64,
        count: u64,
    ) {
        let series: String = attributes.map(|(key, value)| format!("{key}={value}")).collect();
        let sums = self.0.entry((name.to_owned(), series)).or_default();
        sums.0 += value;
        sums.1 += count;
    }

    fn collect(&mut self, reader: &ManualReader) {
        let batches = reader.collect(SOON).unwrap();
        batches.iter().flat_map(ExportedMetric::all).for_each(|metric| self.add(&metric));
    }
}

/// What comes out when each thread adds 2 to each series, as often as it does.
fn expected() -> Sums {
    let mut sums = Sums::default();
    for series in 0..SERIES {
        let series = format!("series={series}");
        let total = (2 * EACH) as f64;
        for (name, counted) in
            [("bound", 0), ("fractions", 0), ("wholes", 0), ("exponential", EACH), ("histogram", EACH)]
        {
            sums.0.insert((name.to_owned(), series.clone()), (total, counted));
        }
    }
    sums
}

fn measure_from_many_threads(provider: &MeterProvider) {
    let meter = provider.meter("test");
    let (wholes, fractions) = (meter.u64_counter("wholes").build(), meter.f64_counter("fractions").build());
    let histogram = meter.f64_histogram("histogram").build();
    let exponential = meter.f64_histogram("exponential").build();
    let bound = meter.u64_counter("bound").build();
    let bound: Vec<_> =
        (0..SERIES as i64).map(|series| bound.bind(&[KeyValue::new("series", series)])).collect();
    for _ in 0..ROUNDS {
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for turn in 0..MEASUREMENTS * SERIES {
                        let series = turn % SERIES;
                        let attributes = [KeyValue::new("series", series as i64)];
                        wholes.add(2, &attributes);
                        fractions.add(2.0, &attributes);
                        histogram.record(2.0, &attributes);
                        exponential.record(2.0, &attributes);
                        bound[series as usize].add(2);
                    }
                });
            }
        });
    }
}

#[test]
fn totals_and_changes_are_exact_while_threads_measure_end_and_are_collected_from() {
    let (totals, changes) = (ManualReader::new(), ManualReader::new());
    let view = View::of("exponential").aggregation(Aggregation::base2_exponential()).build().unwrap();
    let provider = MeterProvider::builder()
        .with_view(view)
        .with_reader(Reader::manual(&totals))
        .with_reader(Reader::manual(&changes).temporality(TemporalityPreference::Delta))
        .build()
        .unwrap();
    let is_done = AtomicBool::new(false);
    let mut changed = Sums::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Acquire) {
                changed.collect(&changes);
                Sums::default().collect(&totals);
            }
        });
        measure_from_many_threads(&provider);
        is_done.store(true, Ordering::Release);
    });
    changed.collect(&changes);
    assert_eq!(changed, expected(), "changes, added up");
    let mut total = Sums::default();
    total.collect(&totals);
    assert_eq!(total, expected(), "totals");
}

#[test]
fn what_overflows_while_it_is_collected_is_not_lost() {
    let changes = ManualReader::new();
    let reader = Reader::manual(&changes).temporality(TemporalityPreference::Delta).cardinality_limit(20);
    let provider = MeterProvider::builder().with_reader(reader).build().unwrap();
    let counter = provider.meter("test").u64_counter("counted").build();
    let is_done = AtomicBool::new(false);
    let mut changed = Sums::default();
    thread::scope(|scope| {
        let collector = scope.spawn(|| {
            while !is_done.load(Ordering::Acquire) {
                changed.collect(&changes);
            }
        });
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let counter = &counter;
                scope.spawn(move || {
                    (0..20_000)
                        .for_each(|turn| counter.add(1, &[KeyValue::new("turn", turn % 500 + number)]));
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        is_done.store(true, Ordering::Release);
        collector.join().unwrap();
    });
    changed.collect(&changes);
    let total: f64 = changed.0.values().map(|(value, _)| value).sum();
    assert_eq!(total, 80_000.0);
}
