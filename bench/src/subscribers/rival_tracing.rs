//! The usual stack: tracing-opentelemetry for spans, opentelemetry-appender-tracing for events, opentelemetry_sdk behind both.
//!
//! Batch processors and their queues are the defaults; the exporters throw away what they get, before anything is encoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLoggerProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use super::lines::{self, Lines};
use super::{Contestant, Observed, Outlet};
use crate::callsites::{Call, FILTER, Output};
use crate::contestants::rival_sdk;
use crate::contestants::rival_tracing::spans_alone;
use crate::workload::SCOPE;

/// Spans, everything at its default.
pub const DEFAULTS: Contestant = Contestant {
    name: "tracing-opentelemetry",
    takes: is_about_spans,
    set_up: |call| observe_spans(call, |layer| layer),
};

/// Spans without the attributes that nobody asked for.
pub const EXTRAS_OFF: Contestant = Contestant {
    name: "tracing-opentelemetry without location, threads, inactivity",
    takes: |call| matches!(call, Call::Span | Call::ParentAndChild),
    set_up: |call| {
        observe_spans(call, |layer| {
            layer.with_location(false).with_threads(false).with_tracked_inactivity(false)
        })
    },
};

/// Events alone: the records have no trace ids, because nothing makes a span of `tracing` a span of opentelemetry's.
pub const LOGS: Contestant = Contestant {
    name: "appender-tracing",
    takes: |call| matches!(call, Call::Event(Output::Otlp) | Call::EventOff(_)),
    set_up: |call| {
        let (provider, logs) = discarding_logs();
        let bridge = OpenTelemetryTracingBridge::new(&provider);
        Registry::default().with(EnvFilter::new(FILTER)).with(bridge).try_init()?;
        Ok(Observed::through_tracing(call, Logs { provider, logs }))
    },
};

/// Events with the ids of their spans.
pub const LOGS_IN_SPANS: Contestant = Contestant {
    name: "appender-tracing + tracing-opentelemetry",
    takes: |call| call == Call::Event(Output::Otlp),
    set_up: |call| {
        let (provider, logs) = discarding_logs();
        let bridge = OpenTelemetryTracingBridge::new(&provider);
        let registry = Registry::default().with(EnvFilter::new(FILTER));
        registry.with(bridge).with(spans_alone(&rival_sdk::discarding(true).0)).try_init()?;
        Ok(Observed::through_tracing(call, Logs { provider, logs }))
    },
};

/// Events with the ids of their spans, and as JSON lines without.
pub const BOTH: Contestant = Contestant {
    name: "appender-tracing + tracing-opentelemetry + fmt json, non_blocking",
    takes: |call| call == Call::Event(Output::Both),
    set_up: |call| observe_both(call, true),
};

/// The same without the spans' fields in the lines.
pub const BOTH_WITHOUT_SPANS: Contestant = Contestant {
    name: "appender-tracing + tracing-opentelemetry + fmt json without spans, non_blocking",
    takes: |call| call == Call::Event(Output::Both),
    set_up: |call| observe_both(call, false),
};

fn observe_both(call: Call, spans_in_lines: bool) -> Result<Observed> {
    let (provider, logs) = discarding_logs();
    let (writer, lines) = lines::non_blocking();
    let json = fmt::layer().json().with_current_span(spans_in_lines).with_span_list(spans_in_lines);
    let registry = Registry::default().with(EnvFilter::new(FILTER));
    let registry = registry.with(OpenTelemetryTracingBridge::new(&provider)).with(json.with_writer(writer));
    registry.with(spans_alone(&rival_sdk::discarding(true).0)).try_init()?;
    Ok(Observed::through_tracing(call, Both(Logs { provider, logs }, lines)))
}

fn is_about_spans(call: Call) -> bool {
    match call {
        Call::Span | Call::ParentAndChild | Call::SpanOff(_) => true,
        Call::Event(_) | Call::EventOff(_) | Call::Record => false,
    }
}

type Spans = OpenTelemetryLayer<tracing_subscriber::layer::Layered<EnvFilter, Registry>, Tracer>;

fn observe_spans(call: Call, settings: fn(Spans) -> Spans) -> Result<Observed> {
    let (provider, delivered) = rival_sdk::discarding(true);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SCOPE));
    Registry::default().with(EnvFilter::new(FILTER)).with(settings(layer)).try_init()?;
    Ok(Observed::through_tracing(call, SpansOut { provider, delivered }))
}

struct SpansOut {
    provider: SdkTracerProvider,
    delivered: Arc<AtomicU64>,
}

impl Outlet for SpansOut {
    fn settle(&self, _made: u64) {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let _ = self.provider.force_flush();
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.delivered.load(Ordering::Relaxed))
    }
}

/// A provider whose batches are thrown away, and what got that far.
pub(super) fn discarding_logs() -> (SdkLoggerProvider, Arc<LogCounts>) {
    let counts = Arc::new(LogCounts::default());
    let provider = SdkLoggerProvider::builder().with_batch_exporter(Discard(counts.clone())).build();
    (provider, counts)
}

/// Log records that were exported.
#[derive(Debug, Default)]
pub(super) struct LogCounts {
    all: AtomicU64,
    with_ids: AtomicU64,
}

#[derive(Debug)]
struct Discard(Arc<LogCounts>);

impl LogExporter for Discard {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let (mut all, mut with_ids) = (0, 0);
        for (record, _scope) in batch.iter() {
            all += 1;
            with_ids += u64::from(record.trace_context().is_some());
        }
        self.0.all.fetch_add(all, Ordering::Relaxed);
        self.0.with_ids.fetch_add(with_ids, Ordering::Relaxed);
        Ok(())
    }
}

/// A provider of loggers as the end of the way.
pub(super) struct Logs {
    pub(super) provider: SdkLoggerProvider,
    pub(super) logs: Arc<LogCounts>,
}

impl Outlet for Logs {
    fn settle(&self, _made: u64) {
        let _ = self.provider.force_flush();
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.logs.all.load(Ordering::Relaxed))
    }

    fn said(&self) -> String {
        match self.logs.with_ids.load(Ordering::Relaxed) {
            0 => "no trace ids".to_owned(),
            ids => format!("{ids} with trace ids"),
        }
    }
}

/// What reaches both ends counts.
struct Both(Logs, Lines);

impl Outlet for Both {
    fn settle(&self, made: u64) {
        self.0.settle(made);
        self.1.settle(made);
    }

    fn arrived(&self) -> Option<u64> {
        self.0.arrived().min(self.1.arrived())
    }

    fn said(&self) -> String {
        format!("{}; lines: {}", self.0.said(), self.1.said())
    }
}
