//! The API's meter provider: where instruments and readers come together.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::Meter;

use crate::Error;
use crate::batch::{Report, StartedReader, Worker};
use crate::deadline::deadline_in;
use crate::record::provider::{DEFAULT_SHUTDOWN_TIMEOUT, shutdown_on_a_thread};

use super::meter::ScopedMeter;
use super::meter_core::MeterCore;
use super::meter_provider_builder::MeterProviderBuilder;

/// Makes meters, and owns what happens to their measurements.
///
/// Cloning is cheap and shares the provider. When the last handle is dropped without a [`shutdown`](Self::shutdown), the
/// provider shuts down with [`DEFAULT_SHUTDOWN_TIMEOUT`].
///
/// # Cost
///
/// A measurement finds its series in the thread's own list and adds to the thread's own cell, without a lock, an allocation or
/// an atomic read-modify-write. The first time a thread meets a series, and after a delta reader has emptied a cell, it takes
/// locks of that instrument; so do measurements beyond the cardinality limit, and lists that repeat a key.
///
/// Memory: below 2 KB for an instrument that was not measured yet. A series of three attributes measured by one thread takes
/// some 700 bytes as a counter and 800 as a histogram of 15 buckets; each further thread that measures it, some 220 and 340. An
/// exponential histogram takes 1.3 KB more for each thread, and as much again with negative values.
/// A delta reader keeps what it last read of each thread besides: some 60 bytes, and 8 a bucket.
///
/// Specification: "MeterProvider", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#meterprovider>.
///
/// # Examples
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::metrics::MeterProvider as _;
/// use pilotlight_sdk::batch::Reader;
/// use pilotlight_sdk::record::MeterProvider;
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let exporter = InMemoryExporter::new();
/// let provider = MeterProvider::builder().with_reader(Reader::periodic(exporter.clone())).build()?;
///
/// let requests = provider.meter("example").u64_counter("requests").build();
/// requests.add(1, &[KeyValue::new("route", "/")]);
///
/// let report = provider.shutdown(std::time::Duration::from_secs(5));
/// assert_eq!(report.exported(), 1);
/// assert_eq!(exporter.metrics()[0].name(), "requests");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MeterProvider(Arc<Handle>);

/// Its drop is the drop of the last handle: instruments hold the core alone.
struct Handle {
    core: Arc<MeterCore>,
    readers: Vec<StartedReader>,
    /// Keeps the exporter thread alive until the provider is shut down.
    _worker: Option<Worker>,
}

impl MeterProvider {
    /// Starts with no readers, no views, and a resource that names the SDK and the executable.
    pub fn builder() -> MeterProviderBuilder {
        MeterProviderBuilder::default()
    }

    pub(super) fn new(core: Arc<MeterCore>, readers: Vec<StartedReader>, worker: Option<Worker>) -> Self {
        Self(Arc::new(Handle { core, readers, _worker: worker }))
    }

    /// Has every periodic reader collect and deliver now, in at most `timeout`. Blocks; may be called from any thread,
    /// inside and outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost on the way, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        let deadline = deadline_in(timeout);
        let flushes: Vec<_> =
            self.0.readers.iter().map(|reader| reader.control().begin_flush(deadline)).collect();
        // Each is waited for, whatever became of the others.
        let outcomes: Vec<_> = flushes.into_iter().map(|flush| flush.wait()).collect();
        outcomes.into_iter().collect()
    }

    /// Ends the provider: instruments become no-ops, periodic readers collect and deliver once more, exporters are
    /// released. Returns within `timeout` with an honest account of what became of every data point.
    ///
    /// Blocks; may be called from any thread, inside and outside any runtime. A second call finds nothing to do and answers
    /// with the same account.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        self.0.shutdown(deadline_in(timeout))
    }

    /// As [`shutdown`](Self::shutdown), without blocking the executor: a short-lived thread waits. Needs no particular
    /// runtime. Dropping the future does not stop the shutdown.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        let provider = self.clone();
        shutdown_on_a_thread(move || provider.shutdown(timeout)).await
    }

    /// The core, for instruments that the API does not have.
    pub(super) fn core(&self) -> &Arc<MeterCore> {
        &self.0.core
    }

    /// Its readers, for the metrics about them.
    pub(crate) fn readers(&self) -> &[StartedReader] {
        &self.0.readers
    }
}

impl Handle {
    fn shutdown(&self, deadline: Instant) -> Report {
        self.core.set_shut_down();
        let shutdowns: Vec<_> =
            self.readers.iter().map(|reader| reader.control().begin_shutdown(deadline)).collect();
        let exporters = shutdowns.into_iter().map(|shutdown| shutdown.wait()).collect();
        Report::of_metrics(exporters, self.core.troubles())
    }
}

impl opentelemetry::metrics::MeterProvider for MeterProvider {
    /// A scope without a name is allowed, as the specification asks.
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        let core = Arc::clone(self.core());
        let scope = core.scopes.intern(scope);
        Meter::new(Arc::new(ScopedMeter { core, scope }))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shutdown(deadline_in(DEFAULT_SHUTDOWN_TIMEOUT));
        // They hold instruments, which hold the core, which holds them.
        self.core.callbacks.clear();
    }
}

impl fmt::Debug for MeterProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.core.fmt(f)
    }
}
