//! A log record belongs to the span that is current where it is emitted, unless it says otherwise.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::cell::RefCell;
use std::thread;

use common::SOON;
use common::log_recorder::{LogRecorder, emit, say};
use opentelemetry::Context;
use opentelemetry::logs::{LogRecord as _, Logger as _, Severity};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{Logger, LoggerProvider, TracerProvider};
use pilotlight_sdk::transport::InMemoryExporter;

const TRACE: TraceId = TraceId::from_bytes([1; 16]);
const SPAN: SpanId = SpanId::from_bytes([2; 8]);

fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Context {
    let span = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    Context::new().with_remote_span_context(span)
}

/// Trace id, span id and flags as an independent reader sees them.
fn ids(record: &LogRecord) -> (Vec<u8>, Vec<u8>, u32) {
    (record.trace_id.clone(), record.span_id.clone(), record.flags)
}

fn ids_of(trace_id: TraceId, span_id: SpanId, flags: u32) -> (Vec<u8>, Vec<u8>, u32) {
    (trace_id.to_bytes().to_vec(), span_id.to_bytes().to_vec(), flags)
}

fn ids_of_span(span: &SpanContext) -> (Vec<u8>, Vec<u8>, u32) {
    ids_of(span.trace_id(), span.span_id(), span.trace_flags().to_u8().into())
}

const NO_IDS: (Vec<u8>, Vec<u8>, u32) = (Vec::new(), Vec::new(), 0);

#[test]
fn a_record_carries_the_ids_of_the_current_span() {
    let traces = TracerProvider::builder().with_simple_exporter(InMemoryExporter::new()).build().unwrap();
    let recorder = LogRecorder::new();
    traces.tracer("test").in_span("outer", |outer| {
        let outer = outer.span().span_context().clone();
        assert_eq!(ids(&recorder.emit(|_| {})), ids_of_span(&outer));
        traces.tracer("test").in_span("inner", |inner| {
            let inner = inner.span().span_context().clone();
            assert_eq!(inner.trace_id(), outer.trace_id());
            assert_eq!(ids(&recorder.emit(|_| {})), ids_of_span(&inner));
        });
    });
    assert_eq!(ids(&recorder.emit(|_| {})), NO_IDS);
}

#[test]
fn the_span_counts_that_is_current_when_the_record_is_emitted() {
    let recorder = LogRecorder::new();
    let mut record = recorder.logger().create_log_record();
    record.set_body("made outside".into());
    let attached = remote(TRACE, SPAN, TraceFlags::SAMPLED).attach();
    recorder.logger().emit(record);
    drop(attached);
    assert_eq!(ids(&recorder.record()), ids_of(TRACE, SPAN, 1));
}

#[test]
fn a_remote_span_and_one_that_is_not_sampled_are_spans_too() {
    let recorder = LogRecorder::new();
    for (flags, expected) in
        [(TraceFlags::SAMPLED, 1), (TraceFlags::NOT_SAMPLED, 0), (TraceFlags::new(0xff), 0xff)]
    {
        let _attached = remote(TRACE, SPAN, flags).attach();
        assert_eq!(ids(&recorder.emit(|_| {})), ids_of(TRACE, SPAN, expected));
    }
}

#[test]
fn a_context_without_a_valid_span_is_none() {
    let recorder = LogRecorder::new();
    for (trace_id, span_id) in
        [(TraceId::INVALID, SPAN), (TRACE, SpanId::INVALID), (TraceId::INVALID, SpanId::INVALID)]
    {
        let _attached = remote(trace_id, span_id, TraceFlags::SAMPLED).attach();
        assert_eq!(ids(&recorder.emit(|_| {})), NO_IDS);
    }
}

#[test]
fn a_span_that_the_record_names_wins_over_the_current_one() {
    let recorder = LogRecorder::new();
    let _attached =
        remote(TraceId::from_bytes([8; 16]), SpanId::from_bytes([9; 8]), TraceFlags::SAMPLED).attach();
    let named = recorder.emit(|record| record.set_trace_context(TRACE, SPAN, Some(TraceFlags::SAMPLED)));
    assert_eq!(ids(&named), ids_of(TRACE, SPAN, 1));
    let without_flags = recorder.emit(|record| record.set_trace_context(TRACE, SPAN, None));
    assert_eq!(ids(&without_flags), ids_of(TRACE, SPAN, 0));
}

#[test]
fn ids_that_are_not_valid_are_left_out_and_keep_the_current_span_out() {
    let recorder = LogRecorder::new();
    let _attached = remote(TRACE, SPAN, TraceFlags::SAMPLED).attach();
    let named = |trace_id, span_id| {
        ids(&recorder.emit(|record| record.set_trace_context(trace_id, span_id, Some(TraceFlags::SAMPLED))))
    };
    assert_eq!(named(TraceId::INVALID, SpanId::INVALID), NO_IDS);
    assert_eq!(named(TraceId::INVALID, SPAN), NO_IDS);
    assert_eq!(named(TRACE, SpanId::INVALID), (TRACE.to_bytes().to_vec(), vec![], 1));
}

#[test]
fn where_telemetry_is_suppressed_nothing_is_emitted_or_enabled() {
    let recorder = LogRecorder::new();
    let logger = recorder.logger();
    let suppressed = Context::enter_telemetry_suppressed_scope();
    say(&logger, "suppressed");
    assert!(!logger.event_enabled(Severity::Error, "", None));
    on_a_thread(|| say(&logger, "on another thread"));
    drop(suppressed);
    assert!(logger.event_enabled(Severity::Error, "", None));
    say(&logger, "again");
    let told: Vec<_> = recorder.told().into_iter().map(|(_, body)| body).collect();
    assert_eq!(told, ["on another thread", "again"]);
}

/// Emits a record when its thread's locals are destroyed.
struct LastWords(Logger, &'static str);

impl Drop for LastWords {
    fn drop(&mut self) {
        assert!(self.0.event_enabled(Severity::Info, "", None));
        say(&self.0, self.1);
    }
}

thread_local! {
    static LAST_WORDS: RefCell<Option<LastWords>> = const { RefCell::new(None) };
}

/// Threads whose last record comes from a thread-local's destructor, before and after the logger's own locals are gone.
fn speak_last(logger: &Logger) {
    let leave = |text| LAST_WORDS.set(Some(LastWords(logger.clone(), text)));
    on_a_thread(|| {
        leave("destroyed last");
        say(logger, "alive");
    });
    on_a_thread(|| {
        say(logger, "alive");
        leave("destroyed first");
    });
    on_a_thread(|| leave("the only record"));
    on_a_thread(|| {
        leave("after the context");
        drop(remote(TRACE, SPAN, TraceFlags::SAMPLED).attach());
    });
}

/// Joined, which waits for its destructors; the end of a scope does not.
fn on_a_thread(work: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(work).join().unwrap());
}

const LAST: [&str; 6] =
    ["after the context", "alive", "alive", "destroyed first", "destroyed last", "the only record"];

#[test]
fn records_of_thread_local_destructors_arrive_in_batches() {
    let memory = InMemoryExporter::new();
    let provider = LoggerProvider::builder()
        .with_batch_exporter(memory.clone(), BatchSettings::default())
        .build()
        .unwrap();
    speak_last(&opentelemetry::logs::LoggerProvider::logger(&provider, "test"));
    let report = provider.shutdown(SOON);
    let recorder = LogRecorder { provider, exporter: memory };
    let mut told: Vec<_> = recorder.told().into_iter().map(|(_, body)| body).collect();
    told.sort();
    assert_eq!(told, LAST);
    assert!(report.is_complete() && report.exported() == 6, "{report}");
}

#[test]
fn records_of_thread_local_destructors_arrive_one_by_one() {
    let recorder = LogRecorder::new();
    speak_last(&recorder.logger());
    let mut told: Vec<_> = recorder.told().into_iter().map(|(_, body)| body).collect();
    told.sort();
    assert_eq!(told, LAST);
}

#[test]
fn a_record_may_be_emitted_on_another_thread_than_it_was_made_on() {
    let recorder = LogRecorder::new();
    let logger = recorder.logger();
    let mut record = logger.create_log_record();
    record.set_body("travelled".into());
    on_a_thread(|| logger.emit(record));
    emit(&logger, |record| record.set_body("stayed".into()));
    assert_eq!(recorder.told().len(), 2);
}
