//! Traces, from settings.

use std::time::Duration;

use crate::Error;
use crate::batch::Worker;
use crate::config::{BatchSettings, SamplerSetting, Settings, TracesExporter};
use crate::diagnostics;
use crate::record::{
    AlwaysOff, AlwaysOn, ParentBased, Sampler, TraceIdRatio, TracerProvider, TracerProviderBuilder,
};
use crate::transport;

use super::{Parts, chain};

/// The longest that spans wait for the console: a person is watching. A shorter `OTEL_BSP_SCHEDULE_DELAY` is kept.
const CONSOLE_DELAY: Duration = Duration::from_millis(200);

pub(super) fn start(
    settings: &Settings,
    parts: Parts,
    worker: Worker,
    counts_spans: bool,
) -> Result<TracerProvider, Error> {
    let batch = settings.traces.batch;
    let mut builder = builder(settings, parts.sampler).counting_spans(counts_spans).with_worker(worker);
    if let Some(id_generator) = parts.id_generator {
        builder = builder.with_id_generator(id_generator);
    }
    for processor in parts.span_processors {
        builder = builder.with_processor(processor);
    }
    for exporter in &settings.traces.exporters {
        builder = with_exporter(builder, exporter, batch);
    }
    for exporter in parts.traces_exporters {
        builder = builder.with_batch_exporter(exporter, batch);
    }
    builder.build()
}

fn builder(settings: &Settings, own: Option<Box<dyn Sampler>>) -> TracerProviderBuilder {
    let traces = &settings.traces;
    let builder =
        TracerProvider::builder().with_resource(settings.resource.clone()).with_limits(traces.limits);
    match own.or_else(|| sampler(&traces.sampler)) {
        Some(sampler) => builder.with_sampler(sampler),
        None => builder,
    }
}

fn with_exporter(
    builder: TracerProviderBuilder,
    exporter: &TracesExporter,
    batch: BatchSettings,
) -> TracerProviderBuilder {
    match exporter {
        TracesExporter::Console => {
            let mut batch = batch;
            batch.schedule_delay = batch.schedule_delay.min(CONSOLE_DELAY);
            builder.with_batch_exporter(transport::ConsoleExporter::stdout(), batch)
        }
        TracesExporter::Otlp(config) => match transport::otlp((**config).clone()) {
            Ok(exporter) => builder.with_batch_exporter(exporter, batch),
            Err(error) => {
                diagnostics::error(format_args!("traces are not exported over OTLP: {}", chain(&error)));
                builder
            }
        },
    }
}

/// The sampler for a setting; `None` for the default, which the provider knows by heart.
fn sampler(setting: &SamplerSetting) -> Option<Box<dyn Sampler>> {
    (*setting != SamplerSetting::default()).then(|| build_sampler(setting))
}

fn build_sampler(setting: &SamplerSetting) -> Box<dyn Sampler> {
    match setting {
        SamplerSetting::AlwaysOn => Box::new(AlwaysOn),
        SamplerSetting::AlwaysOff => Box::new(AlwaysOff),
        SamplerSetting::TraceIdRatio(ratio) => Box::new(TraceIdRatio::new(*ratio)),
        SamplerSetting::ParentBased(root) => Box::new(ParentBased::new(build_sampler(root))),
    }
}
