//! All providers, flushed and shut down together.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Error;
use crate::batch::Report;
use crate::deadline::deadline_in;
use crate::record::{LoggerProvider, MeterProvider, TracerProvider, shutdown_on_a_thread};

/// The providers of all signals, at work.
#[derive(Clone, Debug)]
pub struct Providers {
    /// Traces.
    pub tracer_provider: TracerProvider,
    /// Metrics.
    pub meter_provider: MeterProvider,
    /// Logs, log lines included.
    pub logger_provider: LoggerProvider,
    /// Whether metrics tell of traces and logs.
    pub(super) self_metrics: bool,
}

impl Providers {
    /// Delivers everything recorded so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        let deadline = deadline_in(timeout);
        let ((traces, logs), metrics) = together(
            || {
                together(
                    || self.tracer_provider.force_flush(until(deadline)),
                    || self.logger_provider.force_flush(until(deadline)),
                )
            },
            || self.meter_provider.force_flush(until(deadline)),
        );
        traces.and(logs).and(metrics)
    }

    /// Ends all providers within `timeout`, and at the same time, so that a receiver that takes one signal's time leaves
    /// the others theirs.
    ///
    /// Metrics tell what became of traces and logs, so they are collected for the last time when both are done, but a quarter
    /// of `timeout` after the beginning at the latest: of what is not done by then, the metrics tell what was known
    /// then, and the report alone tells the rest.
    ///
    /// Log lines that are stuck in a pipe that nobody reads take all the time there is, and are
    /// [`unfinished`](crate::batch::ExporterReport::unfinished) then.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        let deadline = deadline_in(timeout);
        let (done, both_done) = sync_channel::<()>(0);
        let both_done = Mutex::new(both_done);
        let patience = if self.self_metrics { timeout / 4 } else { Duration::ZERO };
        let ((traces, logs), metrics) = together(
            || {
                let reports = together(
                    || self.tracer_provider.shutdown(until(deadline)),
                    || self.logger_provider.shutdown(until(deadline)),
                );
                drop(done);
                reports
            },
            || {
                wait_for_end(&both_done, patience);
                self.meter_provider.shutdown(until(deadline))
            },
        );
        traces.and(logs).and(metrics)
    }

    /// As [`shutdown`](Self::shutdown), without blocking the executor. Needs no particular runtime. Dropping the future does
    /// not stop the shutdown.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        let providers = self.clone();
        shutdown_on_a_thread(move || providers.shutdown(timeout)).await
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Waits until the other end is dropped, `patience` at most.
fn wait_for_end(end: &Mutex<Receiver<()>>, patience: Duration) {
    let _ = end.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(patience);
}

/// Runs both, the second one on a short-lived thread; one after the other where there is no thread to be had.
fn together<A, B: Send>(a: impl FnOnce() -> A, b: impl Fn() -> B + Send + Sync) -> (A, B) {
    std::thread::scope(|scope| {
        let second = std::thread::Builder::new().name("pilotlight-shutdown".into()).spawn_scoped(scope, &b);
        let first = a();
        let second = second.ok().and_then(|thread| thread.join().ok());
        (first, second.unwrap_or_else(&b))
    })
}
