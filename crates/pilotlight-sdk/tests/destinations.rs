//! Several exporters: each has a queue, retries and losses of its own, and all of them are flushed.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::SOON;
use common::gate::Gate;
use opentelemetry::Context;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::TracerProvider;
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, InMemoryExporter, Receipt};

fn settings() -> BatchSettings {
    let mut settings = BatchSettings::default();
    settings.schedule_delay = Duration::from_millis(1);
    settings
}

fn record(provider: &TracerProvider, count: usize) {
    let tracer = provider.tracer("test");
    for _ in 0..count {
        tracer.start_with_context("span", &Context::new()).end();
    }
}

#[test]
fn an_exporter_that_hangs_holds_up_no_other() {
    let (hanging, working) = (Gate::closed(), Gate::open());
    let provider = TracerProvider::builder()
        .with_batch_exporter(hanging.clone(), settings())
        .with_batch_exporter(working.clone(), settings())
        .build()
        .unwrap();
    record(&provider, 1);
    hanging.await_attempts(1);
    working.await_items(1);
    record(&provider, 9);
    working.await_items(10);
    assert_eq!(hanging.memory.items(), 0);

    hanging.set_open(true);
    let report = provider.shutdown(SOON);
    assert!(report.is_complete(), "{report}");
    assert_eq!((hanging.memory.items(), working.memory.items()), (10, 10));
}

#[test]
fn what_one_receiver_refuses_or_has_repeated_the_other_gets_once() {
    let (refusing, busy, willing) =
        (InMemoryExporter::new(), InMemoryExporter::new(), InMemoryExporter::new());
    refusing.fail_next(1, || ExportError::permanent("no"));
    busy.fail_next(1, || ExportError::transient("later"));
    let provider = [&refusing, &busy, &willing]
        .into_iter()
        .fold(TracerProvider::builder(), |builder, exporter| {
            builder.with_batch_exporter(exporter.clone(), settings())
        })
        .build()
        .unwrap();
    record(&provider, 5);
    let report = provider.shutdown(SOON);
    let books: Vec<_> = report.exporters.iter().map(|one| (one.exported, one.dropped.refused)).collect();
    // The refused batch may hold some of the five, the others follow.
    assert_eq!(books[0].0 + books[0].1, 5, "{report}");
    assert!(books[0].1 > 0, "{report}");
    assert_eq!(books[1..], [(5, 0), (5, 0)], "{report}");
    assert_eq!((busy.items(), willing.items()), (5, 5));
}

/// Writes down how many items it had when it was flushed and when it was shut down.
#[derive(Clone, Default)]
struct Diary(InMemoryExporter, Arc<Mutex<Vec<(&'static str, usize)>>>);

impl Diary {
    fn note(&self, what: &'static str) {
        self.1.lock().unwrap().push((what, self.0.items()));
    }
}

impl Exporter for Diary {
    fn component_type(&self) -> &'static str {
        "diary"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        self.0.export(batch)
    }

    fn force_flush(&self) -> BoxFuture<'_, Result<(), ExportError>> {
        self.note("flush");
        Box::pin(async { Ok(()) })
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        self.note("shutdown");
        Box::pin(async {})
    }
}

#[test]
fn every_exporter_is_flushed_after_it_got_its_spans_and_shut_down_last_of_all() {
    let diaries = [Diary::default(), Diary::default()];
    let mut settings = settings();
    settings.schedule_delay = Duration::from_secs(3600);
    let provider = TracerProvider::builder()
        .with_batch_exporter(diaries[0].clone(), settings)
        .with_simple_exporter(diaries[1].clone())
        .build()
        .unwrap();
    record(&provider, 3);
    provider.force_flush(SOON).unwrap();
    record(&provider, 2);
    assert!(provider.shutdown(SOON).is_complete());
    for diary in diaries {
        let entries = diary.1.lock().unwrap();
        assert_eq!(entries.first(), Some(&("flush", 3)), "{entries:?}");
        assert_eq!(entries.last(), Some(&("shutdown", 5)), "{entries:?}");
        assert_eq!(entries.iter().filter(|(what, _)| *what == "shutdown").count(), 1, "{entries:?}");
    }
}
