//! The API's logger provider: where the parts of recording log records come together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;

use crate::Error;
use crate::batch::{Report, Worker};
use crate::deadline::deadline_in;
use crate::record::provider::{DEFAULT_SHUTDOWN_TIMEOUT, shutdown_on_a_thread};
use crate::record::scope::ScopeId;

use super::logger::{Logger, LoggerInner};
use super::logger_core::LoggerCore;
use super::logger_provider_builder::LoggerProviderBuilder;

/// Makes loggers, and owns what happens to their records.
///
/// Cloning is cheap and shares the provider. When the last handle is dropped without a [`shutdown`](Self::shutdown), the
/// provider shuts down with [`DEFAULT_SHUTDOWN_TIMEOUT`].
///
/// Specification: "LoggerProvider", <https://opentelemetry.io/docs/specs/otel/logs/sdk/#loggerprovider>.
///
/// # Examples
///
/// ```
/// use opentelemetry::logs::{LogRecord, Logger, LoggerProvider as _, Severity};
/// use pilotlight_sdk::record::{LoggerProvider, ValueView};
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let exporter = InMemoryExporter::new();
/// let provider = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build()?;
///
/// let logger = provider.logger("example");
/// let mut record = logger.create_log_record();
/// record.set_severity_number(Severity::Info);
/// record.set_body("hello".into());
/// logger.emit(record);
///
/// assert_eq!(exporter.logs()[0].view().body(), Some(ValueView::Str("hello")));
/// assert_eq!(provider.shutdown(std::time::Duration::from_secs(5)).exported(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct LoggerProvider(Arc<Handle>);

/// Its drop is the drop of the last handle: loggers hold the core alone.
#[derive(Debug)]
struct Handle {
    core: Arc<LoggerCore>,
    /// The loggers made so far, by scope id: the same scope gives the same logger.
    loggers: Mutex<HashMap<ScopeId, Logger>>,
    /// Keep the exporter threads alive until the provider is shut down.
    _workers: Vec<Worker>,
}

impl LoggerProvider {
    /// Starts with the specification's defaults: the default limits, a resource that names the SDK and the executable, and nothing
    /// that listens.
    pub fn builder() -> LoggerProviderBuilder {
        LoggerProviderBuilder::default()
    }

    pub(super) fn new(core: LoggerCore, workers: Vec<Worker>) -> Self {
        Self(Arc::new(Handle { core: Arc::new(core), loggers: Mutex::default(), _workers: workers }))
    }

    /// The core, for the bridges and the metrics about it.
    pub(crate) fn core(&self) -> &Arc<LoggerCore> {
        &self.0.core
    }

    /// What the logger of `scope` and its clones share.
    pub(crate) fn logger_inner(&self, scope: InstrumentationScope) -> Arc<LoggerInner> {
        let core = &self.0.core;
        let scope = core.scopes.intern(scope);
        let known = self.lock().get(&scope.id).cloned();
        if let Some(Logger(known)) = known {
            return known;
        }
        // Made outside of the lock: the configurator is users' code.
        let made = Arc::new(LoggerInner::new(core, scope));
        let Logger(kept) =
            self.lock().entry(made.scope.id).or_insert_with(|| Logger(Arc::clone(&made))).clone();
        kept
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ScopeId, Logger>> {
        self.0.loggers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands over everything emitted so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost on the way, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        self.0.core.force_flush(deadline_in(timeout))
    }

    /// Ends the provider: what was emitted is delivered, exporters are released, what is emitted from now on is refused and
    /// counted. Returns within `timeout` with an honest account of what became of every record emitted by then.
    ///
    /// Blocks; may be called from any thread, inside and outside any runtime. A second call finds nothing to do and answers
    /// with the same account.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        self.0.core.shutdown(deadline_in(timeout))
    }

    /// As [`shutdown`](Self::shutdown), without blocking the executor: a short-lived thread waits. Needs no particular
    /// runtime. Dropping the future does not stop the shutdown.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        let provider = self.clone();
        shutdown_on_a_thread(move || provider.shutdown(timeout)).await
    }
}

impl opentelemetry::logs::LoggerProvider for LoggerProvider {
    type Logger = Logger;

    /// The same scope gives the same logger. A scope without a name is allowed, as the specification asks.
    fn logger_with_scope(&self, scope: InstrumentationScope) -> Logger {
        Logger(self.logger_inner(scope))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Who has shut down has had the report: nothing more is waited for, an exporter that hangs least of all.
        if !self.core.is_shut_down() {
            self.core.shutdown(deadline_in(DEFAULT_SHUTDOWN_TIMEOUT));
        }
    }
}
