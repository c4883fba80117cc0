use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pilotlight_sdk::batch::{ExporterReport, Report};
use pilotlight_sdk::record::{LoggerProvider, MeterProvider, TracerProvider};
use pilotlight_sdk::{Error, diagnostics};

use crate::InitError;
use crate::engine::Engine;
#[cfg(feature = "tracing")]
use crate::facades::{Facades, open_spans};
#[cfg(feature = "tracing")]
use crate::tracing::FilterError;

pub use pilotlight_sdk::record::DEFAULT_SHUTDOWN_TIMEOUT;

/// Set while a guard is held. AcqRel on both sides, so that a second `init` sees what the first one's shutdown did.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Keeps telemetry on. Hold it in `main` until everything else has ended, then shut it down.
///
/// Dropping it shuts down as [`shutdown`](Self::shutdown) does and says so, with the report, when something was lost.
///
/// What ends the process without dropping it loses what was recorded last, log lines of the last 40 milliseconds included:
/// [`std::process::exit`], `abort`, or a signal that nobody waits for. Shut it down before.
#[cfg_attr(feature = "signal", doc = "For signals there is [`shutdown_signal`](crate::shutdown_signal).")]
///
/// It ends the panic hook first, then the providers. The `tracing` subscriber and the `log` logger cannot be taken out of a process:
/// they stay, and what is logged from the shutdown on, by the last exports too, goes to standard error, in short lines. Spans of
/// `tracing` that are open at the end are counted in the report, and refused when they end.
///
/// ```no_run
/// # async fn serve() {}
/// # async fn main_() -> Result<(), pilotlight::InitError> {
/// let telemetry = pilotlight::init()?;
/// serve().await;
/// // Last, so that what the last requests recorded is delivered too.
/// let report = telemetry.shutdown_async().await;
/// if !report.is_complete() {
///     eprintln!("telemetry was lost: {report}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping the guard turns telemetry off"]
pub struct Guard {
    /// `None` once it is shut down.
    engine: Option<Engine>,
    #[cfg(feature = "tracing")]
    facades: Facades,
    shutdown_timeout: Duration,
    /// Ends after the shutdown, so that the last collection has it too.
    #[cfg(feature = "runtime")]
    pub(crate) runtime: Option<pilotlight_instrument::runtime::tokio::RuntimeInstrumentation>,
}

impl Guard {
    pub(crate) fn new(
        engine: Engine,
        #[cfg(feature = "tracing")] facades: Facades,
        shutdown_timeout: Duration,
    ) -> Self {
        Self {
            engine: Some(engine),
            #[cfg(feature = "tracing")]
            facades,
            shutdown_timeout,
            #[cfg(feature = "runtime")]
            runtime: None,
        }
    }

    /// The provider behind the global one; `None` when telemetry is disabled. Its tracers spare spans the box that
    /// `global::tracer` puts them into.
    pub fn tracer_provider(&self) -> Option<&TracerProvider> {
        Some(&self.engine.as_ref()?.providers()?.tracer_provider)
    }

    /// The provider behind the global one; `None` when telemetry is disabled.
    pub fn meter_provider(&self) -> Option<&MeterProvider> {
        Some(&self.engine.as_ref()?.providers()?.meter_provider)
    }

    /// The provider of loggers, for whoever logs through the API itself, which has no global one. Where telemetry is
    /// disabled, what it gets becomes lines on standard output, if settings want those.
    pub fn logger_provider(&self) -> Option<&LoggerProvider> {
        self.engine.as_ref().map(Engine::logger_provider)
    }

    /// Exchanges the filter of log records while the service runs, as
    /// [`tracing::set_log_filter`](crate::tracing::set_log_filter) does.
    ///
    /// # Errors
    ///
    /// When the text is empty or any directive in it cannot be used. Then nothing changes.
    #[cfg(feature = "tracing")]
    pub fn set_log_filter(&self, directives: &str) -> Result<(), FilterError> {
        crate::tracing::set_log_filter(directives)
    }

    /// Exchanges the filter of spans while the service runs, as
    /// [`tracing::set_span_filter`](crate::tracing::set_span_filter) does.
    ///
    /// # Errors
    ///
    /// When the text is empty or any directive in it cannot be used. Then nothing changes.
    #[cfg(feature = "tracing")]
    pub fn set_span_filter(&self, directives: &str) -> Result<(), FilterError> {
        crate::tracing::set_span_filter(directives)
    }

    /// Delivers everything recorded so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        self.engine.as_ref().map_or(Ok(()), |engine| engine.force_flush(timeout))
    }

    /// Turns telemetry off: delivers what was recorded, within the time set with
    /// [`Builder::shutdown_timeout`](crate::Builder::shutdown_timeout), and says what became of everything.
    ///
    /// Blocks; may be called from any thread, inside and outside any runtime, a current-thread runtime too.
    pub fn shutdown(mut self) -> Report {
        self.turn_off().unwrap_or_default()
    }

    /// As [`shutdown`](Self::shutdown), without blocking the executor. Needs no particular runtime. Dropping the
    /// future, once it was polled, neither stops the shutdown nor waits for it.
    pub async fn shutdown_async(mut self) -> Report {
        // Taken out of the guard, whose drop would block until it is done.
        match self.begin_end() {
            Some(engine) => {
                let report = engine.shutdown_async(self.shutdown_timeout).await;
                self.finish_end(report)
            }
            None => Report::default(),
        }
    }

    /// `None` when there is nothing to turn off.
    fn turn_off(&mut self) -> Option<Report> {
        let report = self.begin_end()?.shutdown(self.shutdown_timeout);
        Some(self.finish_end(report))
    }

    /// Has everything that leads to the engine let go of it, but for spans, and answers with it; `None` when that was done before.
    fn begin_end(&mut self) -> Option<Engine> {
        let engine = self.engine.take()?;
        #[cfg(feature = "tracing")]
        self.facades.begin_end(&engine);
        Some(engine)
    }

    #[cfg(feature = "tracing")]
    fn finish_end(&mut self, report: Report) -> Report {
        self.facades.finish_end();
        let mut report = report;
        report.open_spans = open_spans();
        report
    }

    #[cfg(not(feature = "tracing"))]
    fn finish_end(&mut self, report: Report) -> Report {
        report
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let report = self.turn_off();
        // Where an asynchronous shutdown was dropped half-way, this is still to be done.
        #[cfg(feature = "tracing")]
        self.facades.finish_end();
        if let Some(report) = report.filter(|report| !report.is_complete()) {
            diagnostics::warn(format_args!("telemetry was lost at shutdown: {}", losses(report)));
        }
        // Here and nowhere else, however the guard went: done twice, it could undo what a later `init` did.
        IS_ON.store(false, Ordering::Release);
    }
}

/// A guard may be kept in a static, or be shared by tasks that flush.
const _: fn() = || {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Guard>();
};

/// What a report says of those that lost something, where there are such: the others have no part in it.
fn losses(mut report: Report) -> Report {
    if !report.exporters.iter().all(ExporterReport::is_complete) {
        report.exporters.retain(|exporter| !exporter.is_complete());
    }
    report
}

/// The right to turn telemetry on; given back if that fails.
pub(crate) struct Claim(bool);

impl Claim {
    pub(crate) fn take() -> Result<Self, InitError> {
        if IS_ON.swap(true, Ordering::AcqRel) {
            return Err(InitError::already_initialized());
        }
        Ok(Self(true))
    }

    /// Telemetry is on; the guard turns it off.
    pub(crate) fn keep(mut self) {
        self.0 = false;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.0 {
            IS_ON.store(false, Ordering::Release);
        }
    }
}
