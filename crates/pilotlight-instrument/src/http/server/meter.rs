//! Where instruments come from: a given provider, or the global one as soon as there is one.

use crate::http::scope::scope;
use opentelemetry::global;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider, UpDownCounter};
use std::sync::OnceLock;

/// The boundaries that the conventions advise for durations in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The instruments of a layer, found once, or the decision not to have any.
///
/// The API's instruments never change: those made before a provider is installed record nothing for ever. So
/// the global one is asked for again on each request until it is there, which costs a lock for reading.
pub(super) enum MeterSource {
    Off,
    Found(OnceLock<Instruments>),
}

impl MeterSource {
    pub(super) fn global() -> Self {
        Self::Found(OnceLock::new())
    }

    pub(super) fn of<P: MeterProvider>(provider: &P) -> Self {
        Self::Found(OnceLock::from(Instruments::new(&provider.meter_with_scope(scope()))))
    }

    /// The instruments to measure a new request with. Once there are any, they stay.
    pub(super) fn instruments(&self) -> Option<&Instruments> {
        match self {
            Self::Off => None,
            Self::Found(found) => found.get().or_else(|| look_up(found)),
        }
    }
}

/// The API does not say whether a provider has been installed, but its own, which does nothing, holds nothing
/// either, while one that leads somewhere has something to hold. One that keeps all it has in statics would be
/// mistaken for it; such a one can be given to the builder.
fn look_up(found: &OnceLock<Instruments>) -> Option<&Instruments> {
    let provider = global::meter_provider();
    if size_of_val(&*provider) == 0 {
        return None;
    }
    Some(found.get_or_init(|| Instruments::new(&provider.meter_with_scope(scope()))))
}

/// The four metrics of an HTTP server.
pub(super) struct Instruments {
    pub(super) duration: Histogram<f64>,
    pub(super) active: UpDownCounter<i64>,
    pub(super) request_bytes: Histogram<u64>,
    pub(super) response_bytes: Histogram<u64>,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            duration: meter
                .f64_histogram("http.server.request.duration")
                .with_unit("s")
                .with_description("Duration of HTTP server requests.")
                .with_boundaries(SECONDS.into())
                .build(),
            active: meter
                .i64_up_down_counter("http.server.active_requests")
                .with_unit("{request}")
                .with_description("Number of active HTTP server requests.")
                .build(),
            request_bytes: meter
                .u64_histogram("http.server.request.body.size")
                .with_unit("By")
                .with_description("Size of HTTP server request bodies.")
                .build(),
            response_bytes: meter
                .u64_histogram("http.server.response.body.size")
                .with_unit("By")
                .with_description("Size of HTTP server response bodies.")
                .build(),
        }
    }
}
