//! Observable instruments that answer from one source.

// Which kinds are made depends on the features.
#![allow(dead_code)]

use opentelemetry::metrics::{AsyncInstrument, Meter};
use std::sync::Arc;

/// Makes observable instruments over one source of readings.
///
/// The API has no way to unregister a callback. A source that is gone answers `None`, and then nothing is observed.
pub(super) struct Observables<'a, R> {
    meter: &'a Meter,
    source: Arc<dyn Fn() -> Option<R> + Send + Sync>,
}

impl<'a, R: 'static> Observables<'a, R> {
    pub(super) fn new(meter: &'a Meter, source: impl Fn() -> Option<R> + Send + Sync + 'static) -> Self {
        Self { meter, source: Arc::new(source) }
    }

    pub(super) fn counter(&self, text: Text, observe: fn(&R, &dyn AsyncInstrument<u64>)) {
        let builder = self.meter.u64_observable_counter(text.name);
        let builder = builder.with_unit(text.unit).with_description(text.description);
        builder.with_callback(self.callback(observe)).build();
    }

    pub(super) fn seconds(&self, text: Text, observe: fn(&R, &dyn AsyncInstrument<f64>)) {
        let builder = self.meter.f64_observable_counter(text.name);
        let builder = builder.with_unit(text.unit).with_description(text.description);
        builder.with_callback(self.callback(observe)).build();
    }

    pub(super) fn up_down_counter(&self, text: Text, observe: fn(&R, &dyn AsyncInstrument<i64>)) {
        let builder = self.meter.i64_observable_up_down_counter(text.name);
        let builder = builder.with_unit(text.unit).with_description(text.description);
        builder.with_callback(self.callback(observe)).build();
    }

    pub(super) fn gauge(&self, text: Text, observe: fn(&R, &dyn AsyncInstrument<f64>)) {
        let builder = self.meter.f64_observable_gauge(text.name);
        let builder = builder.with_unit(text.unit).with_description(text.description);
        builder.with_callback(self.callback(observe)).build();
    }

    fn callback<M: 'static>(
        &self,
        observe: fn(&R, &dyn AsyncInstrument<M>),
    ) -> impl Fn(&dyn AsyncInstrument<M>) + Send + Sync + 'static {
        let source = Arc::clone(&self.source);
        move |instrument| {
            if let Some(reading) = source() {
                observe(&reading, instrument);
            }
        }
    }
}

/// What an instrument says about itself.
pub(super) struct Text {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) description: &'static str,
}

pub(super) const fn text(name: &'static str, unit: &'static str, description: &'static str) -> Text {
    Text { name, unit, description }
}

/// For up-down counters, whose values are signed. No machine has what the limit cuts off.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
