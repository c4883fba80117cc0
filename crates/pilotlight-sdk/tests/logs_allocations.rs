//! Once warm, a log record allocates nothing of ours on the thread that emits it.
//!
//! The contract holds while the exporter keeps up: what it empties is reused.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::Duration;

use allocation_counter::measure;
use common::SOON;
use common::log_recorder::{emit, say};
use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{LogRecord, LoggerConfig, LoggerProvider, LoggerProviderBuilder};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};

/// So many records between flushes are less than the exporter thread is woken for by itself: it always keeps up.
const ROUND: usize = 400;

/// Thousands of records, and dozens of hand-overs.
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

fn provider(configure: impl FnOnce(LoggerProviderBuilder) -> LoggerProviderBuilder) -> LoggerProvider {
    let mut settings = BatchSettings::for_logs();
    // Nothing happens but when a test flushes.
    settings.schedule_delay = Duration::from_secs(3600);
    configure(LoggerProvider::builder()).with_batch_exporter(Discard, settings).build().unwrap()
}

/// How many allocations a record makes on this thread, after a warm-up; flushes between rounds are not counted.
fn allocations(provider: &LoggerProvider, mut record: impl FnMut()) -> f64 {
    let mut counted = 0;
    for round in 0..2 * ROUNDS {
        let allocated = measure(|| (0..ROUND).for_each(|_| record()));
        provider.force_flush(SOON).unwrap();
        // The first half warms up: lanes and spare chunks.
        counted += if round < ROUNDS { 0 } else { allocated.count_total };
    }
    counted as f64 / (ROUNDS * ROUND) as f64
}

fn fill(record: &mut LogRecord) {
    record.set_severity_number(Severity::Info);
    record.set_severity_text("INFO");
    record.set_body(AnyValue::from("Processing request"));
    record.add_attribute("user_id", 123);
    record.add_attribute("http.route", "/api/users/{id}");
    record.add_attribute("cache.hit", true);
}

fn in_span() -> Context {
    let (trace_id, span_id) = (TraceId::from(1), SpanId::from(2));
    let span = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, TraceState::NONE);
    Context::new().with_remote_span_context(span)
}

#[test]
fn a_record_with_a_body_and_three_attributes_allocates_nothing() {
    let provider = provider(|builder| builder);
    let logger = provider.logger("test");
    let _attached = in_span().attach();
    assert_eq!(allocations(&provider, || emit(&logger, fill)), 0.0);
    let report = provider.shutdown(SOON);
    assert_eq!(report.exported(), (2 * ROUNDS * ROUND) as u64, "{report}");
}

#[test]
fn a_record_under_a_target_allocates_nothing() {
    let provider = provider(|builder| builder);
    let logger = provider.logger("test");
    let targets = ["shop::orders", "shop::users"];
    let mut next = 0;
    let each = allocations(&provider, || {
        next += 1;
        emit(&logger, |record| {
            record.set_target(targets[next % 2]);
            fill(record);
        });
    });
    assert_eq!(each, 0.0);
}

#[test]
fn a_record_that_is_overwritten_allocates_nothing() {
    let provider = provider(|builder| builder);
    let logger = provider.logger("test");
    let each = allocations(&provider, || {
        emit(&logger, |record| {
            fill(record);
            record.set_body(AnyValue::from("another, longer body than the one before"));
            record.add_attribute("http.route", "/");
            record.add_attribute("user_id", "a text where a number was");
        });
    });
    assert_eq!(each, 0.0);
}

#[test]
fn asking_whether_a_record_is_wanted_and_one_that_is_not_allocate_nothing() {
    let provider = provider(|builder| {
        builder.with_logger_config(|_| {
            let mut config = LoggerConfig::default();
            config.minimum_severity = Some(Severity::Error);
            config
        })
    });
    let logger = provider.logger("test");
    let each = allocations(&provider, || {
        assert!(!logger.event_enabled(Severity::Info, "shop::orders", None));
        emit(&logger, fill);
    });
    assert_eq!(each, 0.0);
}

#[test]
fn a_record_after_shutdown_allocates_nothing() {
    let provider = provider(|builder| builder);
    let logger = provider.logger("test");
    say(&logger, "warm");
    provider.shutdown(SOON);
    say(&logger, "late");
    let allocated = measure(|| (0..ROUND).for_each(|_| say(&logger, "late")));
    assert_eq!(allocated.count_total, 0);
}
