use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, KeyValue, global};
use pilotlight_sdk::batch::Reader;
use pilotlight_sdk::config::{
    Batching, ExemplarFilter, ExporterKind, HistogramAggregation, LogLines, LogsExporterKind,
    MetricsExporterKind, Otlp, ProcessEnvironment, Prometheus, PropagatorKind, SamplerSetting, Settings,
    SettingsBuilder, TemporalityPreference,
};
use pilotlight_sdk::diagnostics::{self, Level};
use pilotlight_sdk::pipeline::Parts;
use pilotlight_sdk::propagation::composite;
use pilotlight_sdk::record::{IdGenerator, LogRecordProcessor, Sampler, SpanProcessor, View};
use pilotlight_sdk::resource::{BuiltIn, Detector, Resource};
use pilotlight_sdk::transport::Exporter;

use crate::InitError;
use crate::deferred;
use crate::engine::Engine;
#[cfg(feature = "tracing")]
use crate::facades;
use crate::guard::{Claim, DEFAULT_SHUTDOWN_TIMEOUT, Guard};

/// Turns telemetry on as the `OTEL_*` variables say. The same as `builder().init()`.
///
/// # Errors
///
/// See [`Builder::init`].
pub fn init() -> Result<Guard, InitError> {
    builder().init()
}

/// Turns telemetry on as code says, then the `OTEL_*` variables, then the defaults.
pub fn builder() -> Builder {
    Builder::default()
}

/// What code has to say about telemetry. What it leaves unsaid comes from the environment, then from defaults.
///
/// ```no_run
/// # fn main() -> Result<(), pilotlight::InitError> {
/// use std::time::Duration;
///
/// let telemetry = pilotlight::builder()
///     .default_service_name("shop")
///     .console_without_endpoint()
///     .shutdown_timeout(Duration::from_secs(5))
///     .init()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until init is called"]
pub struct Builder {
    settings: SettingsBuilder,
    parts: Parts,
    shutdown_timeout: Option<Duration>,
    #[cfg(feature = "tracing")]
    facades: facades::Wanted,
    #[cfg(feature = "runtime")]
    without_runtime_metrics: bool,
}

/// Passes settings on to the engine, where each is documented in full: meaning, unit, default, variable, bad values.
macro_rules! settings {
    ($($name:ident($($argument:ident: $type:ty),*) $doc:literal;)*) => {$(
        #[doc = $doc]
        #[doc = concat!("\n\nIn full: [`SettingsBuilder::", stringify!($name), "`].")]
        pub fn $name(mut self, $($argument: $type),*) -> Self {
            self.settings = self.settings.$name($($argument),*);
            self
        }
    )*};
}

impl Builder {
    settings! {
        disabled(disabled: bool) "Turns everything but propagation off. `OTEL_SDK_DISABLED`.";
        log_level(level: Level) "How much Pilotlight says about itself. `OTEL_LOG_LEVEL`.";
        self_metrics(self_metrics: bool)
            "Whether there are metrics about Pilotlight itself, wherever metrics go.";
        propagators(propagators: impl IntoIterator<Item = PropagatorKind>)
            "How context travels between services. `OTEL_PROPAGATORS`.";
        traces_exporters(exporters: impl IntoIterator<Item = ExporterKind>)
            "Where spans go. `OTEL_TRACES_EXPORTER`.";
        console_without_endpoint()
            "Shows telemetry on the console as long as nobody names an exporter or an OTLP endpoint.";
        traces_sampler(sampler: SamplerSetting) "Which traces are recorded. `OTEL_TRACES_SAMPLER`.";
        traces_batching(batching: Batching) "How spans wait and are grouped. `OTEL_BSP_*`.";
        metrics_exporters(exporters: impl IntoIterator<Item = MetricsExporterKind>)
            "Where metrics go. `OTEL_METRICS_EXPORTER`.";
        metrics_interval(interval: Duration)
            "How often metrics are collected and sent. `OTEL_METRIC_EXPORT_INTERVAL`.";
        metrics_timeout(timeout: Duration)
            "The longest a collection and its export may take. `OTEL_METRIC_EXPORT_TIMEOUT`.";
        metrics_temporality(preference: TemporalityPreference)
            "Totals since the start, or since the last export. `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.";
        metrics_histogram_aggregation(aggregation: HistogramAggregation)
            "What histograms become. `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.";
        metrics_cardinality_limit(attribute_sets: usize) "How many attribute sets one metric keeps apart.";
        metrics_export_batch_points_max(points: usize) "The most data points in one request.";
        exemplar_filter(filter: ExemplarFilter)
            "Which measurements may become exemplars. `OTEL_METRICS_EXEMPLAR_FILTER`.";
        prometheus(prometheus: Prometheus)
            "Where Prometheus finds the metrics, and how they are named. `OTEL_EXPORTER_PROMETHEUS_*`.";
        logs_exporters(exporters: impl IntoIterator<Item = LogsExporterKind>)
            "Where log records go besides the lines on standard output. `OTEL_LOGS_EXPORTER`.";
        logs_minimum_severity(severity: Severity) "The least severity of log records that are kept.";
        logs_trace_based(trace_based: bool)
            "Whether log records of traces that are not sampled are left out.";
        logs_batching(batching: Batching) "How log records wait and are grouped. `OTEL_BLRP_*`.";
        log_lines(lines: LogLines)
            "Whether log records become lines on standard output, and which. `PILOTLIGHT_LOG_LINES`.";
        log_lines_source_location(source_location: bool)
            "Whether a line on standard output tells its place in the source.";
        log_span_fields(span_fields: bool)
            "Whether log records made from events also get the fields of the spans around them.";
        log_filter(directives: impl Into<String>)
            "Which events of `tracing` and `log` become log records. `RUST_LOG`.";
        span_filter(directives: impl Into<String>)
            "Which spans of `tracing` become spans. `PILOTLIGHT_SPAN_FILTER`.";
        tracing_source_location(source_location: bool)
            "Whether `tracing`'s spans and events tell their place in the source.";
        tracing_thread(thread: bool) "Whether `tracing`'s spans tell the thread that they started on.";
        tracing_events_on_spans(events_on_spans: bool)
            "Whether `tracing`'s events are added to their spans, besides becoming log records.";
        otlp(otlp: Otlp) "Where the collector is and how to talk to it. `OTEL_EXPORTER_OTLP_*`.";
        otlp_traces(otlp: Otlp) "The same for traces alone. `OTEL_EXPORTER_OTLP_TRACES_*`.";
        otlp_metrics(otlp: Otlp) "The same for metrics alone. `OTEL_EXPORTER_OTLP_METRICS_*`.";
        otlp_logs(otlp: Otlp) "The same for logs alone. `OTEL_EXPORTER_OTLP_LOGS_*`.";
        attribute_value_length_limit(characters: impl Into<Option<usize>>)
            "The longest string value anywhere. `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.";
        attribute_count_limit(count: usize) "Attributes anywhere. `OTEL_ATTRIBUTE_COUNT_LIMIT`.";
        span_attribute_value_length_limit(characters: impl Into<Option<usize>>)
            "The longest string value in spans. `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`.";
        span_attribute_count_limit(count: usize) "Attributes on a span. `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.";
        span_event_count_limit(count: usize) "Events on a span. `OTEL_SPAN_EVENT_COUNT_LIMIT`.";
        span_link_count_limit(count: usize) "Links on a span. `OTEL_SPAN_LINK_COUNT_LIMIT`.";
        event_attribute_count_limit(count: usize)
            "Attributes on an event. `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`.";
        link_attribute_count_limit(count: usize) "Attributes on a link. `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`.";
        logrecord_attribute_value_length_limit(characters: impl Into<Option<usize>>)
            "The longest string value in log records. `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`.";
        logrecord_attribute_count_limit(count: usize)
            "Attributes on a log record. `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`.";
        service_name(name: impl Into<String>) "The service's name, whatever the environment says.";
        default_service_name(name: impl Into<String>)
            "The service's name unless the environment names one. `OTEL_SERVICE_NAME`.";
        service_version(version: impl Into<String>) "The service's version, whatever the environment says.";
        default_service_version(version: impl Into<String>)
            "The service's version unless the environment names one. `OTEL_SERVICE_VERSION`.";
        environment(name: impl Into<String>)
            "The deployment environment (`production`, `staging`, …), whatever the environment variables say.";
        default_environment(name: impl Into<String>)
            "The deployment environment unless a variable names one. `OTEL_ENVIRONMENT`.";
        service_namespace(namespace: impl Into<String>) "The group of services this one belongs to.";
        resource(resource: Resource) "Attributes of the service, over those of the environment.";
        resource_attribute(attribute: KeyValue)
            "One attribute of the service.";
        detector(detector: impl Detector + 'static) "Finds out more about where the service runs.";
        without_detector(detector: BuiltIn) "Leaves one of the built-in detectors out.";
        without_detectors() "Leaves all built-in detectors out.";
        process_command_args(record: bool)
            "Whether the command line, which may hold secrets, becomes `process.command_args`.";
    }

    /// Decides which spans are recorded, instead of what settings say.
    pub fn sampler(mut self, sampler: impl Sampler) -> Self {
        self.parts.sampler = Some(Box::new(sampler));
        self
    }

    /// Makes trace and span ids. Default: random ones.
    pub fn id_generator(mut self, generator: impl IdGenerator) -> Self {
        self.parts.id_generator = Some(Box::new(generator));
        self
    }

    /// Sees every span start and end, after the processors already there and before every exporter.
    pub fn span_processor(mut self, processor: impl SpanProcessor) -> Self {
        self.parts.span_processors.push(Box::new(processor));
        self
    }

    /// Gets every span, besides the exporters that settings name.
    pub fn traces_exporter(mut self, exporter: impl Exporter) -> Self {
        self.parts.traces_exporters.push(Box::new(exporter));
        self
    }

    /// Sees every log record, after the processors already there and before every exporter, the lines on standard output among them.
    ///
    /// With a processor, what is logged from the [`Guard`]'s shutdown on is shown nowhere: the processor has ended by then, and what
    /// it hid must stay hidden. Otherwise it goes to standard error.
    pub fn log_record_processor(mut self, processor: impl LogRecordProcessor) -> Self {
        self.parts.log_record_processors.push(Box::new(processor));
        self
    }

    /// Gets every log record, besides the exporters that settings name and the lines on standard output.
    pub fn logs_exporter(mut self, exporter: impl Exporter) -> Self {
        self.parts.logs_exporters.push(Box::new(exporter));
        self
    }

    /// Has the instruments that `view` selects become what it says. Several views may select the same instrument.
    pub fn view(mut self, view: View) -> Self {
        self.parts.views.push(view);
        self
    }

    /// Collects metrics, besides the exporters that settings name.
    pub fn metrics_reader(mut self, reader: Reader) -> Self {
        self.parts.readers.push(reader);
        self
    }

    /// Leaves out what the process and the tokio runtime tell about themselves. By default `init` has them tell: CPU time,
    /// memory, threads, open files and more of the process, and workers, tasks, queues and scheduling delay of the tokio runtime
    /// that it is called in. The latter spawns one task, which wakes ten times a second.
    ///
    /// Needed where `init` is called inside a runtime that was built without its timer (neither `enable_time` nor
    /// `enable_all`): that task would panic there. Nothing else ends by it, but the panic hook runs. What the process
    /// tells can then be registered by itself, with `pilotlight_instrument::runtime::process::register`.
    #[cfg(feature = "runtime")]
    pub fn without_runtime_metrics(mut self) -> Self {
        self.without_runtime_metrics = true;
        self
    }

    /// Leaves the program's `tracing` subscriber to you, and its `log` logger. By default `init` installs both, for good: a subscriber
    /// that makes spans and log records, and a logger that leads the `log` crate's records the same way.
    ///
    /// Needed where a subscriber is installed *after* `init`: put [`pilotlight::tracing::layer`](crate::tracing::layer) into its
    /// registry. Not needed where one that has this layer is installed before: `init` notices, and installs none. Where records
    /// of the `log` crate reach that subscriber in no other way, see
    #[cfg_attr(feature = "log", doc = "[`install_logger`](crate::tracing::install_logger).")]
    #[cfg_attr(not(feature = "log"), doc = "the feature `log`.")]
    ///
    /// Where another of its layers writes lines, turn those of Pilotlight off, or everything is written twice:
    /// [`log_lines`](Self::log_lines) with `LogLines::Off`, or `PILOTLIGHT_LOG_LINES=off`.
    #[cfg(feature = "tracing")]
    pub fn without_subscriber(mut self) -> Self {
        self.facades.without_subscriber = true;
        self
    }

    /// Leaves panics alone. By default `init` has each panic logged as an `exception`, with its backtrace and the ids of the span that
    /// it happened in, and flushed before the process can end by it; the previous hook runs afterwards. In full:
    /// [`PanicHook`](pilotlight_sdk::bridge::PanicHook).
    #[cfg(feature = "tracing")]
    pub fn without_panic_hook(mut self) -> Self {
        self.facades.without_panic_hook = true;
        self
    }

    /// How long a panic that ends the process waits until telemetry is delivered. Default 2 seconds. Zero: it does not wait, and what
    /// was recorded last is likely to be lost.
    #[cfg(feature = "tracing")]
    pub fn panic_flush_timeout(mut self, timeout: Duration) -> Self {
        self.facades.panic_flush_timeout = Some(timeout);
        self
    }

    /// How long shutting down may take, by call or by drop. Default [`DEFAULT_SHUTDOWN_TIMEOUT`], 10 seconds.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = Some(timeout);
        self
    }

    /// Turns telemetry on: starts the engine, installs the global tracer provider, meter provider and propagator, the `tracing`
    /// subscriber, the `log` crate's logger and the panic hook, and answers with the guard that turns it off again.
    ///
    /// Reads the environment and a few small files about the host; waits for no network. What could not be used is
    /// warned about, and with `OTEL_LOG_LEVEL=debug` one line says what is in force, without secrets. Tracers and meters
    /// obtained from the global providers before this call stay no-ops: call it first in `main`, or take meters from
    /// [`pilotlight::meter`](crate::meter), which need not wait.
    ///
    /// With `OTEL_SDK_DISABLED=true` propagation, log lines and the panic hook are all there is.
    ///
    /// Subscriber and logger can be installed once in the life of a process. After the guard is gone and telemetry is turned on
    /// again, the same ones lead to the new providers, by the filters of the new settings. A `log` logger that is somebody else's
    /// is warned about.
    ///
    /// # Errors
    ///
    /// [`InitError::is_already_initialized`] when an earlier call's guard is still held;
    #[cfg_attr(
        feature = "tracing",
        doc = "[`InitError::is_subscriber_installed`] when the program has a `tracing` subscriber without a layer of Pilotlight;"
    )]
    /// otherwise the system gave no thread. Then nothing was started, and the globals are as they were. Bad settings are no errors.
    pub fn init(self) -> Result<Guard, InitError> {
        let claim = Claim::take()?;
        #[cfg(feature = "tracing")]
        self.facades.check()?;
        let resolved = self.settings.resolve(&ProcessEnvironment);
        let settings = resolved.settings;
        diagnostics::set_level(settings.log_level);
        #[cfg(feature = "runtime")]
        let has_readers = !settings.metrics.exporters.is_empty() || !self.parts.readers.is_empty();
        #[cfg(feature = "tracing")]
        let has_processors = !self.parts.log_record_processors.is_empty();
        #[cfg(feature = "tracing")]
        let own_messages = self.facades.own_messages(&settings);
        // They go to standard error, or to a subscriber that is none of ours.
        #[cfg(not(feature = "tracing"))]
        let own_messages = None;
        let engine = Engine::start(&settings, self.parts, own_messages)?;
        #[cfg(feature = "tracing")]
        let (facades, problems) = self.facades.install(&engine, &settings, has_processors)?;
        // All that can fail is done: a failed init leaves the globals as they were.
        set_globals(&engine, &settings);
        claim.keep();
        #[allow(unused_mut, reason = "which features are on decides")]
        let mut guard = Guard::new(
            engine,
            #[cfg(feature = "tracing")]
            facades,
            self.shutdown_timeout.unwrap_or(DEFAULT_SHUTDOWN_TIMEOUT),
        );
        #[cfg(feature = "runtime")]
        if !self.without_runtime_metrics && has_readers {
            guard.runtime = guard.meter_provider().and_then(crate::runtime::watch);
        }
        // Last, so that it is in the log.
        resolved.warnings.iter().for_each(diagnostics::warn);
        #[cfg(feature = "tracing")]
        problems.iter().for_each(diagnostics::warn);
        diagnostics::debug(&settings);
        Ok(guard)
    }
}

fn set_globals(engine: &Engine, settings: &Settings) {
    global::set_text_map_propagator(composite(&settings.propagators));
    let Some(providers) = engine.providers() else { return };
    {
        // The API says of each that it is set, at level INFO: two lines at every start that tell nobody anything.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        global::set_tracer_provider(providers.tracer_provider.clone());
        global::set_meter_provider(providers.meter_provider.clone());
    }
    deferred::turn_on();
}
