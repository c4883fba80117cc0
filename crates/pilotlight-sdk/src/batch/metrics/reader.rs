//! What a reader of metrics wants, and how it starts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::config::{DEFAULT_CARDINALITY_LIMIT, HistogramAggregation, TemporalityPreference};
use crate::encode::metrics::RequestLimits;
use crate::encode::request::EncodedResource;
use crate::record::{Aggregation, InstrumentKind, MeterCore, ReaderProfile, Temporality};
use crate::self_metrics::{Component, Stopwatch};
#[cfg(feature = "prometheus")]
use crate::transport::PrometheusServer;
use crate::transport::{Exporter, Signal};

use super::super::control::Control;
use super::super::delivery::Delivery;
use super::super::export_loop::REQUEST_BYTES;
use super::super::worker::Worker;
use super::callback_thread::CallbackThread;
use super::collector::Collector;
use super::manual::ManualReader;
use super::reader_loop::ReaderLoop;

/// From one collection to the next, unless set otherwise.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);

/// The longest that a collection and its export may take, unless set otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// An interval of zero would keep the exporter thread spinning.
const INTERVAL_MIN: Duration = Duration::from_millis(1);

/// As good as never; much longer ones overflow the timer.
const INTERVAL_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Collects metrics and hands them on: at intervals to an exporter, to whoever asks, or to Prometheus.
///
/// A provider may have several, each with its own temporality. Those that want totals since the start share what threads
/// measure; each that wants changes since its last collection has them measured once more.
///
/// A reader made in code is what it is told here: the variables `OTEL_METRIC_EXPORT_…` and the preferences of OTLP's exporter are
/// about the readers that settings make.
///
/// Specification: "MetricReader", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricreader>.
///
/// ```
/// use std::time::Duration;
/// use pilotlight_sdk::batch::Reader;
/// use pilotlight_sdk::config::TemporalityPreference;
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// let reader = Reader::periodic(InMemoryExporter::new())
///     .interval(Duration::from_secs(15))
///     .temporality(TemporalityPreference::Delta);
/// # drop(reader);
/// ```
#[must_use = "a reader does nothing until a provider is built with it"]
pub struct Reader {
    kind: Kind,
    temporality: ByKind<Temporality>,
    aggregation: ByKind<Aggregation>,
    cardinality_limit: usize,
    interval: Duration,
    timeout: Option<Duration>,
    export_batch_points_max: Option<usize>,
}

type ByKind<T> = Box<dyn Fn(InstrumentKind) -> T + Send + Sync>;

enum Kind {
    Periodic(Box<dyn Exporter>),
    Manual(ManualReader),
    #[cfg(feature = "prometheus")]
    Prometheus(PrometheusServer),
}

impl Reader {
    /// Collects every minute, and exports.
    ///
    /// Specification: "Periodic exporting MetricReader",
    /// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#periodic-exporting-metricreader>.
    pub fn periodic(exporter: impl Exporter) -> Self {
        Self::new(Kind::Periodic(Box::new(exporter)))
    }

    /// Collects when `reader` is asked.
    pub fn manual(reader: &ManualReader) -> Self {
        Self::new(Kind::Manual(reader.clone()))
    }

    /// Collects when `server` is scraped. Leave the temporality as it is: Prometheus knows nothing but totals since the start.
    #[cfg(feature = "prometheus")]
    pub fn prometheus(server: PrometheusServer) -> Self {
        Self::new(Kind::Prometheus(server))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            temporality: Box::new(|_| Temporality::Cumulative),
            aggregation: Box::new(|_| Aggregation::Default),
            cardinality_limit: DEFAULT_CARDINALITY_LIMIT,
            interval: DEFAULT_INTERVAL,
            timeout: Some(DEFAULT_TIMEOUT),
            export_batch_points_max: None,
        }
    }

    /// From the start of one periodic collection to the start of the next; default 60 seconds, at least a millisecond. One that
    /// takes longer delays the next.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.clamp(INTERVAL_MIN, INTERVAL_MAX);
        self
    }

    /// The longest that a collection and its export may take together; default 30 seconds, `None` is no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// The most data points in one request (`maxExportBatchSize`); default: as many as fit 1 MiB. Points of one metric may be
    /// spread over several requests.
    pub fn export_batch_points_max(mut self, points: usize) -> Self {
        self.export_batch_points_max = Some(points.max(1));
        self
    }

    /// Totals since the start, or changes since the last collection; default totals.
    pub fn temporality(self, preference: TemporalityPreference) -> Self {
        self.temporality_by(move |kind| preferred(preference, kind))
    }

    /// The same for each kind of instrument. Asked once for each, when the provider is built.
    pub fn temporality_by(
        mut self,
        temporality: impl Fn(InstrumentKind) -> Temporality + Send + Sync + 'static,
    ) -> Self {
        self.temporality = Box::new(temporality);
        self
    }

    /// What histograms become unless a view says otherwise; default explicit buckets.
    pub fn histogram_aggregation(self, aggregation: HistogramAggregation) -> Self {
        self.aggregation_by(move |kind| match (kind, aggregation) {
            (InstrumentKind::Histogram, HistogramAggregation::Base2Exponential) => {
                Aggregation::base2_exponential()
            }
            _ => Aggregation::Default,
        })
    }

    /// How each kind of instrument is aggregated unless a view says otherwise. Asked once for each, when the provider is
    /// built; what makes no sense is warned about, and the default is used.
    pub fn aggregation_by(
        mut self,
        aggregation: impl Fn(InstrumentKind) -> Aggregation + Send + Sync + 'static,
    ) -> Self {
        self.aggregation = Box::new(aggregation);
        self
    }

    /// How many attribute sets a metric keeps apart unless a view says otherwise, the overflow's included; default 2,000, at
    /// least 2.
    pub fn cardinality_limit(mut self, limit: usize) -> Self {
        self.cardinality_limit = limit.max(2);
        self
    }

    /// What instruments need to know of it, and what starts.
    pub(crate) fn split(self) -> (ReaderProfile, PendingReader) {
        let Self { kind, interval, timeout, export_batch_points_max, .. } = self;
        let profile = ReaderProfile::new(self.temporality, self.aggregation, self.cardinality_limit);
        (profile, PendingReader { kind, interval, timeout, export_batch_points_max })
    }
}

/// Specification: "Additional configuration" of the OTLP exporter,
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration>.
fn preferred(preference: TemporalityPreference, kind: InstrumentKind) -> Temporality {
    use InstrumentKind::{Counter, Histogram, ObservableCounter};
    match (preference, kind) {
        (TemporalityPreference::Delta, Counter | ObservableCounter | Histogram)
        | (TemporalityPreference::LowMemory, Counter | Histogram) => Temporality::Delta,
        _ => Temporality::Cumulative,
    }
}

/// A reader whose provider is being built.
pub(crate) struct PendingReader {
    kind: Kind,
    interval: Duration,
    timeout: Option<Duration>,
    export_batch_points_max: Option<usize>,
}

/// A reader at work.
pub(crate) struct StartedReader {
    control: Control,
    component: Arc<Component>,
    /// How long collections took.
    collections: Arc<Stopwatch>,
    /// As opposed to whoever asks.
    has_exporter: bool,
}

/// What all readers of a provider share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) worker: Worker,
    pub(crate) core: Arc<MeterCore>,
    callbacks: Arc<tokio::sync::Mutex<CallbackThread>>,
}

impl Shared {
    pub(crate) fn new(worker: Worker, core: Arc<MeterCore>) -> Self {
        Self { worker, core, callbacks: Arc::default() }
    }
}

impl PendingReader {
    /// Starts reader number `reader` of the provider.
    pub(crate) fn start(self, shared: &Shared, reader: usize) -> StartedReader {
        let component: Arc<_> = Component::new(self.component_type()).into();
        let (exporter, has_exporter) = match &self.kind {
            Kind::Periodic(exporter) => (Component::exporter(&**exporter).into(), true),
            Kind::Manual(_) => (Arc::clone(&component), false),
            #[cfg(feature = "prometheus")]
            Kind::Prometheus(_) => (Arc::clone(&component), true),
        };
        let (control, controlled) = Control::new(Signal::Metrics, exporter);
        let collections = Arc::new(Stopwatch::default());
        let (asks, asked) = mpsc::unbounded_channel();
        let collector = Collector {
            core: Arc::clone(&shared.core),
            reader,
            resource: EncodedResource::new(&shared.core.resource),
            limits: self.limits(),
            callbacks: Arc::clone(&shared.callbacks),
            collections: Arc::clone(&collections),
        };
        let mut reader_loop = ReaderLoop {
            collector,
            delivery: None,
            interval: None,
            request_bytes_max: self.request_bytes_max(),
            timeout: self.timeout,
            asks: asked,
            asker: None,
            controlled,
        };
        match self.kind {
            Kind::Periodic(exporter) => {
                reader_loop.interval = Some(self.interval);
                reader_loop.delivery =
                    Some(Delivery::new(exporter.into(), &reader_loop.controlled, self.timeout));
            }
            Kind::Manual(manual) => manual.connect(asks),
            #[cfg(feature = "prometheus")]
            Kind::Prometheus(server) => {
                reader_loop.asker =
                    Some(super::prometheus::serve(server, &shared.worker, &reader_loop.controlled, asks));
            }
        }
        shared.worker.spawn(reader_loop.run());
        StartedReader { control, component, collections, has_exporter }
    }

    fn component_type(&self) -> &'static str {
        match &self.kind {
            Kind::Periodic(_) => "periodic_metric_reader",
            Kind::Manual(_) => "manual_metric_reader",
            #[cfg(feature = "prometheus")]
            Kind::Prometheus(_) => "prometheus_http_text_metric_exporter",
        }
    }

    fn request_bytes_max(&self) -> usize {
        match &self.kind {
            Kind::Periodic(exporter) => exporter.request_bytes_max(),
            _ => usize::MAX,
        }
    }

    fn limits(&self) -> RequestLimits {
        let bytes = REQUEST_BYTES.min(self.request_bytes_max());
        RequestLimits { bytes, points: self.export_batch_points_max.unwrap_or(usize::MAX) }
    }
}

impl StartedReader {
    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    pub(crate) fn component(&self) -> &Component {
        &self.component
    }

    pub(crate) fn collections(&self) -> &Stopwatch {
        &self.collections
    }

    pub(crate) fn has_exporter(&self) -> bool {
        self.has_exporter
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Periodic(exporter) => exporter.component_type(),
            Kind::Manual(_) => "manual",
            #[cfg(feature = "prometheus")]
            Kind::Prometheus(_) => "prometheus",
        };
        f.debug_struct("Reader")
            .field("kind", &kind)
            .field("interval", &self.interval)
            .field("timeout", &self.timeout)
            .field("export_batch_points_max", &self.export_batch_points_max)
            .finish_non_exhaustive()
    }
}
