//! From settings to something that runs: the stages, connected.

use std::fmt;
use std::time::Duration;

use crate::Error;
use crate::batch::Worker;
use crate::config::{BatchSettings, SamplerSetting, Settings, TracesExporter};
use crate::diagnostics;
use crate::record::{
    AlwaysOff, AlwaysOn, IdGenerator, ParentBased, Sampler, SpanProcessor, TraceIdRatio, TracerProvider,
    TracerProviderBuilder,
};
use crate::transport::{self, Exporter};

/// The longest that spans wait for the console: a person is watching. A shorter `OTEL_BSP_SCHEDULE_DELAY` is kept.
const CONSOLE_DELAY: Duration = Duration::from_millis(200);

/// Parts that only code can give.
#[derive(Default)]
pub struct Parts {
    /// Used instead of the sampler in the settings.
    pub sampler: Option<Box<dyn Sampler>>,
    /// Used instead of random ids.
    pub id_generator: Option<Box<dyn IdGenerator>>,
    /// See every span, in this order.
    pub span_processors: Vec<Box<dyn SpanProcessor>>,
    /// Get every span, besides the exporters in the settings.
    pub traces_exporters: Vec<Box<dyn Exporter>>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("sampler", &self.sampler)
            .field("id_generator", &self.id_generator)
            .field("span_processors", &self.span_processors.len())
            .field("traces_exporters", &self.traces_exporters.len())
            .finish()
    }
}

/// Starts what `settings` describe. Does no network I/O: collectors are contacted by the exporter thread, when there is
/// something to send.
///
/// An exporter that cannot be built (an unreadable certificate, say) is left out with an error message, rather than
/// taking the service down or sending to the right place in the wrong way.
///
/// # Errors
///
/// When the exporter thread cannot be started.
pub fn start_traces(settings: &Settings, parts: Parts) -> Result<TracerProvider, Error> {
    let traces = &settings.traces;
    let mut builder =
        TracerProvider::builder().with_resource(settings.resource.clone()).with_limits(traces.limits);
    if let Some(sampler) = parts.sampler.or_else(|| sampler(&traces.sampler)) {
        builder = builder.with_sampler(sampler);
    }
    if let Some(id_generator) = parts.id_generator {
        builder = builder.with_id_generator(id_generator);
    }
    for processor in parts.span_processors {
        builder = builder.with_processor(processor);
    }
    for exporter in &traces.exporters {
        builder = with_exporter(builder, exporter, traces.batch);
    }
    for exporter in parts.traces_exporters {
        builder = builder.with_batch_exporter(exporter, traces.batch);
    }
    builder.with_worker(Worker::start()?).build()
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

/// The error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
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
