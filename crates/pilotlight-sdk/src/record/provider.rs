//! The API's tracer provider: where the parts of recording come together.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{Context, InstrumentationScope};
use tokio::sync::oneshot;

use crate::Error;
use crate::batch::{BatchProcessor, Report, Worker};
use crate::config::BatchSettings;
use crate::deadline::deadline_in;
use crate::resource::{Resource, provided};
use crate::self_metrics::Counters;
use crate::transport::Exporter;

use super::clock::Clock;
use super::ids::{IdGenerator, RandomIds};
use super::limits::SpanLimits;
use super::processor::{FinishedSpan, SpanMut, SpanProcessor, guarded};
use super::sampler::{Decision, Sampler, SamplingParameters, SamplingResult, parent_based_always_on};
use super::scope::{ScopeId, ScopeTable};
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

/// What tracers and spans need of their provider.
pub(crate) struct ProviderCore {
    /// `None` is the default, decided without asking anybody: that is a third of the price of a span not sampled.
    sampler: Option<Box<dyn Sampler>>,
    ids: Ids,
    pub(crate) limits: SpanLimits,
    pub(crate) clock: Clock,
    pub(crate) resource: Arc<Resource>,
    scopes: Arc<ScopeTable>,
    processors: Vec<Box<dyn SpanProcessor>>,
    exporters: Vec<BatchProcessor>,
    shut_down: AtomicBool,
    counters: Counters,
}

/// The default generator is called directly; a virtual call would cost more than its work.
#[derive(Debug)]
enum Ids {
    Random,
    Custom(Box<dyn IdGenerator>),
}

impl TracerProvider {
    /// Starts with the specification's defaults: a parent-based always-on sampler, random ids, the default limits, a
    /// resource that names the SDK and the executable, and nothing that listens.
    pub fn builder() -> TracerProviderBuilder {
        TracerProviderBuilder::default()
    }

    /// Hands over everything recorded so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost on the way, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        let deadline = deadline_in(timeout);
        let core = &self.0.core;
        let mut outcome = Ok(());
        for processor in &core.processors {
            let flushed =
                guarded(&core.counters, "a span processor", || processor.force_flush(until(deadline)));
            outcome = outcome.and(flushed.unwrap_or_else(|| Err(Error::failed("a span processor panicked"))));
        }
        let flushes: Vec<_> = core.exporters.iter().map(|exporter| exporter.begin_flush(deadline)).collect();
        flushes.into_iter().fold(outcome, |outcome, flush| outcome.and(flush.wait()))
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
        let (answer, answered) = oneshot::channel();
        let provider = self.clone();
        let waiting = std::thread::Builder::new().name("pilotlight-shutdown".into()).spawn(move || {
            let _ = answer.send(provider.shutdown(timeout));
        });
        match (waiting, answered.await) {
            (Ok(_), Ok(report)) => report,
            // No thread to be had: better to block than to lose what is left.
            _ => self.shutdown(timeout),
        }
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
        self.core.shutdown(deadline_in(DEFAULT_SHUTDOWN_TIMEOUT));
    }
}

impl ProviderCore {
    pub(super) fn is_shut_down(&self) -> bool {
        // Acquire pairs with the swap in `shutdown`: who sees the end sees what led to it.
        self.shut_down.load(Ordering::Acquire)
    }

    /// Whether anything wants recorded spans.
    pub(super) fn is_listening(&self) -> bool {
        !self.exporters.is_empty() || self.has_processors()
    }

    pub(super) fn has_processors(&self) -> bool {
        !self.processors.is_empty()
    }

    #[inline]
    pub(super) fn sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let Some(sampler) = &self.sampler else {
            return SamplingResult::new(parent_based_always_on(parameters.parent));
        };
        let result = guarded(&self.counters, "a sampler", || sampler.should_sample(parameters));
        result.unwrap_or_else(|| SamplingResult::new(Decision::Drop))
    }

    /// A new trace id, and whether it is random.
    pub(super) fn new_trace_id(&self) -> (TraceId, bool) {
        if let Ids::Custom(ids) = &self.ids {
            let made = guarded(&self.counters, "an id generator", || (ids.new_trace_id(), ids.is_random()));
            if let Some((id, random)) = made.filter(|(id, _)| *id != TraceId::INVALID) {
                return (id, random);
            }
        }
        (RandomIds.new_trace_id(), true)
    }

    pub(super) fn new_span_id(&self) -> SpanId {
        if let Ids::Custom(ids) = &self.ids {
            let made = guarded(&self.counters, "an id generator", || ids.new_span_id());
            if let Some(id) = made.filter(|id| *id != SpanId::INVALID) {
                return id;
            }
        }
        RandomIds.new_span_id()
    }

    pub(super) fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        for processor in &self.processors {
            guarded(&self.counters, "a span processor", || processor.on_start(span, parent));
        }
    }

    pub(super) fn on_ending(&self, span: &mut SpanMut<'_>) {
        for processor in &self.processors {
            guarded(&self.counters, "a span processor", || processor.on_ending(span));
        }
    }

    /// Shows the finished span to processors, then gives it to the exporters if it is theirs.
    pub(super) fn on_end(&self, span: &FinishedSpan<'_>, is_sampled: bool, is_discarded: bool) {
        for processor in &self.processors {
            guarded(&self.counters, "a span processor", || processor.on_end(span));
        }
        if is_discarded {
            self.counters.count_filtered();
        } else if is_sampled {
            for exporter in &self.exporters {
                exporter.on_end(span.scope.id, span.bytes);
            }
        }
    }

    fn shutdown(&self, deadline: Instant) -> Report {
        // AcqRel: publishes everything before to those who see the flag, and sees what an earlier shutdown did.
        if !self.shut_down.swap(true, Ordering::AcqRel) {
            for processor in &self.processors {
                let outcome =
                    guarded(&self.counters, "a span processor", || processor.shutdown(until(deadline)));
                if let Some(Err(error)) = outcome {
                    self.counters.note_error(error.to_string());
                }
            }
        }
        let shutdowns: Vec<_> =
            self.exporters.iter().map(|exporter| exporter.begin_shutdown(deadline)).collect();
        let exporters = shutdowns.into_iter().map(|shutdown| shutdown.wait()).collect();
        Report::new(exporters, &self.counters)
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

impl fmt::Debug for ProviderCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerProvider")
            .field("sampler", &self.sampler)
            .field("ids", &self.ids)
            .field("limits", &self.limits)
            .field("processors", &self.processors.len())
            .field("exporters", &self.exporters.len())
            .finish_non_exhaustive()
    }
}

/// Puts a [`TracerProvider`] together.
#[derive(Default)]
pub struct TracerProviderBuilder {
    sampler: Option<Box<dyn Sampler>>,
    ids: Option<Box<dyn IdGenerator>>,
    limits: SpanLimits,
    clock: Clock,
    resource: Option<Resource>,
    processors: Vec<Box<dyn SpanProcessor>>,
    exporters: Vec<(Box<dyn Exporter>, Mode)>,
    worker: Option<Worker>,
}

/// How spans reach an exporter.
enum Mode {
    Batch(BatchSettings),
    Simple,
}

impl TracerProviderBuilder {
    /// Decides which spans are recorded and exported. Default: parent-based, always on.
    #[must_use]
    pub fn with_sampler(mut self, sampler: impl Sampler) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Makes ids. Default: [`RandomIds`].
    #[must_use]
    pub fn with_id_generator(mut self, ids: impl IdGenerator) -> Self {
        self.ids = Some(Box::new(ids));
        self
    }

    /// Bounds what one span holds.
    #[must_use]
    pub fn with_limits(mut self, limits: SpanLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells the time. Default: [`Clock::system`].
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Says which service the spans belong to. Default: `telemetry.*`, and a `service.name` of `unknown_service:` and the
    /// executable's name. What is given here replaces that altogether.
    #[must_use]
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Adds a processor after those already there.
    #[must_use]
    pub fn with_processor(mut self, processor: impl SpanProcessor) -> Self {
        self.processors.push(Box::new(processor));
        self
    }

    /// Exports in batches, from the exporter thread: the way for services.
    #[must_use]
    pub fn with_batch_exporter(mut self, exporter: impl Exporter, settings: BatchSettings) -> Self {
        self.exporters.push((Box::new(exporter), Mode::Batch(settings)));
        self
    }

    /// Exports each span as it ends and waits for it, up to 30 seconds: for tests and short programs. Blocks the thread that
    /// ends a span.
    #[must_use]
    pub fn with_simple_exporter(mut self, exporter: impl Exporter) -> Self {
        self.exporters.push((Box::new(exporter), Mode::Simple));
        self
    }

    /// Shares an exporter thread with other providers. Default: a thread of its own, if there is an exporter.
    #[must_use]
    pub fn with_worker(mut self, worker: Worker) -> Self {
        self.worker = Some(worker);
        self
    }

    /// Puts the provider together, and starts the exporter thread if one is needed.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn build(self) -> Result<TracerProvider, Error> {
        let worker = match self.worker {
            None if !self.exporters.is_empty() => Some(Worker::start()?),
            worker => worker,
        };
        let (resource, scopes) = (self.resource.unwrap_or_else(provided), ScopeTable::default());
        let (resource, scopes) = (Arc::new(resource), Arc::new(scopes));
        let exporters = self.exporters.into_iter().zip(worker.iter().cycle()).map(
            |((exporter, mode), worker)| match mode {
                Mode::Batch(settings) => {
                    BatchProcessor::batch(worker, exporter, settings, &resource, &scopes)
                }
                Mode::Simple => BatchProcessor::simple(worker, exporter, &resource, &scopes),
            },
        );
        let exporters = exporters.collect();
        let core = ProviderCore {
            sampler: self.sampler,
            ids: self.ids.map_or(Ids::Random, Ids::Custom),
            limits: self.limits,
            clock: self.clock,
            resource,
            scopes,
            processors: self.processors,
            exporters,
            shut_down: AtomicBool::new(false),
            counters: Counters::default(),
        };
        let (core, tracers) = (Arc::new(core), Mutex::default());
        Ok(TracerProvider(Arc::new(Handle { core, tracers, _worker: worker })))
    }
}

impl fmt::Debug for TracerProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerProviderBuilder").finish_non_exhaustive()
    }
}
