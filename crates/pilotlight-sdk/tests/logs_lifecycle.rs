//! Log records reach their exporters in batches or one by one, each once, or are counted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use common::gate::Gate;
use common::log_recorder::{LogRecorder, emit, records, requests, say};
use common::screen::block_on;
use common::{SOON, attribute};
use opentelemetry::Context;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
use pilotlight_sdk::Error;
use pilotlight_sdk::batch::{Report, Worker};
use pilotlight_sdk::config::{BatchSettings, QueueBound};
use pilotlight_sdk::record::{LogMut, LogRecordProcessor, Logger, LoggerProvider};
use pilotlight_sdk::transport::{ExportError, InMemoryExporter, Signal};

/// Nothing happens because of the schedule.
fn unscheduled() -> BatchSettings {
    let mut settings = BatchSettings::for_logs();
    settings.schedule_delay = Duration::from_secs(24 * 60 * 60);
    settings
}

fn batching(gate: &Gate) -> LoggerProvider {
    LoggerProvider::builder().with_batch_exporter(gate.clone(), unscheduled()).build().unwrap()
}

fn bodies(memory: &InMemoryExporter) -> Vec<String> {
    memory.logs().iter().map(|log| log.view().body().unwrap().to_string()).collect()
}

#[test]
fn a_batch_is_exported_when_it_is_flushed_and_keeps_the_order() {
    let gate = Gate::open();
    let provider = batching(&gate);
    for text in ["one", "two", "three"] {
        say(&provider.logger("test"), text);
    }
    assert_eq!(gate.memory.items(), 0);
    provider.force_flush(SOON).unwrap();
    assert_eq!(bodies(&gate.memory), ["one", "two", "three"]);
    let batches = gate.memory.batches();
    assert_eq!((batches.len(), batches[0].items, batches[0].signal), (1, 3, Signal::Logs));
    provider.force_flush(SOON).unwrap();
    assert_eq!(gate.memory.batches().len(), 1, "a flush of nothing exports nothing");
}

#[test]
fn a_batch_is_exported_when_its_time_has_come() {
    let gate = Gate::open();
    let mut settings = BatchSettings::for_logs();
    settings.schedule_delay = Duration::from_millis(1);
    let provider = LoggerProvider::builder().with_batch_exporter(gate.clone(), settings).build().unwrap();
    say(&provider.logger("test"), "hello");
    gate.await_items(1);
}

#[test]
fn a_simple_exporter_has_each_record_before_emit_returns() {
    let recorder = LogRecorder::new();
    for (text, items) in [("one", 1), ("two", 2)] {
        say(&recorder.logger(), text);
        assert_eq!(recorder.exporter.items(), items);
    }
    assert_eq!(recorder.requests().len(), 2);
}

#[test]
fn every_exporter_gets_every_record() {
    let (simple, gate, own) = (InMemoryExporter::new(), Gate::open(), InMemoryExporter::new());
    let provider = LoggerProvider::builder()
        .with_worker(Worker::start().unwrap())
        .with_simple_exporter(simple.clone())
        .with_batch_exporter(gate.clone(), unscheduled())
        .with_batch_exporter_on(Worker::start().unwrap(), own.clone(), unscheduled())
        .build()
        .unwrap();
    say(&provider.logger("test"), "hello");
    assert_eq!((simple.items(), gate.memory.items(), own.items()), (1, 0, 0));
    let report = provider.shutdown(SOON);
    assert_eq!((simple.items(), gate.memory.items(), own.items()), (1, 1, 1));
    assert_eq!((report.exporters.len(), report.exported()), (3, 3), "{report}");
}

#[test]
fn shutdown_delivers_what_was_emitted_and_counts_what_comes_after() {
    let gate = Gate::open();
    let provider = batching(&gate);
    let logger = provider.logger("test");
    say(&logger, "in time");
    let report = provider.shutdown(SOON);
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.exported(), 1);

    say(&logger, "late");
    thread::scope(|scope| scope.spawn(|| say(&provider.logger("another"), "late, too")).join().unwrap());
    assert!(!logger.event_enabled(Severity::Error, "", None));
    let again = provider.shutdown(SOON);
    assert_eq!((again.exported(), again.exporters[0].dropped.after_shutdown), (1, 2), "{again}");
    assert_eq!(bodies(&gate.memory), ["in time"]);
}

#[test]
fn after_shutdown_a_simple_exporter_gets_nothing_and_nobody_waits_for_it() {
    let recorder = LogRecorder::new();
    recorder.provider.shutdown(SOON);
    say(&recorder.logger(), "late");
    assert_eq!(recorder.exporter.items(), 0);
    assert_eq!(recorder.provider.shutdown(SOON).exporters[0].dropped.after_shutdown, 1);
}

#[test]
fn shutdown_without_blocking_says_the_same() {
    let gate = Gate::open();
    let provider = batching(&gate);
    say(&provider.logger("test"), "hello");
    assert_eq!(block_on(provider.shutdown_async(SOON)).exported(), 1);
    assert_eq!(provider.shutdown(SOON).exported(), 1);
}

#[test]
fn a_flush_that_is_not_over_in_time_says_so_and_loses_nothing() {
    let gate = Gate::closed();
    let provider = batching(&gate);
    say(&provider.logger("test"), "held up");
    assert!(provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
    gate.set_open(true);
    provider.force_flush(SOON).unwrap();
    assert_eq!(gate.memory.items(), 1);
}

#[test]
fn a_shutdown_that_is_not_over_in_time_counts_what_it_left() {
    let gate = Gate::closed();
    let provider = batching(&gate);
    say(&provider.logger("test"), "held up");
    let report = provider.shutdown(Duration::from_secs(1));
    assert_eq!((report.exported(), report.dropped()), (0, 1), "{report}");
    assert!(!report.is_complete());
}

#[test]
fn what_a_receiver_refuses_is_reported() {
    let recorder = LogRecorder::new();
    recorder.exporter.fail_next(1, || ExportError::permanent("no, thanks"));
    say(&recorder.logger(), "refused");
    say(&recorder.logger(), "taken");
    let report = recorder.provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.refused), (1, 1), "{report}");
}

#[test]
fn beyond_a_bound_in_items_the_newest_records_are_dropped_and_counted() {
    let gate = Gate::closed();
    let mut settings = unscheduled();
    settings.queue = QueueBound::Items(10);
    let provider = LoggerProvider::builder().with_batch_exporter(gate.clone(), settings).build().unwrap();
    let logger = provider.logger("test");
    say(&logger, "held up");
    assert!(provider.force_flush(Duration::ZERO).unwrap_err().is_timeout());
    gate.await_attempts(1);
    (0..15).for_each(|_| say(&logger, "flood"));
    gate.set_open(true);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.queue_full), (11, 5), "{report}");
}

#[test]
fn the_last_handles_drop_delivers_what_was_emitted() {
    let gate = Gate::open();
    let provider = batching(&gate);
    let logger = provider.logger("test");
    let clone = provider.clone();
    say(&logger, "hello");
    drop(provider);
    assert_eq!(gate.memory.items(), 0, "there is another handle");
    drop(clone);
    assert_eq!(bodies(&gate.memory), ["hello"]);
    say(&logger, "late");
    assert!(!logger.event_enabled(Severity::Error, "", None));
    assert_eq!(gate.memory.items(), 1);
}

/// Emits records from `threads` threads at once, `each` from each, with consecutive numbers as bodies.
fn emit_from_many(logger: &Logger, threads: u64, each: u64, emitted: &AtomicU64) {
    let start = Barrier::new(threads as usize);
    let (start, logger) = (&start, &logger);
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                start.wait();
                for number in thread * each..(thread + 1) * each {
                    emit(logger, |record| {
                        record.add_attribute("number", number as i64);
                        record.set_target(["a", "b", "c"][number as usize % 3]);
                    });
                    emitted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
}

fn numbers(memory: &InMemoryExporter) -> Vec<i64> {
    let records = records(requests(&memory.batches()));
    let number = |record: &opentelemetry_proto::tonic::logs::v1::LogRecord| match attribute(
        &record.attributes,
        "number",
    ) {
        Some(Read::IntValue(number)) => *number,
        other => panic!("no number: {other:?}"),
    };
    records.iter().map(number).collect()
}

fn assert_distinct(numbers: &[i64]) {
    assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len(), "some arrived twice");
}

#[test]
fn records_of_many_threads_arrive_exactly_once() {
    const THREADS: u64 = 8;
    const EACH: u64 = 2_000;
    let memory = InMemoryExporter::new();
    let mut settings = BatchSettings::for_logs();
    settings.schedule_delay = Duration::from_millis(1);
    settings.queue = QueueBound::Bytes(64 << 20);
    let provider = LoggerProvider::builder().with_batch_exporter(memory.clone(), settings).build().unwrap();
    emit_from_many(&provider.logger("test"), THREADS, EACH, &AtomicU64::new(0));
    let report = provider.shutdown(SOON);
    assert!(report.is_complete(), "{report}");
    let numbers = numbers(&memory);
    assert_eq!((numbers.len() as u64, report.exported()), (THREADS * EACH, THREADS * EACH));
    assert_distinct(&numbers);
}

#[test]
fn with_a_shutdown_in_the_middle_each_record_arrives_once_or_is_counted() {
    const THREADS: u64 = 4;
    const EACH: u64 = 20_000;
    let memory = InMemoryExporter::new();
    let provider =
        LoggerProvider::builder().with_batch_exporter(memory.clone(), unscheduled()).build().unwrap();
    let (logger, emitted) = (provider.logger("test"), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| emit_from_many(&logger, THREADS, EACH, &emitted));
        while emitted.load(Ordering::Relaxed) < THREADS * EACH / 4 {
            thread::yield_now();
        }
        provider.shutdown(SOON);
    });
    let report: Report = provider.shutdown(SOON);
    let numbers = numbers(&memory);
    assert_eq!(numbers.len() as u64, report.exported());
    assert_eq!(report.exported() + report.dropped(), THREADS * EACH, "{report}");
    assert!(report.exporters[0].dropped.after_shutdown > 0, "{report}");
    assert_distinct(&numbers);
}

/// Counts its ends.
struct Ends(Arc<AtomicU64>);

impl LogRecordProcessor for Ends {
    fn on_emit(&self, _: &mut LogMut<'_>, _: &Context) {}

    fn shutdown(&self, _: Duration) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

struct Failing;

impl LogRecordProcessor for Failing {
    fn on_emit(&self, _: &mut LogMut<'_>, _: &Context) {}

    fn force_flush(&self, _: Duration) -> Result<(), Error> {
        panic!("the flush gave up");
    }

    fn shutdown(&self, _: Duration) -> Result<(), Error> {
        panic!("the shutdown gave up");
    }
}

#[test]
fn a_processor_that_panics_while_it_ends_keeps_nobody_from_ending() {
    let ends = Arc::new(AtomicU64::new(0));
    let recorder =
        LogRecorder::with(|builder| builder.with_processor(Failing).with_processor(Ends(Arc::clone(&ends))));
    say(&recorder.logger(), "hello");
    let error = recorder.provider.force_flush(SOON).unwrap_err();
    assert!(error.to_string().contains("a log record processor panicked"), "{error}");
    let report = recorder.provider.shutdown(SOON);
    assert_eq!((report.panics, report.exported()), (2, 1), "{report}");
    assert_eq!(ends.load(Ordering::Relaxed), 1);
}
