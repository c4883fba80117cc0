use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pilotlight_sdk::batch::Report;
use pilotlight_sdk::pipeline::Providers;
use pilotlight_sdk::record::{MeterProvider, TracerProvider};
use pilotlight_sdk::{Error, diagnostics};

use crate::InitError;

pub use pilotlight_sdk::record::DEFAULT_SHUTDOWN_TIMEOUT;

/// Set while a guard is held. AcqRel on both sides, so that a second `init` sees what the first one's shutdown did.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Keeps telemetry on. Hold it in `main` until everything else has ended, then shut it down.
///
/// Dropping it shuts down as [`shutdown`](Self::shutdown) does and says so, with the report, when something was lost.
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
    /// `None` when telemetry is disabled, and once it is shut down.
    providers: Option<Providers>,
    shutdown_timeout: Duration,
    /// Ends after the shutdown, so that the last collection has it too.
    #[cfg(feature = "runtime")]
    pub(crate) runtime: Option<pilotlight_instrument::runtime::tokio::RuntimeInstrumentation>,
}

impl Guard {
    pub(crate) fn new(providers: Option<Providers>, shutdown_timeout: Duration) -> Self {
        Self {
            providers,
            shutdown_timeout,
            #[cfg(feature = "runtime")]
            runtime: None,
        }
    }

    /// The provider behind the global one; `None` when telemetry is disabled. Its tracers spare spans the box that
    /// `global::tracer` puts them into.
    pub fn tracer_provider(&self) -> Option<&TracerProvider> {
        self.providers.as_ref().map(|providers| &providers.tracer_provider)
    }

    /// The provider behind the global one; `None` when telemetry is disabled.
    pub fn meter_provider(&self) -> Option<&MeterProvider> {
        self.providers.as_ref().map(|providers| &providers.meter_provider)
    }

    /// Delivers everything recorded so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        self.providers.as_ref().map_or(Ok(()), |providers| providers.force_flush(timeout))
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
        match self.providers.take() {
            Some(providers) => providers.shutdown_async(self.shutdown_timeout).await,
            None => Report::default(),
        }
    }

    /// `None` when there is nothing to turn off.
    fn turn_off(&mut self) -> Option<Report> {
        let providers = self.providers.take()?;
        Some(providers.shutdown(self.shutdown_timeout))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(report) = self.turn_off().filter(|report| !report.is_complete()) {
            diagnostics::warn(format_args!("telemetry was lost at shutdown: {report}"));
        }
        // Here and nowhere else, however the guard went: done twice, it could undo what a later `init` did.
        IS_ON.store(false, Ordering::Release);
    }
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
