//! Puts a tracer provider together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::Error;
use crate::batch::{BatchProcessor, Source, Worker};
use crate::config::BatchSettings;
use crate::resource::{Resource, provided};
use crate::self_metrics::Counters;
use crate::transport::{Exporter, Signal};

use super::clock::Clock;
use super::ids::IdGenerator;
use super::limits::SpanLimits;
use super::processor::SpanProcessor;
use super::provider::TracerProvider;
use super::provider_core::{Ids, ProviderCore};
use super::sampler::Sampler;
use super::scope::ScopeTable;
use super::span_counts::SpanCounts;

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
    counts_spans: bool,
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

    /// Makes ids. Default: [`RandomIds`](super::RandomIds).
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

    /// Counts spans as they start and end: somebody collects the counts.
    pub(crate) fn counting_spans(mut self, counts_spans: bool) -> Self {
        self.counts_spans = counts_spans;
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
        let source = Source { signal: Signal::Traces, resource: &resource, scopes: &scopes };
        let exporters = self.exporters.into_iter().zip(worker.iter().cycle()).map(
            |((exporter, mode), worker)| match mode {
                Mode::Batch(settings) => BatchProcessor::batch(worker, exporter, settings, source),
                Mode::Simple => BatchProcessor::simple(worker, exporter, source),
            },
        );
        let exporters = exporters.collect();
        // The counter is calibrated here, once, rather than under the first span.
        let _ = self.clock.unix_nanos();
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
            span_counts: self.counts_spans.then(SpanCounts::new),
        };
        Ok(TracerProvider::new(core, worker))
    }
}

impl fmt::Debug for TracerProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerProviderBuilder").finish_non_exhaustive()
    }
}
