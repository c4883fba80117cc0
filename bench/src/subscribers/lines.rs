//! JSON lines: tracing-subscriber's own, with and without tracing-appender's thread, and json-subscriber's with trace ids.
//!
//! The lines are thrown away where a file or standard output would take them.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use super::{Contestant, Observed, Outlet};
use crate::callsites::{Call, FILTER, Output};
use crate::contestants::rival_sdk;
use crate::workload::SCOPE;

/// Longer than it takes to write what a queue holds.
const SETTLE_MAX: Duration = Duration::from_secs(5);

/// Formatted and written by the caller.
pub const TO_A_SINK: Contestant = Contestant {
    name: "fmt json",
    takes: |call| matches!(call, Call::Event(Output::Lines) | Call::EventOff(_)),
    set_up: |call| {
        let layer = fmt::layer().json().with_writer(io::sink);
        Registry::default().with(EnvFilter::new(FILTER)).with(layer).try_init()?;
        Ok(Observed::through_tracing(call, Uncounted))
    },
};

/// The same without the spans that the event is in: for each event their fields are read back from JSON, and written twice.
pub const WITHOUT_SPANS: Contestant = Contestant {
    name: "fmt json without spans",
    takes: |call| call == Call::Event(Output::Lines),
    set_up: |call| {
        let layer = fmt::layer().json().with_current_span(false).with_span_list(false).with_writer(io::sink);
        Registry::default().with(EnvFilter::new(FILTER)).with(layer).try_init()?;
        Ok(Observed::through_tracing(call, Uncounted))
    },
};

/// Formatted by the caller, written by tracing-appender's thread.
pub const NON_BLOCKING: Contestant = Contestant {
    name: "fmt json, non_blocking",
    takes: |call| call == Call::Event(Output::Lines),
    set_up: |call| {
        let (writer, lines) = non_blocking();
        let layer = fmt::layer().json().with_writer(writer);
        Registry::default().with(EnvFilter::new(FILTER)).with(layer).try_init()?;
        Ok(Observed::through_tracing(call, lines))
    },
};

/// With the ids of tracing-opentelemetry's spans, formatted and written by the caller.
pub const WITH_IDS: Contestant = Contestant {
    name: "json-subscriber with ids + tracing-opentelemetry",
    takes: |call| call == Call::Event(Output::Lines),
    set_up: |call| {
        let provider = rival_sdk::discarding(true).0;
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer(SCOPE));
        let lines = json_subscriber::layer().with_opentelemetry_ids(true).with_writer(io::sink);
        Registry::default().with(EnvFilter::new(FILTER)).with(spans).with(lines).try_init()?;
        Ok(Observed::through_tracing(call, Uncounted))
    },
};

/// Written while the caller waits, so none is lost.
struct Uncounted;

impl Outlet for Uncounted {
    fn settle(&self, _made: u64) {}

    fn arrived(&self) -> Option<u64> {
        None
    }
}

/// tracing-appender's thread with its default queue, and what it has written.
pub(super) fn non_blocking() -> (NonBlocking, Lines) {
    let written = Arc::new(AtomicU64::new(0));
    let (writer, guard) = tracing_appender::non_blocking(Counter(written.clone()));
    let dropped = writer.error_counter();
    (writer, Lines { written, dropped, _guard: guard })
}

/// Counts the lines that are written: each arrives whole.
struct Counter(Arc<AtomicU64>);

impl Write for Counter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines on their way through a thread.
pub(super) struct Lines {
    written: Arc<AtomicU64>,
    dropped: ErrorCounter,
    _guard: WorkerGuard,
}

impl Outlet for Lines {
    fn settle(&self, made: u64) {
        let start = Instant::now();
        // It can only be flushed for good.
        while self.written.load(Ordering::Relaxed) + (self.dropped.dropped_lines() as u64) < made {
            if start.elapsed() > SETTLE_MAX {
                break;
            }
            sleep(Duration::from_micros(200));
        }
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.written.load(Ordering::Relaxed))
    }

    fn said(&self) -> String {
        "no trace ids".to_owned()
    }
}
