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

/// The way to an exporter.
pub(super) struct ProcessorInstruments {
    pub(super) queue_size: Observable<i64>,
    pub(super) queue_capacity: Observable<i64>,
    pub(super) queue_bytes: Observable<i64>,
    pub(super) queue_limit: Observable<i64>,
    pub(super) processed: Observable<u64>,
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

impl ProcessorInstruments {
    pub(super) fn new(observables: &Observables) -> Self {
        let up_down = |name: &'static str, unit: &'static str, description: &'static str| {
            observables.i64_up_down_counter(name).unit(unit).description(description).build()
        };
        Self {
            queue_size: up_down(
                "otel.sdk.processor.span.queue.size",
                "{span}",
                "Spans that wait for the exporter thread.",
            ),
            queue_capacity: up_down(
                "otel.sdk.processor.span.queue.capacity",
                "{span}",
                "The most spans that may wait for the exporter thread.",
            ),
            queue_bytes: up_down(
                "pilotlight.queue.bytes",
                "By",
                "Bytes of finished spans that count towards the queue's bound.",
            ),
            queue_limit: up_down("pilotlight.queue.limit", "By", "The queue's bound."),
            processed: observables
                .u64_counter("otel.sdk.processor.span.processed")
                .unit("{span}")
                .description("Spans that left the queue for the exporter, or never will.")
                .build(),
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
            inflight: observables
                .i64_up_down_counter(inflight)
                .unit(unit)
                .description("Given to the exporter, without an outcome yet.")
                .build(),
            exported: observables
                .u64_counter(exported)
                .unit(unit)
                .description("Given to the exporter, with an outcome.")
                .build(),
        }
    }
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
