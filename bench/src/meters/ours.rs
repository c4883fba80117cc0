//! Pilotlight's engine with a reader that collects when it is asked.

use std::any::Any;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::record::MeterProvider;

use super::api::{self, ApiInstrument};
use super::{Contestant, Meters};
use crate::collected::Format;
use crate::measurements::{Instrument, NAME, Work};

/// Through the API.
pub const CONTESTANT: Contestant = Contestant {
    name: "pilotlight",
    takes: |_| true,
    set_up: |work| Ok(Box::new(Ours::new(work)?)),
    instruments: Some(instruments),
    format: Some(Format::Otlp),
};

/// Longer than any collection takes that works.
const COLLECT_TIME_MAX: Duration = Duration::from_secs(60);

/// The default cardinality limit; more series need a higher one.
const CARDINALITY_LIMIT: usize = 2_000;

struct Ours {
    work: Work,
    reader: ManualReader,
    instrument: ApiInstrument,
    /// Dropping it would end the reader.
    _provider: MeterProvider,
}

impl Ours {
    fn new(work: Work) -> Result<Self> {
        let (provider, reader) = provider(work.series)?;
        let instrument = ApiInstrument::new(&provider.meter(api::SCOPE), work.instrument, NAME);
        Ok(Self { work, reader, instrument, _provider: provider })
    }
}

impl Meters for Ours {
    fn measure(&self, measurements: u64) {
        self.instrument.measure(&self.work, measurements);
    }

    fn collect(&self) -> Result<Vec<Bytes>> {
        let batches = self.reader.collect(COLLECT_TIME_MAX)?;
        Ok(batches.into_iter().map(|batch| batch.request).collect())
    }
}

fn provider(series: usize) -> Result<(MeterProvider, ManualReader)> {
    let manual = ManualReader::new();
    // One series of the limit is kept for what overflows.
    let reader = Reader::manual(&manual).cardinality_limit(CARDINALITY_LIMIT.max(series + 1));
    Ok((MeterProvider::builder().with_reader(reader).build()?, manual))
}

fn instruments(instrument: Instrument, names: Vec<String>) -> Result<Box<dyn Any>> {
    let (provider, _) = provider(1)?;
    let meter = provider.meter(api::SCOPE);
    Ok(api::instruments(provider, &meter, instrument, names))
}
