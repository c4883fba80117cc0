//! What many threads measure is what readers are told, to the last measurement: while threads end and others take their cells
//! over, while readers collect, and whatever the order of the attributes.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use common::told::{Series, Told, add_to, collect};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::record::{Aggregation, MeterProvider, Temporality, View};

const LANES: usize = 8;
const SERIES: usize = 100;

/// All orders of three attributes.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// What one of eight lanes does: a succession of threads, each of which measures every series equally often.
#[derive(Clone, Copy)]
struct Lane {
    threads: usize,
    measurements_of_each: usize,
}

impl Lane {
    /// How often all lanes together measure each series.
    fn total_of_each_series(self) -> usize {
        LANES * self.threads * self.measurements_of_each / SERIES
    }
}

fn attributes(series: usize, order: [usize; 3]) -> [KeyValue; 3] {
    let attributes = [
        KeyValue::new("http.request.method", if series.is_multiple_of(2) { "GET" } else { "POST" }),
        KeyValue::new("http.route", format!("/items/{series}")),
        KeyValue::new("http.response.status_code", 200 + (series % 4) as i64),
    ];
    order.map(|place| attributes[place].clone())
}

/// As a collection shows them.
fn shown(series: usize) -> String {
    let method = if series.is_multiple_of(2) { "GET" } else { "POST" };
    let status = 200 + series % 4;
    format!("http.request.method={method} http.response.status_code={status} http.route=/items/{series}")
}

/// Has eight lanes measure at once; calls `meanwhile` each time one of their threads has ended.
fn measure_in_lanes(lane: Lane, measure: impl Fn(usize, &[KeyValue]) + Sync, mut meanwhile: impl FnMut()) {
    let measure = &measure;
    let (ended, news) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..LANES {
            let ended = ended.clone();
            scope.spawn(move || {
                for thread in 0..lane.threads {
                    let order = number + thread;
                    thread::scope(|scope| drop(scope.spawn(|| measure_all(lane, order, measure))));
                    ended.send(()).unwrap();
                }
            });
        }
        drop(ended);
        news.iter().for_each(|()| meanwhile());
    });
}

/// One thread's measurements, with a new order of the attributes each time round.
fn measure_all(lane: Lane, first_order: usize, measure: impl Fn(usize, &[KeyValue])) {
    let orders = ORDERS.map(|order| (0..SERIES).map(|series| attributes(series, order)).collect::<Vec<_>>());
    for round in 0..lane.measurements_of_each / SERIES {
        for (series, attributes) in orders[(first_order + round) % ORDERS.len()].iter().enumerate() {
            measure(series, attributes);
        }
    }
}

/// One reader of changes, and one of totals.
struct Readers {
    delta: ManualReader,
    cumulative: ManualReader,
    provider: MeterProvider,
}

impl Readers {
    fn new() -> Self {
        let (delta, cumulative) = (ManualReader::new(), ManualReader::new());
        let exponential = View::of("exponential").aggregation(Aggregation::base2_exponential());
        let provider = MeterProvider::builder()
            .with_reader(Reader::manual(&delta).temporality_by(|_| Temporality::Delta))
            .with_reader(Reader::manual(&cumulative))
            .with_view(exponential.build().unwrap())
            .build()
            .unwrap();
        Self { delta, cumulative, provider }
    }

    /// What both readers were told in the end, after collections all along. Totals only ever grow where `is_growing`.
    fn told(&self, name: &str, is_growing: bool, work: impl FnOnce(&Meter, &mut dyn FnMut())) -> [Series; 2] {
        let (mut changes, mut totals) = (BTreeMap::new(), Series::new());
        let mut collect_both = || {
            add_to(&mut changes, collect(&self.delta));
            let later = collect(&self.cumulative).remove(name).unwrap_or_default();
            if is_growing {
                assert_grown(&totals, &later);
            }
            totals = later;
        };
        work(&self.provider.meter("lanes"), &mut collect_both);
        // What a thread wrote into a cell after it was read is told by the next collection.
        collect_both();
        [changes.remove(name).unwrap(), totals]
    }
}

fn assert_grown(earlier: &Series, later: &Series) {
    for (attributes, told) in earlier {
        let now = later.get(attributes).unwrap();
        assert!(now.sum >= told.sum && now.count >= told.count, "{attributes}: {told:?}, then {now:?}");
    }
}

/// Each series with what is expected of it.
fn expected(told: impl Fn(usize) -> Told) -> Series {
    (0..SERIES).map(|series| (shown(series), told(series))).collect()
}

/// Ten million additions in each of eight lanes: the size that the project promises. `cargo xtask test` runs this file once
/// more with optimisation for it; without, it would take minutes, so a debug build does a hundredth.
const PROMISED: Lane =
    Lane { threads: 50, measurements_of_each: if cfg!(debug_assertions) { 2_000 } else { 200_000 } };

#[test]
fn ten_million_additions_in_each_of_eight_lanes_are_told_exactly() {
    let delta = ManualReader::new();
    let reader = Reader::manual(&delta).temporality_by(|_| Temporality::Delta);
    let provider = MeterProvider::builder().with_reader(reader).build().unwrap();
    let counter = provider.meter("lanes").u64_counter("additions").build();
    let mut told = BTreeMap::new();

    let add = |series: usize, attributes: &[KeyValue]| counter.add(1 + series as u64, attributes);
    measure_in_lanes(PROMISED, add, || add_to(&mut told, collect(&delta)));
    add_to(&mut told, collect(&delta));

    let each = PROMISED.total_of_each_series();
    let expected = expected(|series| Told { count: 0, sum: (each * (1 + series)) as f64 });
    assert_eq!(told["additions"], expected);
}

/// Both readers: each measurement is made twice, and half of the cells are retired by each collection.
const SMALLER: Lane =
    Lane { threads: 20, measurements_of_each: if cfg!(debug_assertions) { 600 } else { 24_000 } };

#[test]
fn floats_are_told_exactly_to_readers_of_changes_and_of_totals() {
    let told = Readers::new().told("floats", true, |meter, meanwhile| {
        let counter = meter.f64_counter("floats").build();
        measure_in_lanes(
            SMALLER,
            |series, attributes| counter.add(series as f64 / 4.0, attributes),
            meanwhile,
        );
    });
    let each = SMALLER.total_of_each_series() as f64;
    let expected = expected(|series| Told { count: 0, sum: each * series as f64 / 4.0 });
    assert_eq!(told, [expected.clone(), expected]);
}

#[test]
fn ups_and_downs_are_told_exactly_to_readers_of_changes_and_of_totals() {
    let told = Readers::new().told("ups_and_downs", false, |meter, meanwhile| {
        let counter = meter.i64_up_down_counter("ups_and_downs").build();
        let measure = |series: usize, attributes: &[KeyValue]| {
            counter.add(1000, attributes);
            counter.add(-(series as i64) - 1000, attributes);
        };
        measure_in_lanes(SMALLER, measure, meanwhile);
    });
    let each = SMALLER.total_of_each_series();
    let expected = expected(|series| Told { count: 0, sum: -((each * series) as f64) });
    assert_eq!(told, [expected.clone(), expected]);
}

#[test]
fn histograms_are_told_exactly_to_readers_of_changes_and_of_totals() {
    let told = Readers::new().told("explicit", true, |meter, meanwhile| {
        let histogram = meter.f64_histogram("explicit").build();
        measure_in_lanes(
            SMALLER,
            |series, attributes| histogram.record(series as f64, attributes),
            meanwhile,
        );
    });
    assert_histograms(told);
}

#[test]
fn exponential_histograms_are_told_exactly_to_readers_of_changes_and_of_totals() {
    let told = Readers::new().told("exponential", true, |meter, meanwhile| {
        let histogram = meter.f64_histogram("exponential").build();
        measure_in_lanes(
            SMALLER,
            |series, attributes| histogram.record(series as f64, attributes),
            meanwhile,
        );
    });
    assert_histograms(told);
}

fn assert_histograms(told: [Series; 2]) {
    let each = SMALLER.total_of_each_series();
    let expected = expected(|series| Told { count: each as u64, sum: (each * series) as f64 });
    assert_eq!(told, [expected.clone(), expected]);
}
