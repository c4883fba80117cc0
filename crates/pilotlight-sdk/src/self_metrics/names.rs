//! The instruments: names, units and descriptions.

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Histogram, Meter};

use crate::record::{Observable, Observables};
use crate::transport::Signal;

/// Half a millisecond to half a minute: from a collection of nothing to the longest that a request usually may take.
const SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The scope of all of them.
pub(super) fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("pilotlight").with_version(env!("CARGO_PKG_VERSION")).build()
}

/// Spans as they start and end.
pub(super) struct SpanInstruments {
    pub(super) started: Observable<u64>,
    pub(super) live: Observable<i64>,
}

/// Log records as they are emitted.
pub(super) struct LogInstruments {
    pub(super) created: Observable<u64>,
}

/// The way of one signal's items to exporters.
pub(super) struct ProcessorInstruments {
    pub(super) queue_size: Observable<i64>,
    pub(super) queue_capacity: Observable<i64>,
    pub(super) processed: Observable<u64>,
}

/// Queues whose bound counts bytes, whatever they hold.
pub(super) struct QueueInstruments {
    pub(super) bytes: Observable<i64>,
    pub(super) limit: Observable<i64>,
}

/// Exporters of one signal.
pub(super) struct ExporterInstruments {
    pub(super) inflight: Observable<i64>,
    pub(super) exported: Observable<u64>,
}

impl SpanInstruments {
    pub(super) fn new(observables: &Observables) -> Self {
        Self {
            started: observables
                .u64_counter("otel.sdk.span.started")
                .unit("{span}")
                .description("Spans started, sampled or not.")
                .build(),
            live: observables
                .i64_up_down_counter("otel.sdk.span.live")
                .unit("{span}")
                .description("Recorded spans that have not ended.")
                .build(),
        }
    }
}

impl LogInstruments {
    pub(super) fn new(observables: &Observables) -> Self {
        Self {
            created: observables
                .u64_counter("otel.sdk.log.created")
                .unit("{log_record}")
                .description("Log records emitted, exported or not.")
                .build(),
        }
    }
}

impl ProcessorInstruments {
    /// `None` for a signal without processors.
    pub(super) fn new(observables: &Observables, signal: Signal) -> Option<Self> {
        let (size, capacity, processed, unit) = match signal {
            Signal::Traces => (
                "otel.sdk.processor.span.queue.size",
                "otel.sdk.processor.span.queue.capacity",
                "otel.sdk.processor.span.processed",
                "{span}",
            ),
            Signal::Logs => (
                "otel.sdk.processor.log.queue.size",
                "otel.sdk.processor.log.queue.capacity",
                "otel.sdk.processor.log.processed",
                "{log_record}",
            ),
            Signal::Metrics => return None,
        };
        Some(Self {
            queue_size: up_down(observables, size, unit, "What waits for the exporter thread."),
            queue_capacity: up_down(
                observables,
                capacity,
                unit,
                "The most that may wait for the exporter thread.",
            ),
            processed: observables
                .u64_counter(processed)
                .unit(unit)
                .description("What left the queue for the exporter, or never will.")
                .build(),
        })
    }
}

impl QueueInstruments {
    pub(super) fn new(observables: &Observables) -> Self {
        let bytes = "Bytes of finished items that count towards the queue's bound.";
        Self {
            bytes: up_down(observables, "pilotlight.queue.bytes", "By", bytes),
            limit: up_down(observables, "pilotlight.queue.limit", "By", "The queue's bound."),
        }
    }
}

impl ExporterInstruments {
    pub(super) fn new(observables: &Observables, signal: Signal) -> Self {
        let (inflight, exported, unit) = match signal {
            Signal::Traces => {
                ("otel.sdk.exporter.span.inflight", "otel.sdk.exporter.span.exported", "{span}")
            }
            Signal::Metrics => (
                "otel.sdk.exporter.metric_data_point.inflight",
                "otel.sdk.exporter.metric_data_point.exported",
                "{data_point}",
            ),
            Signal::Logs => {
                ("otel.sdk.exporter.log.inflight", "otel.sdk.exporter.log.exported", "{log_record}")
            }
        };
        Self {
            inflight: up_down(observables, inflight, unit, "Given to the exporter, without an outcome yet."),
            exported: observables
                .u64_counter(exported)
                .unit(unit)
                .description("Given to the exporter, with an outcome.")
                .build(),
        }
    }
}

fn up_down(
    observables: &Observables,
    name: &'static str,
    unit: &'static str,
    description: &'static str,
) -> Observable<i64> {
    observables.i64_up_down_counter(name).unit(unit).description(description).build()
}

/// How long collections take.
pub(super) fn collection_duration(meter: &Meter) -> Histogram<f64> {
    seconds(meter, "otel.sdk.metric_reader.collection.duration", "How long a collection took.")
}

/// How long exports take.
pub(super) fn operation_duration(meter: &Meter) -> Histogram<f64> {
    seconds(
        meter,
        "otel.sdk.exporter.operation.duration",
        "How long the export of one request took, with all its attempts.",
    )
}

fn seconds(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<f64> {
    let builder = meter.f64_histogram(name).with_unit("s").with_description(description);
    builder.with_boundaries(SECONDS.to_vec()).build()
}
