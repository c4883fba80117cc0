//! Once warm, what the layer adds to a span costs the two allocations of the API's context, and to an event none.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

use std::time::Duration;

use allocation_counter::measure;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::{BatchSettings, TracingSettings};
use pilotlight_sdk::record::{AlwaysOff, LoggerProvider, TracerProvider};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};
use tracing::{Subscriber, debug, debug_span, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// Longer than anything here takes.
const SOON: Duration = Duration::from_secs(30);

/// So many between flushes are less than the exporter thread is woken for by itself: it always keeps up.
const ROUND: usize = 400;
const ROUNDS: usize = 25;

/// Accepts everything and keeps nothing.
struct Discard;

impl Exporter for Discard {
    fn component_type(&self) -> &'static str {
        "discard"
    }

    fn export(&self, _: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async { Ok(Receipt::default()) })
    }
}

struct Bench {
    traces: TracerProvider,
    logs: LoggerProvider,
    bridge: Bridge,
    filters: Filters,
}

impl Bench {
    fn new(is_sampled: bool) -> Self {
        let mut settings = BatchSettings::default();
        // Nothing happens but when a test flushes.
        settings.schedule_delay = Duration::from_secs(3600);
        let mut traces = TracerProvider::builder().with_batch_exporter(Discard, settings);
        if !is_sampled {
            traces = traces.with_sampler(AlwaysOff);
        }
        let traces = traces.build().unwrap();
        let logs = LoggerProvider::builder().with_batch_exporter(Discard, settings).build().unwrap();
        let bridge = Bridge::new();
        bridge.connect(Some(&traces), Some(&logs), &TracingSettings::default());
        let (filters, _) = Filters::new("info", "info");
        Self { traces, logs, bridge, filters }
    }

    /// Allocations of `work` with our layer beyond those with a bare registry.
    fn ours(&self, work: impl Fn()) -> [f64; 2] {
        let bare = self.allocations(tracing_subscriber::registry(), &work);
        let alone = self.allocations(self.bridge.subscriber(&self.filters), &work);
        let filtered = tracing_subscriber::registry().with(self.bridge.layer(&self.filters));
        // What a registry itself allocates once in a while, when its slab grows, is no span's.
        [alone, self.allocations(filtered, &work)].map(|ours| ((ours - bare) * 100.0).round() / 100.0)
    }

    /// How many allocations `work` makes on this thread, after a warm-up; flushes between rounds are not counted.
    fn allocations(&self, subscriber: impl Subscriber + Send + Sync, work: impl Fn()) -> f64 {
        tracing::subscriber::with_default(subscriber, || {
            let mut counted = 0;
            for round in 0..2 * ROUNDS {
                let allocated = measure(|| (0..ROUND).for_each(|_| work()));
                self.traces.force_flush(SOON).unwrap();
                self.logs.force_flush(SOON).unwrap();
                // The first half warms up: pools, lanes and spare chunks.
                counted += if round < ROUNDS { 0 } else { allocated.count_total };
            }
            counted as f64 / (ROUNDS * ROUND) as f64
        })
    }
}

fn span_with_four_fields() {
    let span = info_span!("request", method = "GET", route = %"/users/{id}", status = 200, cached = ?true);
    let _entered = span.enter();
}

#[test]
fn a_span_with_four_fields_costs_the_two_allocations_of_a_context() {
    assert_eq!(Bench::new(true).ours(span_with_four_fields), [2.0, 2.0]);
}

#[test]
fn a_span_that_is_not_sampled_costs_no_more() {
    assert_eq!(Bench::new(false).ours(span_with_four_fields), [2.0, 2.0]);
}

#[test]
fn a_parent_and_its_child_cost_four() {
    let work = || info_span!("parent", a = 1).in_scope(|| info_span!("child", b = "text").in_scope(|| {}));
    assert_eq!(Bench::new(true).ours(work), [4.0, 4.0]);
}

#[test]
fn an_event_with_three_fields_costs_none() {
    let work = || info!(user_id = 123, path = "/users", cached = ?true, "Processing {}", "request");
    assert_eq!(Bench::new(true).ours(work), [0.0, 0.0]);
}

#[test]
fn what_is_left_out_costs_none() {
    let bench = Bench::new(true);
    let work = || {
        debug!(user_id = 123, path = "/users", "left out");
        debug_span!("left out", user_id = 123).in_scope(|| {});
    };
    let left_out = bench.allocations(bench.bridge.subscriber(&bench.filters), work);
    let filtered = tracing_subscriber::registry().with(bench.bridge.layer(&bench.filters));
    assert_eq!([left_out, bench.allocations(filtered, work)], [0.0, 0.0]);
}
