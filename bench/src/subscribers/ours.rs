//! Pilotlight's bridge: one subscriber for spans and events, and a logger for the `log` crate, with the engine behind them.
//!
//! Everything is encoded before it is thrown away. Lines are rendered on a thread of their own, where standard output would take them.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use opentelemetry::TraceId;
use pilotlight_sdk::batch::Worker;
use pilotlight_sdk::bridge::LogBridge;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::{BatchSettings, TracingSettings};
use pilotlight_sdk::record::{LoggerProvider, LoggerProviderBuilder, LogsView, TracerProvider};
use pilotlight_sdk::transport::{
    Batch, BoxFuture, ExportError, Exporter, LineFormat, LinesExporter, Receipt,
};

use super::{Contestant, Observed, Outlet};
use crate::callsites::{Call, FILTER, Output};
use crate::contestants::ours::discarding;

/// Longer than any flush takes that works.
const FLUSH_TIME_MAX: Duration = Duration::from_secs(10);

/// As the set-up has it: a log record waits this long at most for its line.
const LINES_DELAY: Duration = Duration::from_millis(40);

/// Spans, events and records, everything at its default.
pub const CONTESTANT: Contestant = Contestant {
    name: "pilotlight",
    takes: |_| true,
    set_up: |call| observe(call, &TracingSettings::default()),
};

/// Spans without the attributes that nobody asked for.
pub const EXTRAS_OFF: Contestant = Contestant {
    name: "pilotlight without location, thread",
    takes: |call| matches!(call, Call::Span | Call::ParentAndChild),
    set_up: |call| {
        let mut settings = TracingSettings::default();
        (settings.source_location, settings.thread) = (false, false);
        observe(call, &settings)
    },
};

fn observe(call: Call, settings: &TracingSettings) -> Result<Observed> {
    let (traces, spans) = discarding(true)?;
    let (otlp, lines) = <(Arc<Arrivals>, Arc<Arrivals>)>::default();
    let logs = logger_provider(call, &otlp, &lines)?;
    let (filters, problems) = Filters::new(FILTER, FILTER);
    ensure!(problems.is_empty(), "the filter {FILTER:?} cannot be used: {problems:?}");

    let bridge = Bridge::new();
    bridge.connect(Some(&traces), Some(&logs), settings);
    tracing::subscriber::set_global_default(bridge.subscriber(&filters))?;
    if call == Call::Record {
        LogBridge::new(&bridge, &filters).install()?;
    }
    Ok(Observed::through_tracing(call, Exported { call, traces, logs, spans, otlp, lines }))
}

fn logger_provider(call: Call, otlp: &Arc<Arrivals>, lines: &Arc<Arrivals>) -> Result<LoggerProvider> {
    let builder = LoggerProvider::builder();
    let with_otlp = |builder: LoggerProviderBuilder| {
        builder.with_batch_exporter(Discard(otlp.clone()), BatchSettings::for_logs())
    };
    Ok(match call {
        Call::Event(Output::Lines) => with_lines(builder, lines)?.build()?,
        Call::Event(Output::Both) => with_lines(with_otlp(builder), lines)?.build()?,
        _ => with_otlp(builder).build()?,
    })
}

fn with_lines(builder: LoggerProviderBuilder, lines: &Arc<Arrivals>) -> Result<LoggerProviderBuilder> {
    let exporter = LinesExporter::new(Sink(lines.clone()), LineFormat::Json);
    let mut settings = BatchSettings::for_logs();
    (settings.schedule_delay, settings.export_timeout) = (LINES_DELAY, None);
    Ok(builder.with_batch_exporter_on(Worker::named("pilotlight-lines")?, exporter, settings))
}

/// What arrived, as log records or as lines. Looking for trace ids in each of them would cost more than the rest of the way, so
/// only the first of those that come together is looked at.
#[derive(Default)]
struct Arrivals {
    all: AtomicU64,
    /// How often the first one had no trace id.
    without_ids: AtomicU64,
}

impl Arrivals {
    fn count(&self, all: usize, has_ids: bool) {
        self.all.fetch_add(all as u64, Ordering::Relaxed);
        self.without_ids.fetch_add(u64::from(!has_ids), Ordering::Relaxed);
    }

    fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    fn said(&self) -> &'static str {
        match self.without_ids.load(Ordering::Relaxed) {
            0 => "with trace ids",
            _ => "some without trace ids",
        }
    }
}

struct Discard(Arc<Arrivals>);

impl Exporter for Discard {
    fn component_type(&self) -> &'static str {
        "discarding_log_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        let first = LogsView::new(&batch.request).records().next();
        let has_ids = first.is_some_and(|(_, _, record)| record.trace_id() != TraceId::INVALID);
        self.0.count(batch.items, has_ids);
        Box::pin(async { Ok(Receipt::default()) })
    }
}

/// Where standard output would be.
struct Sink(Arc<Arrivals>);

impl Write for Sink {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let all = lines.iter().filter(|byte| **byte == b'\n').count();
        let first = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let has_ids = String::from_utf8_lossy(first).contains(r#""trace_id":"#);
        self.0.count(all, has_ids);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The ends of all ways.
struct Exported {
    call: Call,
    traces: TracerProvider,
    logs: LoggerProvider,
    spans: Arc<AtomicU64>,
    otlp: Arc<Arrivals>,
    lines: Arc<Arrivals>,
}

impl Outlet for Exported {
    fn settle(&self, _made: u64) {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let _ = match self.call {
            Call::Span | Call::ParentAndChild | Call::SpanOff(_) => self.traces.force_flush(FLUSH_TIME_MAX),
            Call::Event(_) | Call::EventOff(_) | Call::Record => self.logs.force_flush(FLUSH_TIME_MAX),
        };
    }

    /// What reaches both ends counts, where there are two.
    fn arrived(&self) -> Option<u64> {
        match self.call {
            Call::Span | Call::ParentAndChild => Some(self.spans.load(Ordering::Relaxed)),
            Call::SpanOff(_) | Call::EventOff(_) => None,
            Call::Event(Output::Otlp) | Call::Record => Some(self.otlp.all()),
            Call::Event(Output::Lines) => Some(self.lines.all()),
            Call::Event(Output::Both) => Some(self.otlp.all().min(self.lines.all())),
        }
    }

    fn said(&self) -> String {
        match self.call {
            Call::Span | Call::ParentAndChild | Call::SpanOff(_) | Call::EventOff(_) => String::new(),
            Call::Event(Output::Otlp) | Call::Record => self.otlp.said().to_owned(),
            Call::Event(Output::Lines) => self.lines.said().to_owned(),
            Call::Event(Output::Both) => format!("{}; lines: {}", self.otlp.said(), self.lines.said()),
        }
    }
}
