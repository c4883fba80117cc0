//! The API's meter: makes instruments.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::metrics::{
    AsyncInstrumentBuilder, Callback as ApiCallback, Counter, Gauge, Histogram, HistogramBuilder,
    InstrumentBuilder, InstrumentProvider, ObservableCounter, ObservableGauge, ObservableUpDownCounter,
    UpDownCounter,
};

use crate::record::Scope;

use super::callback::Callback;
use super::instrument::{Instrument, Measurable, ObservableInstrument, Observer};
use super::kind::InstrumentKind;
use super::meter_core::{MeterCore, Streams};
use super::number::Number;
use super::registration::{Registration, Request};

/// Makes the instruments of one scope.
pub(super) struct ScopedMeter {
    pub(super) core: Arc<MeterCore>,
    pub(super) scope: Arc<Scope>,
}

impl ScopedMeter {
    fn instrument(&self, request: Request) -> Arc<Instrument> {
        let kind = request.kind;
        let Registration { name, streams } = self.core.register(&self.scope, request);
        let streams = match streams {
            Streams::Measured(streams) => streams.into(),
            Streams::Observed(_) => Box::default(),
        };
        Arc::new(Instrument { kind, name, streams, core: Arc::clone(&self.core) })
    }

    pub(super) fn observable(&self, request: Request) -> ObservableInstrument {
        let kind = request.kind;
        let Registration { name, streams } = self.core.register(&self.scope, request);
        let streams = match streams {
            Streams::Observed(streams) => streams,
            Streams::Measured(_) => [].into(),
        };
        ObservableInstrument { kind, name, streams, core: Arc::clone(&self.core) }
    }

    fn observe_with<T: Measurable>(&self, request: Request, callbacks: Vec<ApiCallback<T>>) {
        let instrument = self.observable(request);
        for callback in callbacks {
            let (name, instrument) = (instrument.name.to_string(), instrument.clone());
            let run = move |cycle| callback(&Observer { instrument: &instrument, cycle });
            self.core.callbacks.add(Callback::new(name, run));
        }
    }
}

/// What the API's builders hold.
pub(super) fn request<T: Number>(
    kind: InstrumentKind,
    name: Cow<'static, str>,
    description: Option<Cow<'static, str>>,
    unit: Option<Cow<'static, str>>,
) -> Request {
    Request {
        kind,
        number: T::TYPE,
        name: name.into_owned(),
        description: description.unwrap_or_default().into_owned(),
        unit: unit.unwrap_or_default().into_owned(),
        boundaries: None,
    }
}

macro_rules! instruments {
    ($($name:ident: $api:ident<$number:ty>, $kind:ident;)*) => {$(
        fn $name(&self, builder: InstrumentBuilder<'_, $api<$number>>) -> $api<$number> {
            let InstrumentBuilder { name, description, unit, .. } = builder;
            $api::new(self.instrument(request::<$number>(InstrumentKind::$kind, name, description, unit)))
        }
    )*};
}

macro_rules! histograms {
    ($($name:ident: $number:ty;)*) => {$(
        fn $name(&self, builder: HistogramBuilder<'_, Histogram<$number>>) -> Histogram<$number> {
            let HistogramBuilder { name, description, unit, boundaries, .. } = builder;
            let request = request::<$number>(InstrumentKind::Histogram, name, description, unit);
            Histogram::new(self.instrument(Request { boundaries, ..request }))
        }
    )*};
}

macro_rules! observables {
    ($($name:ident: $api:ident<$number:ty>, $kind:ident;)*) => {$(
        fn $name(&self, builder: AsyncInstrumentBuilder<'_, $api<$number>, $number>) -> $api<$number> {
            let AsyncInstrumentBuilder { name, description, unit, callbacks, .. } = builder;
            self.observe_with(request::<$number>(InstrumentKind::$kind, name, description, unit), callbacks);
            $api::new()
        }
    )*};
}

/// All of them: what is left to the trait's defaults would silently do nothing.
impl InstrumentProvider for ScopedMeter {
    instruments! {
        u64_counter: Counter<u64>, Counter;
        f64_counter: Counter<f64>, Counter;
        i64_up_down_counter: UpDownCounter<i64>, UpDownCounter;
        f64_up_down_counter: UpDownCounter<f64>, UpDownCounter;
        u64_gauge: Gauge<u64>, Gauge;
        i64_gauge: Gauge<i64>, Gauge;
        f64_gauge: Gauge<f64>, Gauge;
    }

    histograms! {
        u64_histogram: u64;
        f64_histogram: f64;
    }

    observables! {
        u64_observable_counter: ObservableCounter<u64>, ObservableCounter;
        f64_observable_counter: ObservableCounter<f64>, ObservableCounter;
        i64_observable_up_down_counter: ObservableUpDownCounter<i64>, ObservableUpDownCounter;
        f64_observable_up_down_counter: ObservableUpDownCounter<f64>, ObservableUpDownCounter;
        u64_observable_gauge: ObservableGauge<u64>, ObservableGauge;
        i64_observable_gauge: ObservableGauge<i64>, ObservableGauge;
        f64_observable_gauge: ObservableGauge<f64>, ObservableGauge;
    }
}
