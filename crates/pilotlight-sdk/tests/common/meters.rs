//! A meter provider that is read when a test asks, at a time that the test sets.

use std::time::{Duration, SystemTime};

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics};
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::config::TemporalityPreference;
use pilotlight_sdk::record::{Clock, MeterProvider, MeterProviderBuilder, View};
use pilotlight_sdk::resource::Resource;
use pilotlight_sdk::transport::{Batch, ExportedMetric, TextMetrics, text_metrics};
use prost::Message;

use super::SOON;

/// When the clock starts, in seconds since the Unix epoch: 2023-11-14 22:13:20 UTC.
pub const START: u64 = 1_700_000_000;

/// A provider with one reader, which is asked by hand, and a clock that stands still until it is told otherwise.
pub struct Meters {
    pub provider: MeterProvider,
    pub reader: ManualReader,
    clock: Clock,
}

impl Meters {
    /// Totals since the start.
    pub fn cumulative() -> Self {
        Self::with(|reader| reader, |builder| builder)
    }

    /// What came since the last collection.
    pub fn delta() -> Self {
        Self::with(|reader| reader.temporality(TemporalityPreference::Delta), |builder| builder)
    }

    /// Totals since the start, under these views.
    pub fn viewed(views: impl IntoIterator<Item = View>) -> Self {
        Self::with(
            |reader| reader,
            |builder| views.into_iter().fold(builder, MeterProviderBuilder::with_view),
        )
    }

    pub fn with(
        reader: impl FnOnce(Reader) -> Reader,
        configure: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder,
    ) -> Self {
        let manual = ManualReader::new();
        let clock = Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(START));
        let builder = MeterProvider::builder()
            .with_clock(clock.clone())
            .with_resource(Resource::builder().build())
            .with_reader(reader(Reader::manual(&manual)));
        Self { provider: configure(builder).build().unwrap(), reader: manual, clock }
    }

    pub fn meter(&self) -> Meter {
        self.provider.meter("test")
    }

    /// Lets so many seconds pass.
    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn batches(&self) -> Vec<Batch> {
        self.reader.collect(SOON).unwrap()
    }

    /// What there is to report now, and as text.
    pub fn collect(&self) -> Vec<ExportedMetric> {
        self.batches().iter().flat_map(ExportedMetric::all).collect()
    }

    pub fn text(&self) -> String {
        text_metrics(&self.collect())
    }

    pub fn text_with_exemplars(&self) -> String {
        TextMetrics::new().with_exemplars().draw(&self.collect())
    }

    /// What there is to report now, as an independent reader sees it.
    pub fn decoded(&self) -> Vec<Metric> {
        metrics(resources(&self.batches()))
    }

    /// The same of the only metric there is.
    pub fn decoded_one(&self) -> Metric {
        let mut metrics = self.decoded();
        assert_eq!(metrics.len(), 1, "{metrics:#?}");
        metrics.remove(0)
    }
}

pub fn resources(batches: &[Batch]) -> Vec<ResourceMetrics> {
    let decode = |batch: &Batch| ExportMetricsServiceRequest::decode(&batch.request[..]).unwrap();
    batches.iter().flat_map(|batch| decode(batch).resource_metrics).collect()
}

pub fn metrics(resources: Vec<ResourceMetrics>) -> Vec<Metric> {
    let scopes = resources.into_iter().flat_map(|resource| resource.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).collect()
}
