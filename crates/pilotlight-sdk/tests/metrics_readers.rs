//! When readers collect, for whom, and when they stop.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use common::SOON;
use common::gate::Gate;
use common::meters::Meters;
use common::screen::block_on;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::config::{HistogramAggregation, TemporalityPreference};
use pilotlight_sdk::record::MeterProvider;
use pilotlight_sdk::transport::{
    Batch, BoxFuture, ExportError, ExportedMetric, Exporter, InMemoryExporter, Receipt, text_metrics,
};

const HOUR: Duration = Duration::from_secs(3600);

fn provider(reader: Reader) -> MeterProvider {
    MeterProvider::builder().with_reader(reader).build().unwrap()
}

fn text(batches: &[Batch]) -> String {
    text_metrics(&batches.iter().flat_map(ExportedMetric::all).collect::<Vec<_>>())
}

#[test]
fn several_readers_collect_independently_each_with_its_temporality_and_aggregation() {
    let [totals, changes, more_totals] = [(); 3].map(|()| ManualReader::new());
    let provider = MeterProvider::builder()
        .with_reader(Reader::manual(&totals))
        .with_reader(Reader::manual(&changes).temporality(TemporalityPreference::Delta))
        .with_reader(
            Reader::manual(&more_totals).histogram_aggregation(HistogramAggregation::Base2Exponential),
        )
        .build()
        .unwrap();
    let counter = provider.meter("test").u64_counter("counted").build();
    let histogram = provider.meter("test").f64_histogram("spread").with_boundaries(vec![]).build();
    let collect = |reader: &ManualReader| text(&reader.collect(SOON).unwrap());
    for round in 1..=3u64 {
        counter.add(2, &[]);
        histogram.record(1.0, &[]);
        assert_eq!(
            collect(&totals),
            format!(
                "counted counter cumulative\n  {}\nspread histogram cumulative\n  count {round} sum {round} min 1 \
                 max 1 buckets all:{round}\n",
                2 * round
            )
        );
        if round != 2 {
            let rounds = if round == 3 { 2 } else { 1 };
            assert_eq!(
                collect(&changes),
                format!(
                    "counted counter delta\n  {}\nspread histogram delta\n  count {rounds} sum {rounds} min 1 max 1 \
                     buckets all:{rounds}\n",
                    2 * rounds
                )
            );
        }
        assert_eq!(
            collect(&more_totals),
            format!(
                "counted counter cumulative\n  {}\nspread exponential histogram cumulative\n  count {round} sum \
                 {round} min 1 max 1 scale 20 positive -1:{round}\n",
                2 * round
            )
        );
    }
}

#[test]
fn a_periodic_reader_exports_again_and_again() {
    let gate = Gate::open();
    let provider = provider(Reader::periodic(gate.clone()).interval(Duration::from_millis(5)));
    let counter = provider.meter("test").u64_counter("counted").build();
    counter.add(1, &[]);
    gate.await_items(3);
    counter.add(1, &[]);
    let seen = gate.memory.items();
    gate.await_items(seen + 2);
    let last = gate.memory.metrics().pop().unwrap();
    assert_eq!(last.number(&[]).unwrap().as_f64(), 2.0);
}

#[test]
fn an_hourly_reader_exports_at_a_flush_and_at_shutdown_and_nothing_in_between() {
    let gate = Gate::open();
    let provider = provider(Reader::periodic(gate.clone()).interval(HOUR));
    let counter = provider.meter("test").u64_counter("counted").build();
    counter.add(1, &[]);
    provider.force_flush(SOON).unwrap();
    assert_eq!(gate.memory.text_metrics(), "counted counter cumulative\n  1\n");
    gate.memory.clear();
    counter.add(1, &[]);
    let report = provider.shutdown(SOON);
    assert_eq!(gate.memory.text_metrics(), "counted counter cumulative\n  2\n");
    assert!(report.is_complete() && report.exported() == 2, "{report}");
}

#[test]
fn nothing_to_report_is_nothing_sent() {
    let memory = InMemoryExporter::new();
    let provider = provider(Reader::periodic(memory.clone()).interval(Duration::from_millis(1)));
    let _counter = provider.meter("test").u64_counter("silent").build();
    for _ in 0..3 {
        provider.force_flush(SOON).unwrap();
    }
    provider.shutdown(SOON);
    assert!(memory.batches().is_empty());
}

#[test]
fn a_flush_and_a_shutdown_end_in_time_although_the_exporter_hangs() {
    let gate = Gate::closed();
    let provider = provider(Reader::periodic(gate.clone()).interval(HOUR));
    provider.meter("test").u64_counter("counted").build().add(1, &[]);
    let began = Instant::now();
    let error = provider.force_flush(Duration::from_millis(50)).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    gate.await_attempts(1);
    let report = provider.shutdown(Duration::from_millis(300));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(report.exported(), 0);
    assert!(report.exporters[0].dropped.shutdown >= 1 && report.exporters[0].in_time, "{report}");
    assert!(!report.is_complete());
}

#[test]
fn an_export_ends_at_the_readers_timeout_and_what_was_lost_is_counted() {
    let gate = Gate::closed();
    let reader = Reader::periodic(gate.clone()).interval(HOUR).timeout(Duration::from_millis(30));
    let provider = provider(reader);
    provider.meter("test").u64_counter("counted").build().add(1, &[]);
    let error = provider.force_flush(SOON).unwrap_err();
    assert!(!error.is_timeout() && error.to_string().contains("could not deliver"), "{error}");
    gate.set_open(true);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.retries_exhausted), (1, 1), "{report}");
}

#[test]
fn after_shutdown_nothing_is_measured_and_a_second_one_says_the_same() {
    let memory = InMemoryExporter::new();
    let provider = provider(Reader::periodic(memory.clone()).interval(HOUR));
    let counter = provider.meter("test").u64_counter("counted").build();
    let bound = counter.bind(&[]);
    counter.add(1, &[]);
    let first = provider.shutdown(SOON);
    counter.add(1, &[]);
    bound.add(1);
    provider.meter("test").u64_counter("made_later").build().add(1, &[]);
    assert!(provider.force_flush(SOON).unwrap_err().is_shut_down());
    assert_eq!(provider.shutdown(SOON), first);
    assert_eq!(memory.text_metrics(), "counted counter cumulative\n  1\n");
}

#[test]
fn a_manual_reader_says_that_its_provider_is_gone() {
    let meters = Meters::cumulative();
    meters.meter().u64_counter("counted").build().add(1, &[]);
    meters.provider.shutdown(SOON);
    let began = Instant::now();
    assert!(meters.reader.collect(SOON).unwrap_err().is_shut_down());
    assert!(block_on(meters.reader.collect_async()).unwrap_err().is_shut_down());
    assert!(began.elapsed() < SOON, "it was told, not kept waiting");
    assert!(ManualReader::new().collect(SOON).unwrap_err().is_shut_down(), "it never had a provider");
}

#[test]
fn a_shutdown_from_an_executor_does_not_block_it() {
    let memory = InMemoryExporter::new();
    let provider = provider(Reader::periodic(memory.clone()).interval(HOUR));
    provider.meter("test").u64_counter("counted").build().add(1, &[]);
    let report = block_on(provider.shutdown_async(SOON));
    assert_eq!((report.exported(), memory.items()), (1, 1), "{report}");
}

#[test]
fn a_provider_that_is_dropped_delivers_what_it_has() {
    let memory = InMemoryExporter::new();
    let provider = provider(Reader::periodic(memory.clone()).interval(HOUR));
    let counter = provider.meter("test").u64_counter("counted").build();
    let second_handle = provider.clone();
    counter.add(1, &[]);
    drop(provider);
    assert_eq!(memory.items(), 0, "there is another handle");
    drop(second_handle);
    assert_eq!(memory.items(), 1);
    counter.add(1, &[]);
}

/// Tells when two of its exports run at once, and what it was asked to do.
#[derive(Clone, Default)]
struct Watched {
    running: Arc<AtomicUsize>,
    overlaps: Arc<AtomicUsize>,
    events: Option<mpsc::Sender<&'static str>>,
}

impl Watched {
    fn say(&self, event: &'static str) {
        self.events.iter().for_each(|events| events.send(event).unwrap());
    }
}

impl Exporter for Watched {
    fn component_type(&self) -> &'static str {
        "watched"
    }

    fn export(&self, _: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async {
            self.say("export");
            if self.running.fetch_add(1, Ordering::SeqCst) > 0 {
                self.overlaps.fetch_add(1, Ordering::SeqCst);
            }
            tokio::task::yield_now().await;
            self.running.fetch_sub(1, Ordering::SeqCst);
            Ok(Receipt::default())
        })
    }

    fn force_flush(&self) -> BoxFuture<'_, Result<(), ExportError>> {
        self.say("flush");
        Box::pin(async { Ok(()) })
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        self.say("shutdown");
        Box::pin(async {})
    }
}

#[test]
fn an_exporter_is_never_called_twice_at_once() {
    let exporter = Watched::default();
    let reader = Reader::periodic(exporter.clone()).interval(Duration::from_millis(1));
    let provider = provider(reader.export_batch_points_max(1));
    let counter = provider.meter("test").u64_counter("counted").build();
    (0..5).for_each(|series| counter.add(1, &[opentelemetry::KeyValue::new("series", series)]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| provider.force_flush(SOON).unwrap()));
        }
    });
    provider.shutdown(SOON);
    assert_eq!(exporter.overlaps.load(Ordering::SeqCst), 0);
}

#[test]
fn an_exporter_is_flushed_after_its_metrics_and_shut_down_last() {
    let (events, seen) = mpsc::channel();
    let exporter = Watched { events: Some(events), ..Watched::default() };
    let provider = provider(Reader::periodic(exporter).interval(HOUR));
    provider.meter("test").u64_counter("counted").build().add(1, &[]);
    provider.force_flush(SOON).unwrap();
    provider.shutdown(SOON);
    drop(provider);
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["export", "flush", "export", "flush", "shutdown"]);
}

/// Never done with shutting down.
struct Clinging(InMemoryExporter);

impl Exporter for Clinging {
    fn component_type(&self) -> &'static str {
        "clinging"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        self.0.export(batch)
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn an_exporter_that_hangs_when_it_is_shut_down_is_left_behind() {
    let memory = InMemoryExporter::new();
    let provider = provider(Reader::periodic(Clinging(memory.clone())).interval(HOUR));
    provider.meter("test").u64_counter("counted").build().add(1, &[]);
    let began = Instant::now();
    let report = provider.shutdown(Duration::from_millis(300));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!((report.exported(), memory.items()), (1, 1), "{report}");
}
