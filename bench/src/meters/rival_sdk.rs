//! opentelemetry_sdk with its periodic reader, the SDK that Rust services use today.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Stream, Temporality};
use prost::Message;

use super::api::{self, ApiInstrument};
use super::{Contestant, Meters};
use crate::collected::Format;
use crate::measurements::{Instrument, NAME, Work};

/// Through the API.
pub const CONTESTANT: Contestant = Contestant {
    name: "opentelemetry_sdk",
    takes: |_| true,
    set_up: |work| Ok(Box::new(Sdk::new(work))),
    instruments: Some(instruments),
    format: Some(Format::Otlp),
};

/// No collection happens unless it is asked for.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Above this many series a view must raise the limit.
const CARDINALITY_LIMIT: usize = 2_000;

struct Sdk {
    work: Work,
    provider: SdkMeterProvider,
    instrument: ApiInstrument,
    exported: Exported,
}

impl Sdk {
    fn new(work: Work) -> Self {
        let (provider, exported) = provider(work.series);
        let instrument = ApiInstrument::new(&provider.meter(api::SCOPE), work.instrument, NAME);
        Self { work, provider, instrument, exported }
    }
}

impl Meters for Sdk {
    fn measure(&self, measurements: u64) {
        self.instrument.measure(&self.work, measurements);
    }

    fn collect(&self) -> Result<Vec<Bytes>> {
        self.provider.force_flush().context("opentelemetry_sdk: force_flush failed")?;
        Ok(std::mem::take(&mut *self.exported.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn provider(series: usize) -> (SdkMeterProvider, Exported) {
    let exported = Exported::default();
    let reader = PeriodicReader::builder(Encoder(exported.clone())).with_interval(NEVER).build();
    let builder = SdkMeterProvider::builder().with_reader(reader);
    let builder = match series > CARDINALITY_LIMIT {
        true => builder.with_view(move |_| Stream::builder().with_cardinality_limit(series).build().ok()),
        false => builder,
    };
    (builder.build(), exported)
}

fn instruments(instrument: Instrument, names: Vec<String>) -> Result<Box<dyn Any>> {
    let (provider, _) = provider(1);
    let meter = provider.meter(api::SCOPE);
    Ok(api::instruments(provider, &meter, instrument, names))
}

/// The requests that would have been sent since somebody looked.
type Exported = Arc<Mutex<Vec<Bytes>>>;

/// Encodes like the OTLP exporter, with the same code, and keeps the bytes.
struct Encoder(Exported);

impl PushMetricExporter for Encoder {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let request = ExportMetricsServiceRequest::from(metrics).encode_to_vec();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request.into());
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
