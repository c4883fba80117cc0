//! The API's tracer provider: where the parts of recording come together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use tokio::sync::oneshot;

use crate::Error;
use crate::batch::{Report, Worker};
use crate::deadline::deadline_in;

use super::provider_builder::TracerProviderBuilder;
use super::provider_core::ProviderCore;
use super::scope::ScopeId;
use super::tracer::{Tracer, TracerInner};

/// How long dropping the last handle, or a shutdown without a time of its own, may take.
pub const DEFAULT_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes tracers, and owns what happens to their spans.
///
/// Cloning is cheap and shares the provider. When the last handle is dropped without a [`shutdown`](Self::shutdown), the
/// provider shuts down with [`DEFAULT_SHUTDOWN_TIMEOUT`].
///
/// Specification: "Tracer Provider", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#tracer-provider>.
///
/// # Examples
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::trace::{Span, Tracer, TracerProvider as _};
/// use pilotlight_sdk::record::TracerProvider;
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let exporter = InMemoryExporter::new();
/// let provider = TracerProvider::builder().with_simple_exporter(exporter.clone()).build()?;
///
/// let mut span = provider.tracer("example").start("hello");
/// span.set_attribute(KeyValue::new("answer", 42));
/// span.end();
///
/// assert_eq!(exporter.spans()[0].view().name(), "hello");
/// assert_eq!(provider.shutdown(std::time::Duration::from_secs(5)).exported(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TracerProvider(Arc<Handle>);

/// Its drop is the drop of the last handle: tracers and spans hold the core alone.
#[derive(Debug)]
struct Handle {
    core: Arc<ProviderCore>,
    /// The tracers made so far, by scope id: the same scope gives the same tracer.
    tracers: Mutex<HashMap<ScopeId, Tracer>>,
    /// Keeps the exporter thread alive until the provider is shut down. Not in the core: pooled records hold on to that.
    _worker: Option<Worker>,
}

impl TracerProvider {
    /// Starts with the specification's defaults: a parent-based always-on sampler, random ids, the default limits, a
    /// resource that names the SDK and the executable, and nothing that listens.
    pub fn builder() -> TracerProviderBuilder {
        TracerProviderBuilder::default()
    }

    pub(super) fn new(core: ProviderCore, worker: Option<Worker>) -> Self {
        Self(Arc::new(Handle { core: Arc::new(core), tracers: Mutex::default(), _worker: worker }))
    }

    /// The core, for the metrics about it.
    pub(crate) fn core(&self) -> &ProviderCore {
        &self.0.core
    }

    /// Hands over everything recorded so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost on the way, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        self.0.core.force_flush(deadline_in(timeout))
    }

    /// Ends the provider: tracers become no-ops, what was recorded is delivered, exporters are released. Returns within
    /// `timeout` with an honest account of what became of every span that had ended by then.
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

/// Runs `shutdown` on a short-lived thread, so that the executor is not blocked.
pub(crate) async fn shutdown_on_a_thread(shutdown: impl Fn() -> Report + Clone + Send + 'static) -> Report {
    let (answer, answered) = oneshot::channel();
    let on_the_thread = shutdown.clone();
    let waiting = std::thread::Builder::new().name("pilotlight-shutdown".into()).spawn(move || {
        let _ = answer.send(on_the_thread());
    });
    match (waiting, answered.await) {
        (Ok(_), Ok(report)) => report,
        // No thread to be had: better to block than to lose what is left.
        _ => shutdown(),
    }
}

impl opentelemetry::trace::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    /// The same scope gives the same tracer. A scope without a name is allowed, as the specification asks.
    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Tracer {
        let core = &self.0.core;
        let scope = core.scopes.intern(scope);
        let mut tracers = self.0.tracers.lock().unwrap_or_else(PoisonError::into_inner);
        let tracer = tracers
            .entry(scope.id)
            .or_insert_with(|| Tracer(Arc::new(TracerInner { core: Arc::clone(core), scope })));
        tracer.clone()
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
