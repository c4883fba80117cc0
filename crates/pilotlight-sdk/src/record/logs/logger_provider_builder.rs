//! Puts a logger provider together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use opentelemetry::InstrumentationScope;

use crate::Error;
use crate::batch::{BatchProcessor, Source, Worker};
use crate::config::BatchSettings;
use crate::record::clock::Clock;
use crate::record::scope::ScopeTable;
use crate::resource::{Resource, provided};
use crate::self_metrics::Counters;
use crate::transport::{Exporter, Signal};

use super::limits::LogLimits;
use super::log_counts::LogCounts;
use super::logger_config::{LoggerConfig, LoggerConfigurator};
use super::logger_core::LoggerCore;
use super::logger_provider::LoggerProvider;
use super::processor::LogRecordProcessor;

/// Puts a [`LoggerProvider`] together.
#[derive(Default)]
pub struct LoggerProviderBuilder {
    limits: LogLimits,
    clock: Clock,
    resource: Option<Resource>,
    configurator: LoggerConfigurator,
    processors: Vec<Box<dyn LogRecordProcessor>>,
    exporters: Vec<Pending>,
    worker: Option<Worker>,
    counts_records: bool,
}

/// An exporter that waits for its thread.
struct Pending {
    exporter: Box<dyn Exporter>,
    /// `None` exports each record as it is emitted.
    batch: Option<BatchSettings>,
    /// Instead of the provider's.
    worker: Option<Worker>,
}

impl Pending {
    /// Starts it on its own thread or the provider's, of which there is one.
    fn start(self, worker: Option<&Worker>, source: Source<'_>) -> Option<BatchProcessor> {
        let worker = self.worker.as_ref().or(worker)?;
        Some(match self.batch {
            Some(settings) => BatchProcessor::batch(worker, self.exporter, settings, source),
            None => BatchProcessor::simple(worker, self.exporter, source),
        })
    }
}

impl LoggerProviderBuilder {
    /// Bounds what one record holds.
    #[must_use]
    pub fn with_limits(mut self, limits: LogLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells the time. Default: [`Clock::system`].
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Says which service the records belong to. Default: `telemetry.*`, and a `service.name` of `unknown_service:` and the
    /// executable's name. What is given here replaces that altogether.
    #[must_use]
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Says which records of a logger are wanted; asked once for each logger, on the thread that makes it. A later call replaces an
    /// earlier one. One that panics is counted, and that logger's records are all wanted. One that logs through `tracing` or `log` is
    /// heard, but for what it says of the logger that its own records need. Default: all.
    ///
    /// ```
    /// use opentelemetry::logs::Severity;
    /// use pilotlight_sdk::record::{LoggerConfig, LoggerProvider};
    ///
    /// let builder = LoggerProvider::builder().with_logger_config(|scope| {
    ///     let mut config = LoggerConfig::default();
    ///     if scope.name().starts_with("noisy") {
    ///         config.minimum_severity = Some(Severity::Warn);
    ///     }
    ///     config
    /// });
    /// ```
    #[must_use]
    pub fn with_logger_config(
        mut self,
        configure: impl Fn(&InstrumentationScope) -> LoggerConfig + Send + Sync + 'static,
    ) -> Self {
        self.configurator = LoggerConfigurator::new(configure);
        self
    }

    /// Adds a processor after those already there.
    #[must_use]
    pub fn with_processor(mut self, processor: impl LogRecordProcessor) -> Self {
        self.processors.push(Box::new(processor));
        self
    }

    /// Exports in batches, from the exporter thread: the way for services.
    #[must_use]
    pub fn with_batch_exporter(mut self, exporter: impl Exporter, settings: BatchSettings) -> Self {
        let exporter = Box::new(exporter);
        self.exporters.push(Pending { exporter, batch: Some(settings), worker: None });
        self
    }

    /// As [`with_batch_exporter`](Self::with_batch_exporter), from a thread of its own: for an exporter that blocks.
    #[must_use]
    pub fn with_batch_exporter_on(
        mut self,
        worker: Worker,
        exporter: impl Exporter,
        settings: BatchSettings,
    ) -> Self {
        let exporter = Box::new(exporter);
        self.exporters.push(Pending { exporter, batch: Some(settings), worker: Some(worker) });
        self
    }

    /// Exports each record as it is emitted and waits for it, up to 30 seconds: for tests and short programs. Blocks the thread
    /// that emits.
    #[must_use]
    pub fn with_simple_exporter(mut self, exporter: impl Exporter) -> Self {
        self.exporters.push(Pending { exporter: Box::new(exporter), batch: None, worker: None });
        self
    }

    /// Shares an exporter thread with other providers. Default: a thread of its own, if there is an exporter.
    #[must_use]
    pub fn with_worker(mut self, worker: Worker) -> Self {
        self.worker = Some(worker);
        self
    }

    /// Has log records counted as they are emitted, for the metrics about Pilotlight itself.
    #[must_use]
    pub(crate) fn counting_records(mut self, counts_records: bool) -> Self {
        self.counts_records = counts_records;
        self
    }

    /// Puts the provider together, and starts the exporter thread if one is needed.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn build(mut self) -> Result<LoggerProvider, Error> {
        let needs_worker = self.exporters.iter().any(|pending| pending.worker.is_none());
        if self.worker.is_none() && needs_worker {
            self.worker = Some(Worker::start()?);
        }
        let resource = Arc::new(self.resource.unwrap_or_else(provided));
        let scopes = Arc::new(ScopeTable::default());
        let source = Source { signal: Signal::Logs, resource: &resource, scopes: &scopes };
        let mut workers: Vec<Worker> = self.worker.iter().cloned().collect();
        let mut exporters = Vec::with_capacity(self.exporters.len());
        for pending in self.exporters {
            workers.extend(pending.worker.iter().cloned());
            exporters.extend(pending.start(self.worker.as_ref(), source));
        }
        // The counter is calibrated here, once, rather than under the first record.
        let _ = self.clock.unix_nanos();
        let core = LoggerCore {
            limits: self.limits,
            clock: self.clock,
            resource,
            scopes,
            configurator: self.configurator,
            processors: self.processors,
            exporters,
            shut_down: AtomicBool::new(false),
            counters: Counters::default(),
            counts: self.counts_records.then(LogCounts::new),
        };
        Ok(LoggerProvider::new(core, workers))
    }
}

impl fmt::Debug for LoggerProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggerProviderBuilder").finish_non_exhaustive()
    }
}
