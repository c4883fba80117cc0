//! What the API's instruments call: one branch for each check, then the streams.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, BoundSyncInstrument, SyncInstrument};

use super::callback::Cycle;
use super::kind::InstrumentKind;
use super::meter_core::MeterCore;
use super::number::Number;
use super::observed_stream::ObservedStream;
use super::stream::{BoundStream, Stream};

/// Which values an instrument takes.
pub(crate) trait Measurable: Number {
    /// Whether an instrument of `kind` can make anything of the value.
    ///
    /// Sums would keep a NaN or an infinity for ever, so it is left out of them, and of histograms. A counter takes
    /// nothing negative. A gauge shows what it was given.
    fn is_measurable(self, kind: InstrumentKind) -> bool;
}

impl Measurable for u64 {
    #[inline]
    fn is_measurable(self, _kind: InstrumentKind) -> bool {
        true
    }
}

impl Measurable for i64 {
    #[inline]
    fn is_measurable(self, _kind: InstrumentKind) -> bool {
        true
    }
}

impl Measurable for f64 {
    #[inline]
    fn is_measurable(self, kind: InstrumentKind) -> bool {
        match kind {
            InstrumentKind::Counter => self >= 0.0 && self.is_finite(),
            InstrumentKind::Gauge | InstrumentKind::ObservableGauge => true,
            _ => self.is_finite(),
        }
    }
}

/// A counter, up-down counter, gauge or histogram.
pub(super) struct Instrument {
    pub(super) kind: InstrumentKind,
    pub(super) name: Arc<str>,
    pub(super) streams: Box<[Arc<Stream>]>,
    pub(super) core: Arc<MeterCore>,
}

impl Instrument {
    #[inline]
    fn takes<T: Measurable>(&self, value: T) -> bool {
        if self.core.is_shut_down() {
            return false;
        }
        let is_measurable = value.is_measurable(self.kind);
        if !is_measurable {
            self.core.refuse(self.kind, &self.name, value.to_f64());
        }
        is_measurable
    }
}

impl<T: Measurable> SyncInstrument<T> for Instrument {
    #[inline]
    fn measure(&self, measurement: T, attributes: &[KeyValue]) {
        if self.takes(measurement) {
            for stream in &self.streams {
                stream.record(measurement, attributes);
            }
        }
    }

    fn bind(&self, attributes: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
        let Self { kind, name, streams, core } = self;
        let instrument =
            Self { kind: *kind, name: Arc::clone(name), streams: Box::default(), core: Arc::clone(core) };
        let streams = streams.iter().map(|stream| BoundStream::new(stream, attributes)).collect();
        Box::new(BoundInstrument { instrument, streams })
    }
}

/// An instrument with its attributes looked up beforehand.
struct BoundInstrument {
    /// Without streams.
    instrument: Instrument,
    streams: Box<[BoundStream]>,
}

impl<T: Measurable> BoundSyncInstrument<T> for BoundInstrument {
    #[inline]
    fn measure(&self, measurement: T) {
        if self.instrument.takes(measurement) {
            for stream in &self.streams {
                stream.record(measurement);
            }
        }
    }
}

/// What becomes of an observable instrument's observations, for one reader.
#[derive(Clone, Debug)]
pub(crate) enum Observed {
    /// Sums and last values: what was observed is what is reported.
    Value(Arc<ObservedStream>),
    /// Histograms: what was observed is one measurement.
    Measurement(Arc<Stream>),
}

/// An observable counter, up-down counter or gauge.
#[derive(Clone)]
pub(super) struct ObservableInstrument {
    pub(super) kind: InstrumentKind,
    pub(super) name: Arc<str>,
    /// With the reader that each is for.
    pub(super) streams: Arc<[(usize, Observed)]>,
    pub(super) core: Arc<MeterCore>,
}

impl ObservableInstrument {
    /// Notes an observation made in `cycle`.
    pub(super) fn observe<T: Measurable>(&self, cycle: Cycle, value: T, attributes: &[KeyValue]) {
        if !value.is_measurable(self.kind) {
            return self.core.refuse(self.kind, &self.name, value.to_f64());
        }
        for (_, stream) in self.streams.iter().filter(|(reader, _)| *reader == cycle.reader) {
            let in_time = match stream {
                Observed::Value(stream) => stream.observe(cycle.id, value.to_bits(), attributes),
                Observed::Measurement(stream) => {
                    stream.record(value, attributes);
                    true
                }
            };
            if !in_time {
                self.core.count_late();
            }
        }
    }
}

/// What a callback is given.
pub(super) struct Observer<'a> {
    pub(super) instrument: &'a ObservableInstrument,
    pub(super) cycle: Cycle,
}

impl<T: Measurable> AsyncInstrument<T> for Observer<'_> {
    fn observe(&self, measurement: T, attributes: &[KeyValue]) {
        self.instrument.observe(self.cycle, measurement, attributes);
    }
}
