//! The API without an implementation: what an application pays that installed nothing. Nearly all of it is making
//! the attributes.

use anyhow::Result;
use bytes::Bytes;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::metrics::noop::NoopMeterProvider;

use super::api::{self, ApiInstrument};
use super::{Contestant, Meters};
use crate::measurements::{NAME, Work};

/// Through the API, to nobody.
pub const CONTESTANT: Contestant = Contestant {
    name: "no provider",
    takes: |work| work.threads == 1 && work.series == 1,
    set_up: |work| Ok(Box::new(Unobserved::new(work))),
    instruments: None,
    format: None,
};

struct Unobserved {
    work: Work,
    instrument: ApiInstrument,
}

impl Unobserved {
    fn new(work: Work) -> Self {
        let meter = NoopMeterProvider::new().meter(api::SCOPE);
        Self { work, instrument: ApiInstrument::new(&meter, work.instrument, NAME) }
    }
}

impl Meters for Unobserved {
    fn measure(&self, measurements: u64) {
        self.instrument.measure(&self.work, measurements);
    }

    fn collect(&self) -> Result<Vec<Bytes>> {
        Ok(Vec::new())
    }
}
