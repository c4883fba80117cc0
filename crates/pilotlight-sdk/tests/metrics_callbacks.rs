//! Callbacks that observe, and those that do other things.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use common::SOON;
use common::meters::Meters;
use opentelemetry::KeyValue;
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::config::TemporalityPreference;

#[test]
fn several_callbacks_of_one_instrument_observe_together() {
    let meters = Meters::cumulative();
    let builder = meters.meter();
    builder
        .u64_observable_counter("observed")
        .with_callback(|to| to.observe(1, &[KeyValue::new("half", "first")]))
        .with_callback(|to| to.observe(2, &[KeyValue::new("half", "second")]))
        .build();
    builder
        .u64_observable_counter("observed")
        .with_callback(|to| to.observe(3, &[KeyValue::new("half", "registered again")]))
        .build();
    assert_eq!(
        meters.text(),
        "observed counter cumulative\n  half=first: 1\n  half=registered again: 3\n  half=second: 2\n"
    );
}

#[test]
fn a_callback_is_called_once_a_collection() {
    let meters = Meters::cumulative();
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let observe = move || counted.fetch_add(1, Ordering::SeqCst) + 1;
    meters.meter().u64_observable_gauge("calls").with_callback(move |to| to.observe(observe(), &[])).build();
    for call in 1..=3 {
        assert_eq!(meters.text(), format!("calls gauge\n  {call}\n"));
    }
}

#[test]
fn attributes_that_are_no_longer_observed_disappear() {
    for preference in [TemporalityPreference::Cumulative, TemporalityPreference::Delta] {
        let meters = Meters::with(|reader| reader.temporality(preference), |builder| builder);
        let disks = Arc::new(Mutex::new(vec!["a", "b"]));
        let observed = Arc::clone(&disks);
        meters
            .meter()
            .i64_observable_gauge("free")
            .with_callback(move |to| {
                observed
                    .lock()
                    .unwrap()
                    .iter()
                    .for_each(|disk| to.observe(1, &[KeyValue::new("disk", *disk)]));
            })
            .build();
        assert_eq!(meters.text(), "free gauge\n  disk=a: 1\n  disk=b: 1\n");
        disks.lock().unwrap().remove(0);
        assert_eq!(meters.text(), "free gauge\n  disk=b: 1\n");
        disks.lock().unwrap().clear();
        assert_eq!(meters.text(), "");
        disks.lock().unwrap().push("a");
        assert_eq!(meters.text(), "free gauge\n  disk=a: 1\n");
    }
}

#[test]
fn of_a_gauge_observed_twice_the_last_value_counts() {
    let meters = Meters::cumulative();
    meters
        .meter()
        .f64_observable_gauge("level")
        .with_callback(|to| [1.5, 0.5].into_iter().for_each(|value| to.observe(value, &[])))
        .build();
    assert_eq!(meters.text(), "level gauge\n  0.5\n");
}

#[test]
fn a_callback_that_panics_ends_its_own_turn_alone() {
    let meters = Meters::cumulative();
    let panics = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&panics);
    let meter = meters.meter();
    meter.u64_observable_gauge("before").with_callback(|to| to.observe(1, &[])).build();
    meter
        .u64_observable_gauge("moody")
        .with_callback(move |to| {
            to.observe(2, &[KeyValue::new("half", "first")]);
            assert!(!told.load(Ordering::SeqCst), "as the test wants it");
            to.observe(3, &[KeyValue::new("half", "second")]);
        })
        .build();
    meter.u64_observable_gauge("later").with_callback(|to| to.observe(4, &[])).build();
    let all_but_the_half = "before gauge\n  1\nlater gauge\n  4\nmoody gauge\n  half=first: 2\n";
    for _ in 0..2 {
        assert_eq!(meters.text(), all_but_the_half);
    }
    panics.store(false, Ordering::SeqCst);
    assert_eq!(meters.text(), format!("{all_but_the_half}  half=second: 3\n"));
    let report = meters.provider.shutdown(SOON);
    assert_eq!(report.measurements.callbacks_panicked, 2, "{report}");
}

/// A gauge whose callback does not return before the sender is dropped.
fn make_stuck(meters: &Meters) -> mpsc::Sender<()> {
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Mutex::new(stuck);
    meters
        .meter()
        .u64_observable_gauge("stuck")
        .with_callback(move |to| {
            let _ = stuck.lock().unwrap().recv();
            to.observe(7, &[]);
        })
        .build();
    release
}

#[test]
fn a_callback_that_does_not_return_is_passed_over_until_it_has() {
    let meters = Meters::cumulative();
    let release = make_stuck(&meters);
    meters.meter().u64_observable_gauge("later").with_callback(|to| to.observe(1, &[])).build();
    meters.meter().u64_counter("counted").build().add(2, &[]);
    let others = "counted counter cumulative\n  2\nlater gauge\n  1\n";
    let began = Instant::now();
    for _ in 0..10 {
        assert_eq!(meters.text(), others);
    }
    assert!(began.elapsed() < Duration::from_secs(8), "waited for once: {:?}", began.elapsed());
    drop(release);
    let all = format!("{others}stuck gauge\n  7\n");
    let began = Instant::now();
    while meters.text() != all {
        assert!(began.elapsed() < SOON, "it never came back");
    }
    let measurements = meters.provider.shutdown(SOON).measurements;
    assert!(measurements.callbacks_late >= 10, "{measurements:?}");
    assert_eq!(measurements.late, 1, "what it observed at last was of an earlier collection");
}

#[test]
fn a_callback_that_does_not_return_costs_the_last_collection_nothing_else() {
    let meters = Meters::cumulative();
    let memory = pilotlight_sdk::transport::InMemoryExporter::new();
    let periodic = Reader::periodic(memory.clone()).interval(Duration::from_secs(3600));
    let meters_with = Meters::with(|reader| reader, |builder| builder.with_reader(periodic));
    drop(meters);
    let _release = make_stuck(&meters_with);
    meters_with.meter().u64_counter("counted").build().add(2, &[]);
    let began = Instant::now();
    let report = meters_with.provider.shutdown(Duration::from_millis(800));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(memory.text_metrics(), "counted counter cumulative\n  2\n", "{report}");
    assert!(report.measurements.callbacks_late >= 1, "{report}");
}

#[test]
fn a_shutdown_does_not_wait_for_the_callbacks_of_a_collection_under_way() {
    const STUCK: usize = 20;
    let memory = pilotlight_sdk::transport::InMemoryExporter::new();
    let periodic = Reader::periodic(memory.clone()).interval(Duration::from_secs(3600)).timeout(None);
    let meters = Meters::with(|reader| reader, |builder| builder.with_reader(periodic));
    meters.meter().u64_counter("counted").build().add(2, &[]);
    let (begun, has_begun) = mpsc::channel();
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Arc::new(Mutex::new(stuck));
    for number in 0..STUCK {
        let (begun, stuck) = (begun.clone(), Arc::clone(&stuck));
        let observe = move || {
            let _ = (begun.send(()), stuck.lock().unwrap().recv());
        };
        let name = format!("stuck_{number}");
        meters.meter().u64_observable_gauge(name).with_callback(move |_| observe()).build();
    }
    assert!(meters.provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
    has_begun.recv_timeout(SOON).unwrap();
    let report = meters.provider.shutdown(Duration::from_secs(2));
    assert!(report.exporters.iter().all(|exporter| exporter.in_time), "{report}");
    assert!(memory.text_metrics().contains("counted counter cumulative"), "{report}");
    drop(release);
}

#[test]
fn a_total_whose_callback_failed_once_is_not_reported_twice_as_a_change() {
    let meters = Meters::delta();
    let (total, fails) = (Arc::new(AtomicU64::new(100)), Arc::new(AtomicBool::new(false)));
    let (observed, failing) = (Arc::clone(&total), Arc::clone(&fails));
    let observe = move || match failing.load(Ordering::SeqCst) {
        true => panic!("not now"),
        false => observed.load(Ordering::SeqCst),
    };
    let observe = move |to: &dyn opentelemetry::metrics::AsyncInstrument<u64>| to.observe(observe(), &[]);
    meters.meter().u64_observable_counter("total").with_callback(observe).build();
    assert_eq!(meters.text(), "total counter delta\n  100\n");
    fails.store(true, Ordering::SeqCst);
    assert_eq!(meters.text(), "");
    fails.store(false, Ordering::SeqCst);
    total.store(103, Ordering::SeqCst);
    assert_eq!(meters.text(), "total counter delta\n  3\n");
}

#[test]
fn somebody_who_collects_by_hand_waits_no_longer_than_they_said() {
    let meters = Meters::cumulative();
    let _release = make_stuck(&meters);
    let error = meters.reader.collect(Duration::from_millis(50)).unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[test]
fn nothing_is_collected_for_somebody_who_has_given_up_before_their_turn() {
    let meters = Meters::delta();
    let release = make_stuck(&meters);
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let observe = move || counted.fetch_add(1, Ordering::SeqCst) + 1;
    meters.meter().u64_observable_gauge("calls").with_callback(move |to| to.observe(observe(), &[])).build();
    let of_the_stuck = meters.reader.collect(Duration::from_millis(50));
    let behind_it = meters.reader.collect(Duration::ZERO);
    assert!(of_the_stuck.unwrap_err().is_timeout() && behind_it.unwrap_err().is_timeout());
    drop(release);
    meters.batches();
    assert_eq!(calls.load(Ordering::SeqCst), 2, "one call for each of two collections");
}

#[test]
fn each_reader_sees_its_own_observations() {
    let other = ManualReader::new();
    let delta = Reader::manual(&other).temporality(TemporalityPreference::Delta);
    let meters = Meters::with(|reader| reader, |builder| builder.with_reader(delta));
    let total = Arc::new(AtomicU64::new(10));
    let observed = Arc::clone(&total);
    let observe = move || observed.load(Ordering::SeqCst);
    meters
        .meter()
        .u64_observable_counter("total")
        .with_callback(move |to| to.observe(observe(), &[]))
        .build();
    let by_other = || {
        let batches = other.collect(SOON).unwrap();
        let metrics: Vec<_> =
            batches.iter().flat_map(pilotlight_sdk::transport::ExportedMetric::all).collect();
        pilotlight_sdk::transport::text_metrics(&metrics)
    };
    assert_eq!(by_other(), "total counter delta\n  10\n");
    assert_eq!(meters.text(), "total counter cumulative\n  10\n");
    total.store(13, Ordering::SeqCst);
    assert_eq!(meters.text(), "total counter cumulative\n  13\n");
    assert_eq!(by_other(), "total counter delta\n  3\n");
}

#[test]
fn a_callback_may_measure_and_make_instruments_itself() {
    let meters = Meters::cumulative();
    let meter = meters.meter();
    let inner = meter.clone();
    let calls = meter.u64_counter("calls").build();
    meter
        .u64_observable_gauge("outer")
        .with_callback(move |to| {
            calls.add(1, &[]);
            inner.u64_counter("made_inside").build().add(1, &[]);
            to.observe(1, &[]);
        })
        .build();
    assert_eq!(
        meters.text(),
        "calls counter cumulative\n  1\nmade_inside counter cumulative\n  1\nouter gauge\n  1\n"
    );
}
