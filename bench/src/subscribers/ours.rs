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
    let (otlp, lines) = (Arc::new(Logs::default()), Arc::new(Lines::default()));
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

fn logger_provider(call: Call, otlp: &Arc<Logs>, lines: &Arc<Lines>) -> Result<LoggerProvider> {
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

fn with_lines(builder: LoggerProviderBuilder, lines: &Arc<Lines>) -> Result<LoggerProviderBuilder> {
    let exporter = LinesExporter::new(Counter(lines.clone()), LineFormat::Json);
    let mut settings = BatchSettings::for_logs();
    (settings.schedule_delay, settings.export_timeout) = (LINES_DELAY, None);
    Ok(builder.with_batch_exporter_on(Worker::named("pilotlight-lines")?, exporter, settings))
}

/// Log records that were exported.
#[derive(Default)]
struct Logs {
    all: AtomicU64,
    with_ids: AtomicU64,
}

struct Discard(Arc<Logs>);

impl Exporter for Discard {
    fn component_type(&self) -> &'static str {
        "discarding_log_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        let records = LogsView::new(&batch.request).records();
        let with_ids = records.filter(|(_, _, record)| record.trace_id() != TraceId::INVALID).count();
        self.0.all.fetch_add(batch.items as u64, Ordering::Relaxed);
        self.0.with_ids.fetch_add(with_ids as u64, Ordering::Relaxed);
        Box::pin(async { Ok(Receipt::default()) })
    }
}

/// Lines that were written.
#[derive(Default)]
struct Lines {
    all: AtomicU64,
    /// How often several were written at once, and the first of them had no trace id.
    without_ids: AtomicU64,
}

/// Counts the lines; looking for ids in each of them would cost more than writing it.
struct Counter(Arc<Lines>);

impl Write for Counter {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let all = lines.iter().filter(|byte| **byte == b'\n').count();
        self.0.all.fetch_add(all as u64, Ordering::Relaxed);
        let first = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let has_id = String::from_utf8_lossy(first).contains(r#""trace_id":"#);
        self.0.without_ids.fetch_add(u64::from(!has_id), Ordering::Relaxed);
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
    otlp: Arc<Logs>,
    lines: Arc<Lines>,
}

impl Outlet for Exported {
    fn settle(&self, _made: u64) {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let _ = self.traces.force_flush(FLUSH_TIME_MAX);
        let _ = self.logs.force_flush(FLUSH_TIME_MAX);
    }

    /// What reaches both ends counts, where there are two.
    fn arrived(&self) -> Option<u64> {
        let (otlp, lines) = (self.otlp.all.load(Ordering::Relaxed), self.lines.all.load(Ordering::Relaxed));
        match self.call {
            Call::Span | Call::ParentAndChild => Some(self.spans.load(Ordering::Relaxed)),
            Call::SpanOff(_) | Call::EventOff(_) => None,
            Call::Event(Output::Otlp) | Call::Record => Some(otlp),
            Call::Event(Output::Lines) => Some(lines),
            Call::Event(Output::Both) => Some(otlp.min(lines)),
        }
    }

    fn said(&self) -> String {
        let otlp = || format!("{} with trace ids", self.otlp.with_ids.load(Ordering::Relaxed));
        let lines = || match self.lines.without_ids.load(Ordering::Relaxed) {
            0 => "trace ids",
            _ => "some without trace ids",
        };
        match self.call {
            Call::Span | Call::ParentAndChild | Call::SpanOff(_) | Call::EventOff(_) => String::new(),
            Call::Event(Output::Otlp) | Call::Record => otlp(),
            Call::Event(Output::Lines) => lines().to_owned(),
            Call::Event(Output::Both) => format!("{}; lines: {}", otlp(), lines()),
        }
    }
}
