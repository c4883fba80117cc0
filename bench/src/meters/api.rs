//! Measuring through the OpenTelemetry API: the same code for every implementation.

use std::any::Any;
use std::borrow::Cow;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundCounter, BoundHistogram, Counter, Histogram, Meter};

use crate::measurements::{self, BOUNDARIES, Instrument, Labels, Takes, Work};

/// The name of the meter's scope.
pub(super) const SCOPE: &str = "bench";

/// The instrument of one piece of work.
pub(super) enum ApiInstrument {
    Counter(Counter<u64>),
    Histogram(Histogram<f64>),
}

impl ApiInstrument {
    pub(super) fn new(meter: &Meter, instrument: Instrument, name: impl Into<Cow<'static, str>>) -> Self {
        match instrument {
            Instrument::Counter => Self::Counter(meter.u64_counter(name).build()),
            Instrument::Histogram => {
                Self::Histogram(meter.f64_histogram(name).with_boundaries(BOUNDARIES.to_vec()).build())
            }
        }
    }

    pub(super) fn measure(&self, work: &Work, measurements: u64) {
        match self {
            Self::Counter(counter) => measurements::run(counter, work, measurements),
            Self::Histogram(histogram) => measurements::run(histogram, work, measurements),
        }
    }
}

/// Instruments of these names, and what they belong to.
pub(super) fn instruments(
    provider: impl Any,
    meter: &Meter,
    instrument: Instrument,
    names: Vec<String>,
) -> Box<dyn Any> {
    let mut instruments = Vec::with_capacity(names.len());
    instruments.extend(names.into_iter().map(|name| ApiInstrument::new(meter, instrument, name)));
    Box::new((provider, instruments))
}

impl Labels for [KeyValue; 3] {
    #[inline]
    fn fixed(route: &'static str) -> Self {
        [
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("http.route", route),
            KeyValue::new("http.response.status_code", 200_i64),
        ]
    }

    #[inline]
    fn in_order(route: &'static str, order: usize) -> Self {
        measurements::ordered(Self::fixed(route), order)
    }

    #[inline]
    fn owned(route: &'static str) -> Self {
        [
            KeyValue::new("http.request.method", "GET".to_owned()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", 200_i64),
        ]
    }
}

impl Takes for Counter<u64> {
    type Labels = [KeyValue; 3];
    type Bound = BoundCounter<u64>;

    #[inline]
    fn bare(&self, _turn: usize) {
        self.add(1, &[]);
    }

    #[inline]
    fn take(&self, _turn: usize, labels: &Self::Labels) {
        self.add(1, labels);
    }

    fn bind(&self, labels: &Self::Labels) -> Self::Bound {
        self.bind(labels)
    }

    #[inline]
    fn take_bound(_turn: usize, bound: &Self::Bound) {
        bound.add(1);
    }
}

impl Takes for Histogram<f64> {
    type Labels = [KeyValue; 3];
    type Bound = BoundHistogram<f64>;

    #[inline]
    fn bare(&self, turn: usize) {
        self.record(measurements::seconds(turn), &[]);
    }

    #[inline]
    fn take(&self, turn: usize, labels: &Self::Labels) {
        self.record(measurements::seconds(turn), labels);
    }

    fn bind(&self, labels: &Self::Labels) -> Self::Bound {
        self.bind(labels)
    }

    #[inline]
    fn take_bound(turn: usize, bound: &Self::Bound) {
        bound.record(measurements::seconds(turn));
    }
}
