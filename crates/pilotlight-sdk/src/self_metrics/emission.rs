//! Turns what is counted into metrics, whenever a reader collects.

use std::sync::{Arc, Weak};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;

use crate::batch::{BatchProcessor, Queue, StartedReader};
use crate::config::QueueBound;
use crate::record::{
    LogCounts, LoggerProvider, MeterProvider, ORIGINS, Observables, Observer, RESULTS, SpanCounts,
    TracerProvider,
};
use crate::transport::Signal;

use super::account::Account;
use super::counters::{Counters, Loss};
use super::names::{
    ExporterInstruments, LogInstruments, ProcessorInstruments, QueueInstruments, SpanInstruments,
    collection_duration, operation_duration, scope,
};

/// Has `meter_provider` tell of all providers from now on.
pub(crate) fn emit(
    meter_provider: &MeterProvider,
    tracer_provider: &TracerProvider,
    logger_provider: &LoggerProvider,
) {
    let (traces, logs) = (tracer_provider.core().exporters(), logger_provider.core().exporters());
    let readers = meter_provider.readers();
    let accounts = || {
        let of_processors = traces.iter().chain(logs).map(|processor| processor.control().account());
        let exporting = readers.iter().filter(|reader| reader.has_exporter());
        of_processors.chain(exporting.map(|reader| reader.control().account()))
    };
    connect_stopwatches(meter_provider, readers, accounts());

    let observables = Observables::new(meter_provider, scope());
    let items = WatchedItems::new(&observables, tracer_provider, logger_provider);
    let processors = WatchedProcessors::new(&observables, [(Signal::Traces, traces), (Signal::Logs, logs)]);
    let exporters = [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| {
        let accounts = accounts().filter(|account| account.signal == signal);
        (
            ExporterInstruments::new(&observables, signal),
            accounts.map(WatchedExporter::new).collect::<Vec<_>>(),
        )
    });
    let observe = move |observer: &Observer<'_>| {
        items.observe(observer);
        processors.observe(observer);
        for (instruments, exporters) in &exporters {
            exporters.iter().for_each(|exporter| exporter.observe(observer, instruments));
        }
    };
    observables.register(observe).forever();
}

fn connect_stopwatches<'a>(
    meter_provider: &MeterProvider,
    readers: &[StartedReader],
    exporters: impl Iterator<Item = &'a Account>,
) {
    let meter = meter_provider.meter_with_scope(scope());
    let (collections, operations) = (collection_duration(&meter), operation_duration(&meter));
    for reader in readers {
        reader.collections().connect(collections.clone(), reader.component().attributes());
    }
    for account in exporters {
        account.operations.connect(operations.clone(), account.component.attributes());
    }
}

/// What is counted as it is made.
struct WatchedItems {
    spans: Option<(SpanInstruments, SpanCounts)>,
    logs: Option<(LogInstruments, LogCounts)>,
}

impl WatchedItems {
    fn new(
        observables: &Observables,
        tracer_provider: &TracerProvider,
        logger_provider: &LoggerProvider,
    ) -> Self {
        let spans = tracer_provider.core().span_counts().cloned();
        let logs = logger_provider.core().counts().cloned();
        Self {
            spans: spans.map(|counts| (SpanInstruments::new(observables), counts)),
            logs: logs.map(|counts| (LogInstruments::new(observables), counts)),
        }
    }

    fn observe(&self, observer: &Observer<'_>) {
        if let Some((instruments, counts)) = &self.spans {
            observe_spans(observer, instruments, counts);
        }
        if let Some((instruments, counts)) = &self.logs {
            observer.observe(&instruments.created, counts.created(), &[]);
        }
    }
}

fn observe_spans(observer: &Observer<'_>, instruments: &SpanInstruments, counts: &SpanCounts) {
    let totals = counts.totals();
    let result = |result: usize| KeyValue::new("otel.span.sampling_result", RESULTS[result]);
    for (of_origin, origin) in totals.started.iter().zip(ORIGINS) {
        for (i, count) in of_origin.iter().enumerate().filter(|(_, count)| **count > 0) {
            let attributes = [KeyValue::new("otel.span.parent.origin", origin), result(i)];
            observer.observe(&instruments.started, *count, &attributes);
        }
    }
    for (i, live) in totals.live.into_iter().enumerate() {
        // Nothing to say of decisions that were never made.
        if totals.started.iter().any(|of_origin| of_origin[i] > 0) && RESULTS[i] != "DROP" {
            observer.observe(&instruments.live, live as i64, &[result(i)]);
        }
    }
}

/// The ways of all signals' items to their exporters.
struct WatchedProcessors {
    queues: QueueInstruments,
    signals: Vec<(ProcessorInstruments, Vec<WatchedProcessor>)>,
}

impl WatchedProcessors {
    fn new<const N: usize>(observables: &Observables, signals: [(Signal, &[BatchProcessor]); N]) -> Self {
        let watched = |(signal, processors): (Signal, &[BatchProcessor])| {
            let instruments = ProcessorInstruments::new(observables, signal)?;
            Some((instruments, processors.iter().map(WatchedProcessor::new).collect()))
        };
        let signals = signals.into_iter().filter_map(watched).collect();
        Self { queues: QueueInstruments::new(observables), signals }
    }

    fn observe(&self, observer: &Observer<'_>) {
        for (instruments, processors) in &self.signals {
            processors.iter().for_each(|processor| processor.observe(observer, instruments, &self.queues));
        }
    }
}

/// The way of items to one exporter, and what its metrics say besides numbers.
struct WatchedProcessor {
    attributes: Vec<KeyValue>,
    /// Weak: what waits goes with its provider.
    queue: Weak<Queue>,
    counters: Arc<Counters>,
}

impl WatchedProcessor {
    fn new(processor: &BatchProcessor) -> Self {
        Self {
            attributes: processor.component().attributes(),
            queue: Arc::downgrade(processor.queue()),
            counters: Arc::clone(&processor.control().account().counters),
        }
    }

    fn observe(
        &self,
        observer: &Observer<'_>,
        instruments: &ProcessorInstruments,
        queues: &QueueInstruments,
    ) {
        let Self { attributes, queue, counters } = self;
        if let Some(queue) = queue.upgrade() {
            observer.observe(&instruments.queue_size, queue.len() as i64, attributes);
            match queue.bound() {
                QueueBound::Items(max) => {
                    observer.observe(&instruments.queue_capacity, signed(max), attributes)
                }
                QueueBound::Bytes(max) => {
                    observer.observe(&queues.bytes, signed(queue.bytes()), attributes);
                    observer.observe(&queues.limit, signed(max), attributes);
                }
            }
        }
        observer.observe(&instruments.processed, counters.handed(), attributes);
        for loss in Loss::BEFORE_THE_EXPORTER.into_iter().filter(|loss| counters.lost(*loss) > 0) {
            let attributes = with_error(attributes, loss.error_type());
            observer.observe(&instruments.processed, counters.lost(loss), &attributes);
        }
    }
}

/// One exporter, and what its metrics say besides numbers.
struct WatchedExporter {
    attributes: Vec<KeyValue>,
    counters: Arc<Counters>,
}

impl WatchedExporter {
    fn new(account: &Account) -> Self {
        let counters = Arc::clone(&account.counters);
        Self { attributes: account.component.attributes(), counters }
    }

    fn observe(&self, observer: &Observer<'_>, instruments: &ExporterInstruments) {
        let Self { attributes, counters } = self;
        observer.observe(&instruments.inflight, counters.inflight() as i64, attributes);
        observer.observe(&instruments.exported, counters.exported(), attributes);
        let lost = Loss::IN_THE_EXPORTER.map(|loss| (loss.error_type(), counters.lost(loss)));
        let failed = lost.into_iter().chain([("rejected", counters.rejected())]);
        for (error_type, items) in failed.filter(|(_, items)| *items > 0) {
            observer.observe(&instruments.exported, items, &with_error(attributes, error_type));
        }
    }
}

fn with_error(attributes: &[KeyValue], error_type: &'static str) -> Vec<KeyValue> {
    attributes.iter().cloned().chain([KeyValue::new("error.type", error_type)]).collect()
}

/// A bound may be as large as there are numbers.
fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
