//! From when to when a point counts, and what it says of that time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::meters::{Meters, START};
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data, number_data_point::Value};
use pilotlight_sdk::config::TemporalityPreference;
use pilotlight_sdk::record::{InstrumentKind, Temporality};

/// Start and end of each point in seconds since the clock's start, with the point's value or count.
fn spans(metric: &Metric) -> Vec<(u64, u64, f64)> {
    let seconds = |nanos: u64| nanos / 1_000_000_000 - START;
    let number = |value: &Option<Value>| match value {
        Some(Value::AsInt(number)) => *number as f64,
        Some(Value::AsDouble(number)) => *number,
        None => panic!("a point without a value"),
    };
    macro_rules! spans {
        ($points:expr, $point:ident: $value:expr) => {
            $points
                .iter()
                .map(|$point| (seconds($point.start_time_unix_nano), seconds($point.time_unix_nano), $value))
                .collect()
        };
    }
    match metric.data.as_ref().unwrap() {
        Data::Sum(sum) => spans!(sum.data_points, point: number(&point.value)),
        Data::Gauge(gauge) => spans!(gauge.data_points, point: number(&point.value)),
        Data::Histogram(histogram) => spans!(histogram.data_points, point: point.count as f64),
        Data::ExponentialHistogram(histogram) => spans!(histogram.data_points, point: point.count as f64),
        Data::Summary(_) => panic!("nobody makes summaries"),
    }
}

fn collected(meters: &Meters) -> Vec<(u64, u64, f64)> {
    spans(&meters.decoded_one())
}

#[test]
fn a_total_counts_from_the_first_measurement_of_its_series() {
    let meters = Meters::cumulative();
    let counter = meters.meter().u64_counter("counted").build();
    meters.pass(1);
    counter.add(1, &[KeyValue::new("series", "first")]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(1, 2, 1.0)]);
    meters.pass(1);
    counter.add(10, &[KeyValue::new("series", "second")]);
    counter.add(1, &[KeyValue::new("series", "first")]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(1, 4, 2.0), (3, 4, 10.0)]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(1, 5, 2.0), (3, 5, 10.0)], "what is idle is told again");
}

#[test]
fn an_observed_total_counts_from_the_collection_before_its_first_observation() {
    let meters = Meters::cumulative();
    let observed = Arc::new(AtomicI64::new(-1));
    let answer = Arc::clone(&observed);
    meters
        .meter()
        .u64_observable_counter("observed")
        .with_callback(move |observer| {
            if let Ok(value) = u64::try_from(answer.load(Ordering::SeqCst)) {
                observer.observe(value, &[]);
            }
        })
        .build();
    meters.pass(2);
    assert!(meters.batches().is_empty(), "nothing is observed yet");
    observed.store(5, Ordering::SeqCst);
    meters.pass(1);
    assert_eq!(collected(&meters), [(2, 3, 5.0)]);
    observed.store(7, Ordering::SeqCst);
    meters.pass(1);
    assert_eq!(collected(&meters), [(2, 4, 7.0)]);
}

#[test]
fn an_observed_total_that_begins_anew_has_a_new_start() {
    let meters = Meters::cumulative();
    let observed = Arc::new(AtomicI64::new(9));
    let answer = Arc::clone(&observed);
    meters
        .meter()
        .f64_observable_counter("observed")
        .with_callback(move |observer| observer.observe(answer.load(Ordering::SeqCst) as f64, &[]))
        .build();
    meters.pass(1);
    assert_eq!(collected(&meters), [(0, 1, 9.0)]);
    observed.store(2, Ordering::SeqCst);
    meters.pass(1);
    assert_eq!(collected(&meters), [(1, 2, 2.0)]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(1, 3, 2.0)]);
}

#[test]
fn a_change_counts_from_the_last_collection() {
    let meters = Meters::delta();
    let counter = meters.meter().u64_counter("counted").build();
    meters.pass(1);
    counter.add(3, &[]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(0, 2, 3.0)], "the instrument was made at the start");
    counter.add(4, &[]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(2, 3, 4.0)]);
    meters.pass(1);
    assert!(meters.batches().is_empty());
    counter.add(5, &[]);
    meters.pass(1);
    assert_eq!(collected(&meters), [(4, 5, 5.0)]);
}

#[test]
fn an_observed_total_becomes_changes_and_survives_a_restart_of_what_it_counts() {
    let meters = Meters::delta();
    let observed = Arc::new(AtomicI64::new(100));
    for name in ["whole", "fraction"] {
        let answer = Arc::clone(&observed);
        let meter = meters.meter();
        if name == "whole" {
            let observe = move || answer.load(Ordering::SeqCst) as u64;
            meter.u64_observable_counter(name).with_callback(move |to| to.observe(observe(), &[])).build();
        } else {
            let observe = move || answer.load(Ordering::SeqCst) as f64;
            meter.f64_observable_counter(name).with_callback(move |to| to.observe(observe(), &[])).build();
        }
    }
    let changes = || meters.decoded().iter().flat_map(spans).collect::<Vec<_>>();
    meters.pass(1);
    assert_eq!(changes(), [(0, 1, 100.0), (0, 1, 100.0)]);
    observed.store(130, Ordering::SeqCst);
    meters.pass(1);
    assert_eq!(changes(), [(1, 2, 30.0), (1, 2, 30.0)]);
    observed.store(5, Ordering::SeqCst);
    meters.pass(1);
    assert_eq!(changes(), [(2, 3, 5.0), (2, 3, 5.0)], "it began anew, at zero");
}

#[test]
fn a_change_of_floats_is_exactly_their_sum_however_large_the_total() {
    let meters = Meters::delta();
    let counter = meters.meter().f64_counter("counted").build();
    counter.add(1e17, &[]);
    assert_eq!(meters.text(), "counted counter delta\n  1e17\n");
    counter.add(0.1, &[]);
    assert_eq!(meters.text(), "counted counter delta\n  0.1\n");
    counter.add(0.25, &[]);
    counter.add(0.5, &[]);
    assert_eq!(meters.text(), "counted counter delta\n  0.75\n");
}

#[test]
fn a_change_of_a_histogram_has_the_extremes_of_its_own_interval() {
    let meters = Meters::delta();
    let histogram = meters.meter().f64_histogram("spread").with_boundaries(vec![1.0]).build();
    for value in [-5.0, 0.5, 100.0] {
        histogram.record(value, &[]);
    }
    assert_eq!(
        meters.text(),
        "spread histogram delta\n  count 3 min -5 max 100 buckets ≤1:2 >1:1\n",
        "a sum that may fall is left out"
    );
    for value in [3.0, 2.0] {
        histogram.record(value, &[]);
    }
    assert_eq!(meters.text(), "spread histogram delta\n  count 2 sum 5 min 2 max 3 buckets >1:2\n");
}

#[test]
fn a_series_that_is_idle_between_collections_is_left_out_and_comes_back() {
    let meters = Meters::delta();
    let counter = meters.meter().u64_counter("counted").build();
    let [a, b] = ["a", "b"].map(|name| [KeyValue::new("series", name)]);
    counter.add(1, &a);
    counter.add(2, &b);
    assert_eq!(meters.text(), "counted counter delta\n  series=a: 1\n  series=b: 2\n");
    counter.add(3, &b);
    assert_eq!(meters.text(), "counted counter delta\n  series=b: 3\n");
    assert_eq!(meters.text(), "");
    for again in 4..8 {
        counter.add(again, &a);
        assert_eq!(meters.text(), format!("counted counter delta\n  series=a: {again}\n"));
    }
    counter.add(0, &b);
    assert_eq!(meters.text(), "counted counter delta\n  series=b: 0\n", "nothing added is a measurement");
}

/// All kinds, measured once.
fn kinds(preference: TemporalityPreference) -> String {
    let meters = Meters::with(|reader| reader.temporality(preference), |builder| builder);
    let meter = meters.meter();
    meter.u64_counter("counter").build().add(1, &[]);
    meter.i64_up_down_counter("up_down").build().add(1, &[]);
    meter.f64_histogram("histogram").with_boundaries(vec![]).build().record(1.0, &[]);
    meter.i64_gauge("gauge").build().record(1, &[]);
    meter.u64_observable_counter("observed_counter").with_callback(|to| to.observe(1, &[])).build();
    meter.i64_observable_up_down_counter("observed_up_down").with_callback(|to| to.observe(1, &[])).build();
    meter.i64_observable_gauge("observed_gauge").with_callback(|to| to.observe(1, &[])).build();
    let text = meters.text();
    text.lines().filter(|line| !line.starts_with(' ')).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_temporality_preference_decides_by_the_kind_of_instrument() {
    assert_eq!(
        kinds(TemporalityPreference::Cumulative),
        "counter counter cumulative\ngauge gauge\nhistogram histogram cumulative\n\
         observed_counter counter cumulative\nobserved_gauge gauge\n\
         observed_up_down up-down counter cumulative\nup_down up-down counter cumulative"
    );
    assert_eq!(
        kinds(TemporalityPreference::Delta),
        "counter counter delta\ngauge gauge\nhistogram histogram delta\n\
         observed_counter counter delta\nobserved_gauge gauge\n\
         observed_up_down up-down counter cumulative\nup_down up-down counter cumulative"
    );
    assert_eq!(
        kinds(TemporalityPreference::LowMemory),
        "counter counter delta\ngauge gauge\nhistogram histogram delta\n\
         observed_counter counter cumulative\nobserved_gauge gauge\n\
         observed_up_down up-down counter cumulative\nup_down up-down counter cumulative"
    );
}

#[test]
fn a_reader_may_choose_the_temporality_of_each_kind() {
    let meters = Meters::with(
        |reader| {
            reader.temporality_by(|kind| match kind {
                InstrumentKind::UpDownCounter => Temporality::Delta,
                _ => Temporality::Cumulative,
            })
        },
        |builder| builder,
    );
    let up_down = meters.meter().i64_up_down_counter("up_down").build();
    let counter = meters.meter().u64_counter("counter").build();
    for _ in 0..2 {
        up_down.add(-2, &[]);
        counter.add(1, &[]);
        meters.batches();
    }
    up_down.add(-3, &[]);
    assert_eq!(meters.text(), "counter counter cumulative\n  2\nup_down up-down counter delta\n  -3\n");
}

#[test]
fn a_gauge_keeps_its_last_value_until_there_is_another() {
    let meters = Meters::cumulative();
    let gauge = meters.meter().f64_gauge("level").build();
    gauge.record(1.5, &[]);
    gauge.record(0.5, &[]);
    for _ in 0..2 {
        assert_eq!(meters.text(), "level gauge\n  0.5\n");
    }
    meters.pass(1);
    gauge.record(2.5, &[]);
    assert_eq!(meters.text(), "level gauge\n  2.5\n");
}

#[test]
fn of_a_gauge_set_by_several_threads_the_latest_value_counts() {
    let meters = Meters::cumulative();
    let gauge = meters.meter().i64_gauge("level").build();
    for value in 1..=4 {
        meters.pass(1);
        let gauge = &gauge;
        std::thread::scope(|scope| {
            scope.spawn(move || gauge.record(value, &[]));
        });
        assert_eq!(meters.text(), format!("level gauge\n  {value}\n"));
        gauge.record(-value, &[]);
        meters.pass(1);
        gauge.record(value * 10, &[]);
        assert_eq!(meters.text(), format!("level gauge\n  {}\n", value * 10));
    }
}

#[test]
fn a_reader_of_changes_alone_still_gets_gauges_as_they_are() {
    let meters = Meters::with(|reader| reader.temporality_by(|_| Temporality::Delta), |builder| builder);
    let level = Arc::new(AtomicI64::new(5));
    let observed = Arc::clone(&level);
    let observe = move || observed.load(Ordering::SeqCst);
    meters
        .meter()
        .i64_observable_gauge("observed")
        .with_callback(move |to| to.observe(observe(), &[]))
        .build();
    let total = Arc::clone(&level);
    let observe = move || total.load(Ordering::SeqCst);
    meters
        .meter()
        .i64_observable_up_down_counter("total")
        .with_callback(move |to| to.observe(observe(), &[]))
        .build();
    let measured = meters.meter().i64_gauge("measured").build();
    measured.record(5, &[]);
    assert_eq!(meters.text(), "measured gauge\n  5\nobserved gauge\n  5\ntotal up-down counter delta\n  5\n");
    level.store(3, Ordering::SeqCst);
    assert_eq!(meters.text(), "observed gauge\n  3\ntotal up-down counter delta\n  -2\n");
    measured.record(3, &[]);
    assert_eq!(meters.text(), "measured gauge\n  3\nobserved gauge\n  3\ntotal up-down counter delta\n  0\n");
}
