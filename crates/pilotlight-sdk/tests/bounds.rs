//! What waits is bounded, everything is delivered or counted, and threads that end leave nothing behind.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use common::gate::Gate;
use common::spans;
use opentelemetry::trace::{Span, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use pilotlight_sdk::batch::Report;
use pilotlight_sdk::config::{BatchSettings, QueueBound};
use pilotlight_sdk::record::{Tracer, TracerProvider};
use pilotlight_sdk::transport::InMemoryExporter;
use prost::Message;

/// Longer than any test takes: nothing happens because of the schedule.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

const SOON: Duration = Duration::from_secs(30);

fn settings(queue: QueueBound) -> BatchSettings {
    let mut settings = BatchSettings::default();
    settings.queue = queue;
    settings.schedule_delay = NEVER;
    settings.export_timeout = None;
    settings
}

fn provider(gate: &Gate, settings: BatchSettings) -> TracerProvider {
    TracerProvider::builder().with_batch_exporter(gate.clone(), settings).build().unwrap()
}

/// Ends `count` spans that take the same number of bytes each.
fn record(tracer: &Tracer, count: usize) {
    for _ in 0..count {
        tracer.start("span").end();
    }
}

fn record_sized(tracer: &Tracer, bytes: usize) {
    let mut span = tracer.start("sized");
    span.set_attribute(KeyValue::new("filler", "x".repeat(bytes)));
    span.end();
}

/// Has one span on its way, held up at the gate.
fn hold_up(provider: &TracerProvider, gate: &Gate, attempts: usize) {
    gate.set_open(false);
    record(&provider.tracer("held up"), 1);
    assert!(provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
    gate.await_attempts(attempts);
}

fn requests(memory: &InMemoryExporter) -> Vec<ExportTraceServiceRequest> {
    let batches = memory.batches();
    batches.iter().map(|batch| ExportTraceServiceRequest::decode(&batch.request[..]).unwrap()).collect()
}

fn assert_adds_up(report: &Report, made: usize) {
    assert_eq!(report.exported() + report.rejected() + report.dropped(), made as u64, "{report}");
}

#[test]
fn beyond_the_bound_in_bytes_the_newest_are_dropped_and_the_rest_arrives() {
    const BOUND: usize = 256 << 10;
    let gate = Gate::closed();
    let provider = provider(&gate, settings(QueueBound::Bytes(BOUND)));
    hold_up(&provider, &gate, 1);
    record(&provider.tracer("flood"), 10_000);
    gate.set_open(true);
    let report = provider.shutdown(SOON);

    assert_adds_up(&report, 10_001);
    assert_eq!(report.dropped(), report.exporters[0].dropped.queue_full);
    assert!(report.dropped() > 0 && report.exporters[0].in_time, "{report}");
    assert_eq!(spans(requests(&gate.memory)).len() as u64, report.exported());
    let bytes: usize = gate.memory.batches().iter().map(|batch| batch.request.len()).sum();
    // The queue, the one chunk of the thread, and the envelopes.
    assert!((BOUND - (32 << 10)..BOUND + (36 << 10)).contains(&bytes), "{bytes}");
}

#[test]
fn a_queue_that_was_emptied_takes_as_much_as_before() {
    let gate = Gate::closed();
    let provider = provider(&gate, settings(QueueBound::Bytes(300 << 10)));
    let tracer = provider.tracer("flood");
    let mut delivered = Vec::new();
    for round in 0..5 {
        hold_up(&provider, &gate, gate.memory.batches().len() + 1);
        let before = gate.memory.items();
        record(&tracer, 5_000);
        record_sized(&tracer, 40 << 10);
        thread::scope(|scope| scope.spawn(|| record(&tracer, 3)).join().unwrap());
        gate.set_open(true);
        provider.force_flush(SOON).unwrap();
        delivered.push((round, gate.memory.items() - before));
    }
    assert!(delivered.iter().all(|(_, items)| *items == delivered[0].1), "{delivered:?}");
}

#[test]
fn a_bound_in_items_is_exact() {
    let gate = Gate::closed();
    let provider = provider(&gate, settings(QueueBound::Items(100)));
    hold_up(&provider, &gate, 1);
    record(&provider.tracer("flood"), 150);
    gate.set_open(true);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.queue_full), (101, 50), "{report}");
}

#[test]
fn a_bound_in_items_is_exact_over_many_threads_that_come_and_go() {
    let gate = Gate::closed();
    let provider = provider(&gate, settings(QueueBound::Items(100)));
    hold_up(&provider, &gate, 1);
    for _ in 0..10 {
        let tracer = provider.tracer("flood");
        thread::spawn(move || record(&tracer, 15)).join().unwrap();
    }
    gate.set_open(true);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.queue_full), (101, 50), "{report}");
}

#[test]
fn a_full_batch_of_items_is_exported_ahead_of_the_schedule() {
    let gate = Gate::open();
    let mut settings = settings(QueueBound::Items(64));
    settings.export_batch_items_max = Some(32);
    let provider = provider(&gate, settings);
    // Far fewer bytes than fill a lane.
    record(&provider.tracer("few"), 32);
    gate.await_items(32);
}

#[test]
fn a_small_queue_is_emptied_before_it_overflows() {
    let gate = Gate::open();
    let provider = provider(&gate, settings(QueueBound::Bytes(128 << 10)));
    let tracer = provider.tracer("some");
    (0..100).for_each(|_| record_sized(&tracer, 1 << 10));
    gate.await_items(1);
    assert_eq!(provider.shutdown(SOON).exported(), 100);
}

#[test]
fn a_queue_smaller_than_a_lane_still_moves_on_when_it_is_full() {
    let gate = Gate::open();
    let provider = provider(&gate, settings(QueueBound::Bytes(1)));
    let tracer = provider.tracer("some");
    (0..40).for_each(|_| record_sized(&tracer, 1 << 10));
    gate.await_items(1);
    assert_adds_up(&provider.shutdown(SOON), 40);
}

#[test]
fn no_request_holds_more_items_than_allowed() {
    let gate = Gate::closed();
    let mut settings = settings(QueueBound::Bytes(16 << 20));
    settings.export_batch_items_max = Some(10);
    let provider = provider(&gate, settings);
    for i in 0..25 {
        record(&provider.tracer(if i % 3 == 0 { "one" } else { "two" }), 1);
    }
    gate.set_open(true);
    provider.shutdown(SOON);
    let sizes: Vec<_> = gate.memory.batches().iter().map(|batch| batch.items).collect();
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(spans(requests(&gate.memory)).len(), 25);
}

#[test]
fn requests_stay_below_the_transports_limit_and_only_a_span_beyond_it_is_too_large() {
    const LIMIT: usize = 10 << 10;
    let gate = Gate::limited_to(LIMIT);
    let provider = provider(&gate, settings(QueueBound::Bytes(16 << 20)));
    record(&provider.tracer("small"), 500);
    record_sized(&provider.tracer("too large"), 2 * LIMIT);
    record(&provider.tracer("small"), 500);
    assert!(provider.force_flush(SOON).is_err());
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.too_large), (1000, 1), "{report}");
    assert!(report.exporters[0].last_error.as_ref().unwrap().contains("10240"), "{report}");
    assert!(gate.memory.batches().iter().all(|batch| batch.request.len() <= LIMIT));
    assert_eq!(spans(requests(&gate.memory)).len(), 1000);
}

#[test]
fn a_limit_of_one_request_leaves_room_for_resource_and_scopes() {
    const LIMIT: usize = 1 << 20;
    let gate = Gate::limited_to(LIMIT);
    let provider = provider(&gate, settings(QueueBound::Bytes(16 << 20)));
    for i in 0..30_000 {
        record(&provider.tracer(if i % 1000 < 500 { "one" } else { "two" }), 1);
    }
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (30_000, 0), "{report}");
}

#[test]
fn a_span_larger_than_a_lane_arrives_whole() {
    let gate = Gate::open();
    let provider = provider(&gate, settings(QueueBound::Bytes(16 << 20)));
    let sizes = [33 << 10, 17 << 10, 1 << 20, 3 << 20];
    for size in sizes {
        record(&provider.tracer("small"), 1);
        record_sized(&provider.tracer("large"), size);
    }
    assert!(provider.shutdown(SOON).is_complete());
    let spans = spans(requests(&gate.memory));
    assert_eq!(spans.len(), 8);
    let mut lengths: Vec<_> = spans
        .iter()
        .filter_map(|span| common::attribute(&span.attributes, "filler"))
        .map(|value| format!("{value:?}").matches('x').count())
        .collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [17 << 10, 33 << 10, 1 << 20, 3 << 20]);
}

#[test]
fn threads_that_end_hand_over_what_they_recorded() {
    let gate = Gate::open();
    let provider = provider(&gate, settings(QueueBound::Bytes(16 << 20)));
    let threads: Vec<_> = (0..200)
        .map(|_| {
            let tracer = provider.tracer("short-lived");
            thread::spawn(move || record(&tracer, 3))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(provider.shutdown(SOON).exported(), 600);
}

thread_local! {
    static EARLY: RefCell<Option<EndsWithItsThread>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<EndsWithItsThread>> = const { RefCell::new(None) };
}

/// Holds an open span, and makes another, while its thread's locals are being destroyed.
struct EndsWithItsThread(Tracer, Option<pilotlight_sdk::record::Span>);

impl EndsWithItsThread {
    fn new(tracer: &Tracer) -> Self {
        Self(tracer.clone(), Some(tracer.start("open")))
    }
}

impl Drop for EndsWithItsThread {
    fn drop(&mut self) {
        drop(self.1.take());
        self.0.build_with_context(self.0.span_builder("in the end"), &Context::new()).end();
    }
}

fn keep_spans_until_the_thread_ends(tracer: &Tracer) {
    // Locals are destroyed in an order nobody promises: one before and one after the lane's own.
    EARLY.with_borrow_mut(|held| *held = Some(EndsWithItsThread::new(tracer)));
    record(tracer, 1);
    LATE.with_borrow_mut(|held| *held = Some(EndsWithItsThread::new(tracer)));
}

#[test]
fn spans_that_end_while_their_thread_ends_are_not_lost() {
    for queue in [QueueBound::Bytes(16 << 20), QueueBound::Items(1000)] {
        let gate = Gate::open();
        let provider = provider(&gate, settings(queue));
        for _ in 0..20 {
            let tracer = provider.tracer("ending");
            thread::spawn(move || keep_spans_until_the_thread_ends(&tracer)).join().unwrap();
        }
        let report = provider.shutdown(SOON);
        assert_eq!(report.exported(), 100, "{report}");
    }
}

#[test]
fn a_provider_that_is_dropped_without_shutdown_delivers_what_it_has() {
    let gate = Gate::open();
    let provider = provider(&gate, settings(QueueBound::Bytes(16 << 20)));
    let tracer = provider.tracer("kept");
    record(&tracer, 1000);
    drop(provider);
    assert_eq!(gate.memory.items(), 1000);
    assert!(!tracer.start("too late").is_recording());
}
