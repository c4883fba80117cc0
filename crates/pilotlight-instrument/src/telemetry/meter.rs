//! Where instruments come from: a given provider, or the global one as soon as there is one.

use super::scope::scope;
use opentelemetry::global;
use opentelemetry::metrics::{Meter, MeterProvider};
use std::sync::OnceLock;

/// The boundaries that the conventions advise for durations in seconds.
pub(crate) const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// What an integration measures with.
pub(crate) trait Instruments {
    fn new(meter: &Meter) -> Self;
}

/// The instruments of a layer, found once, or the decision not to have any.
///
/// The API's instruments never change: those made before a provider is installed record nothing for ever. So
/// the global one is asked for again on each request until it is there, which costs a lock for reading.
pub(crate) enum MeterSource<I> {
    Off,
    Found(OnceLock<I>),
}

impl<I: Instruments> MeterSource<I> {
    pub(crate) fn global() -> Self {
        Self::Found(OnceLock::new())
    }

    pub(crate) fn of<P: MeterProvider>(provider: &P) -> Self {
        Self::Found(OnceLock::from(I::new(&provider.meter_with_scope(scope()))))
    }

    /// The instruments to measure a new request with. Once there are any, they stay.
    pub(crate) fn instruments(&self) -> Option<&I> {
        match self {
            Self::Off => None,
            Self::Found(found) => found.get().or_else(|| look_up(found)),
        }
    }
}

/// The API does not say whether a provider has been installed, but its own, which does nothing, holds nothing
/// either, while one that leads somewhere has something to hold. One that keeps all it has in statics would be
/// mistaken for it; such a one can be given to the builder.
fn look_up<I: Instruments>(found: &OnceLock<I>) -> Option<&I> {
    let provider = global::meter_provider();
    if size_of_val(&*provider) == 0 {
        return None;
    }
    Some(found.get_or_init(|| I::new(&provider.meter_with_scope(scope()))))
}
