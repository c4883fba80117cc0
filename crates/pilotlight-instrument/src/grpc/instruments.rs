//! What calls are measured with.

use super::side::Side;
use crate::telemetry::{self, SECONDS};
use opentelemetry::metrics::{Histogram, Meter};
use std::sync::OnceLock;

/// The duration of calls, in each generation of names; made when first needed, since a layer is on one side and
/// seldom writes both.
pub(super) struct Instruments {
    meter: Meter,
    current: OnceLock<Histogram<f64>>,
    older: OnceLock<Histogram<f64>>,
}

impl telemetry::Instruments for Instruments {
    fn new(meter: &Meter) -> Self {
        Self { meter: meter.clone(), current: OnceLock::new(), older: OnceLock::new() }
    }
}

impl Instruments {
    /// In seconds.
    pub(super) fn current(&self, side: Side) -> &Histogram<f64> {
        self.current.get_or_init(|| {
            let (name, description) = match side {
                Side::Server => ("rpc.server.call.duration", INCOMING),
                Side::Client => ("rpc.client.call.duration", OUTGOING),
            };
            let histogram = self.meter.f64_histogram(name).with_unit("s").with_description(description);
            histogram.with_boundaries(SECONDS.into()).build()
        })
    }

    /// In milliseconds.
    pub(super) fn older(&self, side: Side) -> &Histogram<f64> {
        self.older.get_or_init(|| {
            let (name, description) = match side {
                Side::Server => ("rpc.server.duration", INCOMING),
                Side::Client => ("rpc.client.duration", OUTGOING),
            };
            self.meter.f64_histogram(name).with_unit("ms").with_description(description).build()
        })
    }
}

const INCOMING: &str = "Measures the duration of an incoming Remote Procedure Call (RPC).";
const OUTGOING: &str = "Measures the duration of an outgoing Remote Procedure Call (RPC).";
