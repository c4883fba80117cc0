//! Spans that wander between threads, under load.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt};
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::{BatchSettings, TracingSettings};
use pilotlight_sdk::record::{LoggerProvider, TracerProvider};
use pilotlight_sdk::transport::InMemoryExporter;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, info, info_span};

const THREADS: usize = 8;
const SPANS: usize = 2_000;

/// SplitMix64: which seed gives which order can be told from a failure.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

/// Spans that any thread may take, enter, or close.
type Shared = Mutex<Vec<Span>>;

/// Makes, enters and closes spans of its own and of others. Says of each log record which span it was made in.
fn wander(seed: u64, shared: &Shared) -> Vec<(String, SpanId)> {
    let (mut dice, mut made_in) = (Dice(seed), Vec::new());
    for number in 0..SPANS {
        let span = info_span!("span", number = number as u64, late = tracing::field::Empty);
        shared.lock().unwrap().push(span.clone());
        let other = {
            let mut shared = shared.lock().unwrap();
            let at = dice.roll(shared.len());
            if dice.roll(2) == 0 { shared.swap_remove(at) } else { shared[at].clone() }
        };
        other.record("late", seed);
        let (first, second) = if dice.roll(2) == 0 { (&span, &other) } else { (&other, &span) };
        let outer = first.enter();
        let inner = second.enter();
        if dice.roll(3) == 0 {
            drop(outer);
        }
        let id = Context::current().span().span_context().span_id();
        let name = format!("{seed} {number}");
        info!("{name}");
        made_in.push((name, id));
        drop(inner);
    }
    assert!(!Context::current().has_active_span());
    made_in
}

#[test]
fn spans_that_wander_between_threads_are_all_exported_exactly_once() {
    let exporter = InMemoryExporter::new();
    let traces = TracerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    let bridge = Bridge::new();
    bridge.connect(Some(&traces), Some(&logs), &TracingSettings::default());
    let (filters, _) = Filters::new("info", "info");
    tracing::subscriber::set_global_default(bridge.subscriber(&filters)).unwrap();

    let (shared, barrier) = (Shared::default(), Barrier::new(THREADS));
    let made_in: HashMap<String, SpanId> = std::thread::scope(|scope| {
        let threads = (0..THREADS).map(|seed| {
            let (shared, barrier) = (&shared, &barrier);
            scope.spawn(move || {
                barrier.wait();
                wander(seed as u64, shared)
            })
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    shared.lock().unwrap().clear();

    assert_eq!(bridge.open_spans(), 0);
    let spans = exporter.spans();
    let ids: HashSet<SpanId> = spans.iter().map(|span| span.view().span_id()).collect();
    assert_eq!((spans.len(), ids.len()), (THREADS * SPANS, THREADS * SPANS));
    let records = exporter.logs();
    assert_eq!(records.len(), THREADS * SPANS);
    for record in &records {
        let said = record.view().body().unwrap().to_string();
        assert_eq!(record.view().span_id(), made_in[&said], "{said}");
        assert!(ids.contains(&record.view().span_id()), "{said}");
    }
}

/// What was made by the threads, whatever became of it.
#[derive(Default)]
struct Made {
    sampled_spans: AtomicU64,
    events: AtomicU64,
}

impl Made {
    fn more(&self) {
        let outer = info_span!("outer");
        outer.in_scope(|| {
            let inner = info_span!("inner").entered();
            info!("within");
            self.events.fetch_add(1, Ordering::Relaxed);
            self.count_if_sampled();
            drop(inner);
            self.count_if_sampled();
        });
    }

    /// Spans that start after the end carry on their parent's context, and are none.
    fn count_if_sampled(&self) {
        let context = Context::current();
        self.sampled_spans.fetch_add(u64::from(context.span().is_recording()), Ordering::Relaxed);
    }
}

#[test]
fn with_a_shutdown_in_the_middle_each_span_and_event_arrives_once_or_is_counted() {
    const TIMEOUT: Duration = Duration::from_secs(30);
    let exporter = InMemoryExporter::new();
    let batch = BatchSettings::default();
    let traces = TracerProvider::builder().with_batch_exporter(exporter.clone(), batch).build().unwrap();
    let logs = LoggerProvider::builder().with_batch_exporter(exporter.clone(), batch).build().unwrap();
    let bridge = Bridge::new();
    bridge.connect(Some(&traces), Some(&logs), &TracingSettings::default());
    let (filters, _) = Filters::new("info", "info");
    let (dispatch, made) = (Dispatch::new(bridge.subscriber(&filters)), Made::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| with_default(&dispatch, || (0..SPANS).for_each(|_| made.more())));
        }
        while made.events.load(Ordering::Relaxed) < SPANS as u64 {
            std::thread::yield_now();
        }
        traces.shutdown(TIMEOUT);
        logs.shutdown(TIMEOUT);
    });
    let (spans, records) = (traces.shutdown(TIMEOUT), logs.shutdown(TIMEOUT));
    assert_eq!(bridge.open_spans(), 0);
    assert_eq!(
        (exporter.spans().len() as u64, exporter.logs().len() as u64),
        (spans.exported(), records.exported())
    );
    let late = |report: &pilotlight_sdk::batch::Report| report.exporters[0].dropped.after_shutdown;
    assert_eq!(spans.exported() + late(&spans), made.sampled_spans.load(Ordering::Relaxed), "{spans}");
    assert_eq!(records.exported() + late(&records), made.events.load(Ordering::Relaxed), "{records}");
}
