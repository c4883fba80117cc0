//! Exporters that misbehave cost at most their own spans, and never the truth of the report.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::{Arc, Barrier, OnceLock};
use std::thread;
use std::time::Duration;

use common::gate::Gate;
use opentelemetry::Context;
use opentelemetry::trace::{Span, Tracer as _, TracerProvider as _};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{Tracer, TracerProvider};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, InMemoryExporter, Receipt};

const SOON: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3600);

fn settings() -> BatchSettings {
    let mut settings = BatchSettings::default();
    settings.schedule_delay = HOUR;
    settings
}

fn provider(exporter: impl Exporter, settings: BatchSettings) -> TracerProvider {
    TracerProvider::builder().with_batch_exporter(exporter, settings).build().unwrap()
}

fn record(tracer: &Tracer, count: usize) {
    for _ in 0..count {
        tracer.build_with_context(tracer.span_builder("span"), &Context::new()).end();
    }
}

/// What an exporter does besides exporting.
#[derive(Clone, Copy)]
enum Habit {
    FlushPanics,
    FlushHangs,
    ShutdownPanics,
    ShutdownHangs,
}

struct Difficult(InMemoryExporter, Habit);

impl Exporter for Difficult {
    fn component_type(&self) -> &'static str {
        "difficult"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        self.0.export(batch)
    }

    fn force_flush(&self) -> BoxFuture<'_, Result<(), ExportError>> {
        match self.1 {
            Habit::FlushPanics => panic!("flush"),
            Habit::FlushHangs => Box::pin(std::future::pending()),
            _ => Box::pin(async { Ok(()) }),
        }
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        match self.1 {
            Habit::ShutdownPanics => panic!("shutdown"),
            Habit::ShutdownHangs => Box::pin(std::future::pending()),
            _ => Box::pin(async {}),
        }
    }
}

#[test]
fn an_exporter_that_panics_or_hangs_in_flush_or_shutdown_still_gets_its_spans() {
    for habit in [Habit::FlushPanics, Habit::FlushHangs, Habit::ShutdownPanics, Habit::ShutdownHangs] {
        let memory = InMemoryExporter::new();
        let provider = provider(Difficult(memory.clone(), habit), settings());
        record(&provider.tracer("test"), 3);
        let _ = provider.force_flush(Duration::from_millis(100));
        record(&provider.tracer("test"), 4);
        let report = provider.shutdown(Duration::from_secs(2));
        assert_eq!((report.exported(), report.dropped()), (7, 0), "{report}");
        assert!(report.exporters[0].in_time, "{report}");
        assert_eq!(memory.items(), 7);
    }
}

/// Each export makes more than a lane's worth of new spans.
struct Feeding(InMemoryExporter, Arc<OnceLock<Tracer>>);

impl Exporter for Feeding {
    fn component_type(&self) -> &'static str {
        "feeding"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        record(self.1.get().unwrap(), 1000);
        self.0.export(batch)
    }
}

#[test]
fn a_flush_ends_although_spans_keep_coming() {
    let tracer = Arc::new(OnceLock::new());
    let memory = InMemoryExporter::new();
    let provider = provider(Feeding(memory.clone(), Arc::clone(&tracer)), settings());
    let tracer = tracer.get_or_init(|| provider.tracer("test"));
    record(tracer, 10);
    provider.force_flush(SOON).unwrap();
    assert!(memory.items() >= 10);
    let report = provider.shutdown(SOON);
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.exported() as usize, memory.items());
}

#[test]
fn a_receiver_that_asks_for_patience_does_not_hold_up_the_shutdown() {
    let memory = InMemoryExporter::new();
    memory.fail_next(1, || ExportError::throttled("busy", HOUR));
    let mut settings = settings();
    settings.export_timeout = Some(Duration::from_secs(5));
    let provider = provider(memory.clone(), settings);
    record(&provider.tracer("test"), 2);
    assert!(provider.force_flush(SOON).is_err(), "an hour is longer than a batch may take");
    record(&provider.tracer("test"), 3);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.retries_exhausted), (3, 2), "{report}");
    assert!(report.exporters[0].in_time, "{report}");
}

#[test]
fn absurd_durations_are_taken_as_very_long_ones() {
    let memory = InMemoryExporter::new();
    let mut settings = settings();
    settings.schedule_delay = Duration::MAX;
    settings.export_timeout = Some(Duration::MAX);
    let provider = provider(memory.clone(), settings);
    record(&provider.tracer("test"), 1);
    provider.force_flush(Duration::MAX).unwrap();
    let report = provider.shutdown(Duration::MAX);
    assert_eq!((report.exported(), report.dropped()), (1, 0), "{report}");
    assert!(provider.force_flush(Duration::MAX).unwrap_err().is_shut_down());
}

#[test]
fn a_receiver_that_never_wants_to_be_called_again_is_called_once_more_at_shutdown() {
    let memory = InMemoryExporter::new();
    memory.fail_next(1, || ExportError::throttled("never again", Duration::MAX));
    let mut settings = settings();
    settings.export_timeout = None;
    let provider = provider(memory.clone(), settings);
    record(&provider.tracer("test"), 1);
    // Begins the export; whether it is over by the time of the shutdown makes no difference.
    let _ = provider.force_flush(Duration::ZERO);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (1, 0), "{report}");
}

#[test]
fn of_several_shutdowns_at_once_each_is_told_that_all_was_done() {
    for _ in 0..50 {
        let gate = Gate::closed();
        let provider = provider(gate.clone(), settings());
        record(&provider.tracer("test"), 5);
        let started = Arc::new(Barrier::new(5));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (provider, started) = (provider.clone(), Arc::clone(&started));
                thread::spawn(move || {
                    started.wait();
                    // Long enough for an answer that got lost to be noticed.
                    provider.shutdown(HOUR)
                })
            })
            .collect();
        started.wait();
        gate.await_attempts(1);
        gate.set_open(true);
        for thread in threads {
            let report = thread.join().unwrap();
            assert!(report.is_complete() && report.exported() == 5, "{report}");
        }
    }
}

/// Rejects more than it ever got.
struct Boastful;

impl Exporter for Boastful {
    fn component_type(&self) -> &'static str {
        "boastful"
    }

    fn export(&self, _: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async { Ok(Receipt { rejected: u64::MAX, ..Receipt::default() }) })
    }
}

#[test]
fn a_receiver_that_rejects_more_than_it_got_rejected_what_it_got() {
    let provider = provider(Boastful, settings());

    record(&provider.tracer("test"), 3);
    let report = provider.shutdown(SOON);

    assert_eq!((report.exported(), report.rejected(), report.dropped()), (0, 3, 0));
}
