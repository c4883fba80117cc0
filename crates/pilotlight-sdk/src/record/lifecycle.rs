//! How providers flush and end: users' processors one after another, then all exporters at once.

use std::time::{Duration, Instant};

use crate::Error;
use crate::batch::{BatchProcessor, Report};
use crate::self_metrics::Counters;

use super::logs::LogRecordProcessor;
use super::processor::{SpanProcessor, guarded};

/// What the processors of all signals have in common.
pub(super) trait Processor {
    const WHAT: &'static str;
    fn force_flush(&self, timeout: Duration) -> Result<(), Error>;
    fn shutdown(&self, timeout: Duration) -> Result<(), Error>;
}

impl Processor for Box<dyn SpanProcessor> {
    const WHAT: &'static str = "a span processor";

    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        (**self).force_flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        (**self).shutdown(timeout)
    }
}

impl Processor for Box<dyn LogRecordProcessor> {
    const WHAT: &'static str = "a log record processor";

    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        (**self).force_flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        (**self).shutdown(timeout)
    }
}

pub(super) fn force_flush<P: Processor>(
    processors: &[P],
    exporters: &[BatchProcessor],
    counters: &Counters,
    deadline: Instant,
) -> Result<(), Error> {
    let mut outcome = Ok(());
    for processor in processors {
        let flushed = guarded(counters, P::WHAT, || processor.force_flush(until(deadline)));
        outcome = outcome.and(flushed.unwrap_or_else(|| Err(Error::failed(format!("{} panicked", P::WHAT)))));
    }
    let flushes: Vec<_> = exporters.iter().map(|exporter| exporter.control().begin_flush(deadline)).collect();
    flushes.into_iter().fold(outcome, |outcome, flush| outcome.and(flush.wait()))
}

/// Processors are shut down by the first call alone.
pub(super) fn shutdown<P: Processor>(
    processors: &[P],
    exporters: &[BatchProcessor],
    counters: &Counters,
    is_first: bool,
    deadline: Instant,
) -> Report {
    for processor in processors.iter().filter(|_| is_first) {
        let outcome = guarded(counters, P::WHAT, || processor.shutdown(until(deadline)));
        if let Some(Err(error)) = outcome {
            counters.note_error(error.to_string());
        }
    }
    let shutdowns: Vec<_> =
        exporters.iter().map(|exporter| exporter.control().begin_shutdown(deadline)).collect();
    let ends = exporters.iter().zip(shutdowns);
    Report::new(ends.map(|(exporter, shutdown)| exporter.end_shutdown(shutdown)).collect(), counters)
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
