//! From settings to something that runs: the stages, connected.

use std::fmt;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Error;
use crate::batch::{Reader, Report, Worker};
use crate::config::{
    BatchSettings, MetricsExporter, MetricsSettings, OtlpMetricsConfig, PrometheusConfig, SamplerSetting,
    Settings, TracesExporter,
};
use crate::diagnostics;
use crate::record::{
    AlwaysOff, AlwaysOn, IdGenerator, MeterProvider, ParentBased, Sampler, SpanProcessor, TraceIdRatio,
    TracerProvider, TracerProviderBuilder, View,
};
use crate::self_metrics;
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
    /// Say what becomes of instruments.
    pub views: Vec<View>,
    /// Collect metrics, besides those in the settings.
    pub readers: Vec<Reader>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("sampler", &self.sampler)
            .field("id_generator", &self.id_generator)
            .field("span_processors", &self.span_processors.len())
            .field("traces_exporters", &self.traces_exporters.len())
            .field("views", &self.views)
            .field("readers", &self.readers)
            .finish()
    }
}

/// The providers of all signals, at work.
#[derive(Clone, Debug)]
pub struct Providers {
    /// Traces.
    pub tracer_provider: TracerProvider,
    /// Metrics.
    pub meter_provider: MeterProvider,
    /// Whether metrics tell of traces.
    self_metrics: bool,
}

/// Starts what `settings` describe: one exporter thread for all signals. Does no network I/O, but for taking Prometheus's
/// port: collectors are contacted by the exporter thread, when there is something to send.
///
/// An exporter that cannot be built (an unreadable certificate, a port that is taken) is left out with an error message,
/// rather than taking the service down or sending to the right place in the wrong way.
///
/// # Errors
///
/// When the exporter thread cannot be started.
pub fn start(settings: &Settings, parts: Parts) -> Result<Providers, Error> {
    let worker = Worker::start()?;
    let Parts { sampler, id_generator, span_processors, traces_exporters, views, readers } = parts;
    let meter_provider = start_metrics(settings, views, readers, &worker)?;
    let self_metrics = settings.self_metrics && !meter_provider.readers().is_empty();
    let mut builder = tracer_provider(settings, sampler).counting_spans(self_metrics);
    if let Some(id_generator) = id_generator {
        builder = builder.with_id_generator(id_generator);
    }
    for processor in span_processors {
        builder = builder.with_processor(processor);
    }
    for exporter in &settings.traces.exporters {
        builder = with_exporter(builder, exporter, settings.traces.batch);
    }
    for exporter in traces_exporters {
        builder = builder.with_batch_exporter(exporter, settings.traces.batch);
    }
    let tracer_provider = builder.with_worker(worker).build()?;
    if self_metrics {
        self_metrics::emit(&meter_provider, &tracer_provider);
    }
    Ok(Providers { tracer_provider, meter_provider, self_metrics })
}

impl Providers {
    /// Delivers everything recorded so far, in at most `timeout`. Blocks; may be called from any thread, inside and
    /// outside any runtime.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when time ran out; otherwise something was lost, and the message says how much and why.
    pub fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        let (traces, metrics) = together(
            || self.tracer_provider.force_flush(timeout),
            || self.meter_provider.force_flush(timeout),
        );
        traces.and(metrics)
    }

    /// Ends all providers, each within `timeout`, and at the same time, so that a receiver that takes one signal's time leaves
    /// the others theirs.
    ///
    /// Metrics tell what became of traces, so they are collected for the last time when traces are done, but a quarter of
    /// `timeout` after the beginning at the latest: of traces that are not done by then, the metrics tell what was known
    /// then, and the report alone tells the rest.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        let (done, traces_done) = sync_channel::<()>(0);
        let traces_done = Mutex::new(traces_done);
        let patience = if self.self_metrics { timeout / 4 } else { Duration::ZERO };
        let (traces, metrics) = together(
            || {
                let report = self.tracer_provider.shutdown(timeout);
                drop(done);
                report
            },
            || self.meter_provider.shutdown(timeout.saturating_sub(wait_for_end(&traces_done, patience))),
        );
        traces.and(metrics)
    }

    /// As [`shutdown`](Self::shutdown), without blocking the executor. Needs no particular runtime. Dropping the future does
    /// not stop the shutdown.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        let providers = self.clone();
        crate::record::shutdown_on_a_thread(move || providers.shutdown(timeout)).await
    }
}

/// Waits until the other end is dropped; answers how long that took, `patience` at most.
fn wait_for_end(end: &Mutex<Receiver<()>>, patience: Duration) -> Duration {
    let begun = Instant::now();
    let _ = end.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(patience);
    begun.elapsed()
}

/// Runs both, the second one on a short-lived thread; one after the other where there is no thread to be had.
fn together<A, B: Send>(a: impl FnOnce() -> A, b: impl Fn() -> B + Send + Sync) -> (A, B) {
    std::thread::scope(|scope| {
        let second = std::thread::Builder::new().name("pilotlight-shutdown".into()).spawn_scoped(scope, &b);
        let first = a();
        let second = second.ok().and_then(|thread| thread.join().ok());
        (first, second.unwrap_or_else(&b))
    })
}

fn tracer_provider(settings: &Settings, own: Option<Box<dyn Sampler>>) -> TracerProviderBuilder {
    let traces = &settings.traces;
    let builder =
        TracerProvider::builder().with_resource(settings.resource.clone()).with_limits(traces.limits);
    match own.or_else(|| sampler(&traces.sampler)) {
        Some(sampler) => builder.with_sampler(sampler),
        None => builder,
    }
}

fn start_metrics(
    settings: &Settings,
    views: Vec<View>,
    readers: Vec<Reader>,
    worker: &Worker,
) -> Result<MeterProvider, Error> {
    let metrics = &settings.metrics;
    let builder = MeterProvider::builder()
        .with_resource(settings.resource.clone())
        .with_exemplar_filter(metrics.exemplar_filter)
        .with_worker(worker.clone());
    let builder = views.into_iter().fold(builder, |builder, view| builder.with_view(view));
    let configured = metrics.exporters.iter().filter_map(|exporter| reader(exporter, metrics));
    configured.chain(readers).fold(builder, |builder, reader| builder.with_reader(reader)).build()
}

/// The reader for one exporter in the settings.
fn reader(exporter: &MetricsExporter, settings: &MetricsSettings) -> Option<Reader> {
    let reader = match exporter {
        MetricsExporter::Console => Reader::periodic(transport::ConsoleMetricExporter::stdout()),
        MetricsExporter::Otlp(config) => otlp_reader(config)?,
        MetricsExporter::Prometheus(config) => prometheus_reader(config)?,
    };
    let reader = reader
        .interval(settings.interval)
        .timeout(settings.timeout)
        .cardinality_limit(settings.cardinality_limit);
    Some(match settings.export_batch_points_max {
        Some(points) => reader.export_batch_points_max(points),
        None => reader,
    })
}

fn otlp_reader(config: &OtlpMetricsConfig) -> Option<Reader> {
    match transport::otlp(config.otlp.clone()) {
        Ok(exporter) => Some(
            Reader::periodic(exporter)
                .temporality(config.temporality)
                .histogram_aggregation(config.histogram_aggregation),
        ),
        Err(error) => {
            diagnostics::error(format_args!("metrics are not exported over OTLP: {}", chain(&error)));
            None
        }
    }
}

#[cfg(feature = "prometheus")]
fn prometheus_reader(config: &PrometheusConfig) -> Option<Reader> {
    match transport::PrometheusServer::bind(config) {
        Ok(server) => {
            if let Ok(address) = server.local_addr() {
                diagnostics::info(format_args!("metrics for Prometheus are at http://{address}/metrics"));
            }
            Some(Reader::prometheus(server))
        }
        Err(error) => {
            diagnostics::error(format_args!("metrics cannot be scraped: {}", chain(&error)));
            None
        }
    }
}

#[cfg(not(feature = "prometheus"))]
fn prometheus_reader(_config: &PrometheusConfig) -> Option<Reader> {
    diagnostics::error(
        "metrics cannot be scraped: Prometheus is not compiled in; enable the feature `prometheus` of pilotlight",
    );
    None
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
