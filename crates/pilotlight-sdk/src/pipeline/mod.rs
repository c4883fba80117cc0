//! From settings to something that runs: the stages, connected.
//!
//! ```text
//!  start()        traces.rs · metrics.rs · logs.rs   settings and parts become one provider for each signal
//!  Providers      providers.rs                       all of them, flushed and shut down together
//! ```

mod logs;
mod metrics;
mod providers;
mod traces;

use std::fmt;

use crate::Error;
use crate::batch::{Reader, Worker};
use crate::config::Settings;
use crate::record::{IdGenerator, LogRecordProcessor, Sampler, SpanProcessor, View};
use crate::self_metrics;
use crate::transport::Exporter;

pub use logs::start_lines;
pub use providers::Providers;

/// Parts that only code can give.
#[derive(Default)]
pub struct Parts {
    /// Used instead of the sampler in the settings.
    pub sampler: Option<Box<dyn Sampler>>,
    /// Used instead of random ids.
    pub id_generator: Option<Box<dyn IdGenerator>>,
    /// See every span, in this order.
    pub span_processors: Vec<Box<dyn SpanProcessor>>,
    /// Get every span, besides the exporters in the settings.
    pub traces_exporters: Vec<Box<dyn Exporter>>,
    /// See every log record, in this order.
    pub log_record_processors: Vec<Box<dyn LogRecordProcessor>>,
    /// Get every log record, besides the exporters in the settings.
    pub logs_exporters: Vec<Box<dyn Exporter>>,
    /// Say what becomes of instruments.
    pub views: Vec<View>,
    /// Collect metrics, besides those in the settings.
    pub readers: Vec<Reader>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("sampler", &self.sampler)
            .field("id_generator", &self.id_generator)
            .field("span_processors", &self.span_processors.len())
            .field("traces_exporters", &self.traces_exporters.len())
            .field("log_record_processors", &self.log_record_processors.len())
            .field("logs_exporters", &self.logs_exporters.len())
            .field("views", &self.views)
            .field("readers", &self.readers)
            .finish()
    }
}

/// Starts what `settings` describe: one exporter thread for all signals, and one more for log lines, since standard output may be a
/// pipe that nobody reads. Does no network I/O, but for taking Prometheus's port: collectors are contacted by the exporter thread,
/// when there is something to send.
///
/// An exporter that cannot be built (an unreadable certificate, a port that is taken) is left out with an error message,
/// rather than taking the service down or sending to the right place in the wrong way.
///
/// Does not ask whether the SDK is [disabled](Settings::disabled): there, [`start_lines`] is what remains.
///
/// # Errors
///
/// When an exporter thread cannot be started.
pub fn start(settings: &Settings, mut parts: Parts) -> Result<Providers, Error> {
    let worker = Worker::start()?;
    let meter_provider = metrics::start(settings, &mut parts, &worker)?;
    let self_metrics = settings.self_metrics && !meter_provider.readers().is_empty();
    let logger_provider = logs::start(settings, &mut parts, &worker, self_metrics)?;
    let tracer_provider = traces::start(settings, parts, worker, self_metrics)?;
    if self_metrics {
        self_metrics::emit(&meter_provider, &tracer_provider, &logger_provider);
    }
    Ok(Providers { tracer_provider, meter_provider, logger_provider, self_metrics })
}

/// The error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
