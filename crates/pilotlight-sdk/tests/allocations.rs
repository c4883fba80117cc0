//! Once warm, recording a span allocates nothing on the caller's thread.
//!
//! The contract holds while the exporter keeps up: what it empties is reused. During a burst that it cannot follow, each 32 KiB handed
//! over takes a new chunk, up to the queue's bound.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::Duration;

use allocation_counter::measure;
use common::SOON;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{Span, TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue, global};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{AlwaysOff, TracerProvider};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};

/// So many spans between flushes are less than the exporter thread is woken for by itself: it always keeps up.
const ROUND: usize = 400;

/// Thousands of spans, and dozens of hand-overs.
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

fn settings() -> BatchSettings {
    let mut settings = BatchSettings::default();
    // Nothing happens but when a test flushes.
    settings.schedule_delay = Duration::from_secs(3600);
    settings
}

fn provider() -> TracerProvider {
    TracerProvider::builder().with_batch_exporter(Discard, settings()).build().unwrap()
}

fn set_eight(span: &mut impl Span) {
    span.set_attribute(KeyValue::new("http.request.method", "GET"));
    span.set_attribute(KeyValue::new("http.route", "/api/users/{id}"));
    span.set_attribute(KeyValue::new("http.response.status_code", 200));
    span.set_attribute(KeyValue::new("url.scheme", "https"));
    span.set_attribute(KeyValue::new("server.address", "shop.example.com"));
    span.set_attribute(KeyValue::new("server.port", 8443));
    span.set_attribute(KeyValue::new("cache.hit", true));
    span.set_attribute(KeyValue::new("db.duration", 0.25));
}

/// How many allocations a span makes on this thread, after a warm-up; flushes between rounds are not counted.
fn allocations(provider: &TracerProvider, mut span: impl FnMut()) -> f64 {
    let mut counted = 0;
    for round in 0..2 * ROUNDS {
        let allocated = measure(|| (0..ROUND).for_each(|_| span()));
        provider.force_flush(SOON).unwrap();
        // The first half warms up: pools, lanes and spare chunks.
        counted += if round < ROUNDS { 0 } else { allocated.count_total };
    }
    counted as f64 / (ROUNDS * ROUND) as f64
}

#[test]
fn a_span_with_eight_attributes_allocates_nothing() {
    let provider = provider();
    let tracer = provider.tracer("test");
    let each = allocations(&provider, || {
        let mut span = tracer.start("GET /api/users/{id}");
        set_eight(&mut span);
        span.end();
    });
    assert_eq!(each, 0.0);
    let report = provider.shutdown(SOON);
    assert_eq!(report.exported(), (2 * ROUNDS * ROUND) as u64, "{report}");
}

#[test]
fn a_span_that_is_not_sampled_allocates_nothing() {
    let provider = TracerProvider::builder()
        .with_batch_exporter(Discard, settings())
        .with_sampler(AlwaysOff)
        .build()
        .unwrap();
    let tracer = provider.tracer("test");
    let each = allocations(&provider, || {
        let mut span = tracer.start("dropped");
        set_eight(&mut span);
    });
    assert_eq!(each, 0.0);
}

#[test]
fn an_event_and_a_status_allocate_nothing_that_the_caller_did_not() {
    let provider = provider();
    let tracer = provider.tracer("test");
    let each = allocations(&provider, || {
        let mut span = tracer.start("with event");
        span.add_event("event", Vec::new());
        span.set_status(opentelemetry::trace::Status::error("static"));
    });
    assert_eq!(each, 0.0);
}

/// In a context the API boxes a span and shares the box between the context's clones: two allocations for any provider.
#[test]
fn a_span_in_context_allocates_what_the_api_does_for_any_provider() {
    let provider = provider();
    let (tracer, noop) = (provider.tracer("test"), NoopTracerProvider::new().tracer("test"));
    let ours = allocations(&provider, || {
        tracer.in_span("parent", |context| {
            context.span().set_attribute(KeyValue::new("key", "value"));
            tracer.in_span("child", |_| {});
        });
    });
    let apis = allocations(&provider, || {
        noop.in_span("parent", |context| {
            context.span().set_attribute(KeyValue::new("key", "value"));
            noop.in_span("child", |_| {});
        });
    });
    assert_eq!((ours, apis), (4.0, 4.0), "for two spans");
}

/// Through the global tracer the API boxes every span: one allocation each, besides the two for a context.
#[test]
fn a_span_of_a_global_tracer_allocates_the_apis_box_alone() {
    let provider = provider();
    global::set_tracer_provider(provider.clone());
    let tracer = global::tracer("test");
    let started = allocations(&provider, || {
        let mut span = tracer.start_with_context("span", &Context::new());
        set_eight(&mut span);
        span.end();
    });
    let in_context = allocations(&provider, || tracer.in_span("span", |_| {}));
    assert_eq!((started, in_context), (1.0, 3.0));
}
