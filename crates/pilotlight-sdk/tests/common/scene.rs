//! Spans whose ids and times a test knows beforehand.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{Clock, IdGenerator, SpanLimits, Tracer, TracerProvider};
use pilotlight_sdk::resource::Resource;
use pilotlight_sdk::transport::{Batch, ExportedSpan, InMemoryExporter};

/// The service `shop`, which starts at 2023-11-14 22:13:20 UTC and numbers traces from 0xabc0 and spans from 1.
pub struct Scene {
    provider: TracerProvider,
    exporter: InMemoryExporter,
    clock: Clock,
    pub tracer: Tracer,
}

impl Scene {
    pub fn new() -> Self {
        Self::with_span_ids([])
    }

    /// The first spans get these ids.
    pub fn with_span_ids(span_ids: impl IntoIterator<Item = u64>) -> Self {
        let exporter = InMemoryExporter::new();
        let clock = Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        let mut limits = SpanLimits::default();
        limits.attributes = 8;
        let provider = TracerProvider::builder()
            .with_clock(clock.clone())
            .with_id_generator(Numbers::new(span_ids))
            .with_limits(limits)
            .with_resource(Resource::builder().attribute(KeyValue::new("service.name", "shop")).build())
            .with_batch_exporter(exporter.clone(), BatchSettings::default())
            .build()
            .unwrap();
        let tracer = provider.tracer("test");
        Self { provider, exporter, clock, tracer }
    }

    /// Lets so many milliseconds pass.
    pub fn pass(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    /// Ends the span of `context`. Its own `end` would ask the system for the time.
    pub fn end(&self, context: &Context) {
        context.span().end_with_timestamp(self.clock.now());
    }

    /// What ended since the last batch.
    pub fn batch(&self) -> Batch {
        self.provider.force_flush(Duration::from_secs(30)).unwrap();
        let mut batches = self.exporter.batches();
        self.exporter.clear();
        assert_eq!(batches.len(), 1, "one batch at a time");
        batches.remove(0)
    }

    /// What ended since the last batch.
    pub fn spans(&self) -> Vec<ExportedSpan> {
        ExportedSpan::all(&self.batch())
    }
}

/// A context whose current span is no span of ours.
pub fn elsewhere(trace: u128, span: u64, is_remote: bool) -> Context {
    let (trace, span) = (TraceId::from(trace), SpanId::from(span));
    let parent = SpanContext::new(trace, span, TraceFlags::SAMPLED, is_remote, TraceState::NONE);
    Context::new().with_remote_span_context(parent)
}

#[derive(Debug)]
struct Numbers {
    spans_first: Mutex<VecDeque<u64>>,
    spans: AtomicU64,
    traces: AtomicU64,
}

impl Numbers {
    fn new(spans_first: impl IntoIterator<Item = u64>) -> Self {
        let spans_first = Mutex::new(spans_first.into_iter().collect());
        Self { spans_first, spans: AtomicU64::new(1), traces: AtomicU64::new(0xabc0) }
    }
}

impl IdGenerator for Numbers {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(u128::from(self.traces.fetch_add(1, Ordering::Relaxed)))
    }

    fn new_span_id(&self) -> SpanId {
        let first = self.spans_first.lock().unwrap().pop_front();
        SpanId::from(first.unwrap_or_else(|| self.spans.fetch_add(1, Ordering::Relaxed)))
    }
}
