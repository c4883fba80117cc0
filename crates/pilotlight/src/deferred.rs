//! Meters that may be taken before telemetry is turned on.
//!
//! The API's global meters are no-ops for ever when they were taken before a provider was installed, and so are their
//! instruments: there is no way to reach them afterwards. The meters here wait: an instrument looks for its real one
//! with its first measurement after `init`, and callbacks are registered by `init`.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use opentelemetry::metrics::{
    AsyncInstrumentBuilder, BoundCounter, BoundGauge, BoundHistogram, BoundSyncInstrument,
    BoundUpDownCounter, Counter, Gauge, Histogram, HistogramBuilder, InstrumentBuilder, InstrumentProvider,
    Meter, ObservableCounter, ObservableGauge, ObservableUpDownCounter, SyncInstrument, UpDownCounter,
};
use opentelemetry::{InstrumentationScope, KeyValue, global};

/// Set by `init`, for ever: from then on the global provider is a real one. Acquire and release, so that who sees it set finds
/// that provider.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// What `init` has to do for observable instruments that were made before. Bound: one entry for each of them.
static WAITING: Mutex<Vec<Box<dyn FnOnce() + Send>>> = Mutex::new(Vec::new());

/// A meter of the global provider that works even if it is taken before [`init`](crate::init).
///
/// Its instruments drop what is measured before telemetry is on, as instruments of a service without telemetry do, and
/// record from then on, which costs one branch more than with a meter that was taken after. Taken after, it is the same as
/// [`global::meter`]. Instruments stay with the first provider they find.
///
/// ```
/// use std::sync::LazyLock;
/// use pilotlight::opentelemetry::metrics::Counter;
///
/// static ORDERS: LazyLock<Counter<u64>> =
///     LazyLock::new(|| pilotlight::meter("shop").u64_counter("shop.orders").build());
///
/// ORDERS.add(1, &[]); // Too early to count, and no reason to stay silent later.
/// # fn later() -> Result<(), pilotlight::InitError> {
/// let _telemetry = pilotlight::init()?;
/// ORDERS.add(1, &[]); // Counted.
/// # Ok(())
/// # }
/// ```
pub fn meter(name: &'static str) -> Meter {
    meter_with_scope(InstrumentationScope::builder(name).build())
}

/// As [`meter`], with a whole scope.
pub fn meter_with_scope(scope: InstrumentationScope) -> Meter {
    match is_on() {
        true => global::meter_with_scope(scope),
        false => Meter::new(Arc::new(WaitingMeter { scope })),
    }
}

/// The global provider is there: registers what was waiting for it.
pub(crate) fn turn_on() {
    let waiting = {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        IS_ON.store(true, Ordering::Release);
        std::mem::take(&mut *waiting)
    };
    waiting.into_iter().for_each(|register| register());
}

fn is_on() -> bool {
    IS_ON.load(Ordering::Acquire)
}

/// Registers now, or when telemetry is turned on.
fn when_on(register: impl FnOnce() + Send + 'static) {
    {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_on() {
            return waiting.push(Box::new(register));
        }
    }
    register();
}

/// Makes instruments that wait.
struct WaitingMeter {
    scope: InstrumentationScope,
}

/// An instrument that waits for the global provider.
struct Waiting<I> {
    real: Arc<OnceLock<I>>,
    make: Arc<dyn Fn() -> I + Send + Sync>,
}

impl<I> Waiting<I> {
    fn new(make: impl Fn() -> I + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { real: Arc::default(), make: Arc::new(make) })
    }

    /// The real one; `None` while telemetry is off.
    #[inline]
    fn real(&self) -> Option<&I> {
        self.real.get().or_else(|| is_on().then(|| self.find()))
    }

    /// Made before it is kept: making it may warn, and whoever hears warnings may measure with this very instrument, or
    /// wait for a thread that does. Made twice, it is the same instrument.
    #[cold]
    fn find(&self) -> &I {
        let made = (self.make)();
        self.real.get_or_init(|| made)
    }
}

impl<I> Clone for Waiting<I> {
    fn clone(&self) -> Self {
        Self { real: Arc::clone(&self.real), make: Arc::clone(&self.make) }
    }
}

/// The same with its attributes looked up beforehand, which is when the real one is there.
struct WaitingBound<I, B> {
    instrument: Waiting<I>,
    attributes: Vec<KeyValue>,
    real: OnceLock<B>,
}

macro_rules! measure {
    ($($api:ident::$method:ident, $bound:ident;)*) => {$(
        impl<T: Send + Sync + 'static> SyncInstrument<T> for Waiting<$api<T>> {
            fn measure(&self, measurement: T, attributes: &[KeyValue]) {
                if let Some(real) = self.real() {
                    real.$method(measurement, attributes);
                }
            }

            fn bind(&self, attributes: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
                let (instrument, attributes) = (self.clone(), attributes.to_vec());
                Box::new(WaitingBound::<_, $bound<T>> { instrument, attributes, real: OnceLock::new() })
            }
        }

        impl<T: Send + Sync + 'static> BoundSyncInstrument<T> for WaitingBound<$api<T>, $bound<T>> {
            fn measure(&self, measurement: T) {
                if let Some(instrument) = self.instrument.real() {
                    self.real.get_or_init(|| instrument.bind(&self.attributes)).$method(measurement);
                }
            }
        }
    )*};
}

measure! {
    Counter::add, BoundCounter;
    UpDownCounter::add, BoundUpDownCounter;
    Gauge::record, BoundGauge;
    Histogram::record, BoundHistogram;
}

/// What the API's builders hold, to be told to another one.
#[derive(Clone)]
struct Told {
    scope: InstrumentationScope,
    name: Cow<'static, str>,
    description: Option<Cow<'static, str>>,
    unit: Option<Cow<'static, str>>,
}

macro_rules! tell {
    ($builder:expr, $told:expr) => {{
        let mut builder = $builder;
        builder.description = $told.description.clone();
        builder.unit = $told.unit.clone();
        builder
    }};
}

macro_rules! instruments {
    ($($name:ident: $api:ident<$number:ty>;)*) => {$(
        fn $name(&self, builder: InstrumentBuilder<'_, $api<$number>>) -> $api<$number> {
            let InstrumentBuilder { name, description, unit, .. } = builder;
            let told = Told { scope: self.scope.clone(), name, description, unit };
            $api::new(Waiting::new(move || {
                let meter = global::meter_with_scope(told.scope.clone());
                tell!(meter.$name(told.name.clone()), told).build()
            }))
        }
    )*};
}

macro_rules! histograms {
    ($($name:ident: $number:ty;)*) => {$(
        fn $name(&self, builder: HistogramBuilder<'_, Histogram<$number>>) -> Histogram<$number> {
            let HistogramBuilder { name, description, unit, boundaries, .. } = builder;
            let told = Told { scope: self.scope.clone(), name, description, unit };
            Histogram::new(Waiting::new(move || {
                let meter = global::meter_with_scope(told.scope.clone());
                let mut builder = tell!(meter.$name(told.name.clone()), told);
                builder.boundaries.clone_from(&boundaries);
                builder.build()
            }))
        }
    )*};
}

macro_rules! observables {
    ($($name:ident: $api:ident<$number:ty>;)*) => {$(
        fn $name(&self, builder: AsyncInstrumentBuilder<'_, $api<$number>, $number>) -> $api<$number> {
            let AsyncInstrumentBuilder { name, description, unit, callbacks, .. } = builder;
            let told = Told { scope: self.scope.clone(), name, description, unit };
            when_on(move || {
                let meter = global::meter_with_scope(told.scope.clone());
                let mut builder = tell!(meter.$name(told.name.clone()), told);
                builder.callbacks = callbacks;
                let _registered = builder.build();
            });
            $api::new()
        }
    )*};
}

impl InstrumentProvider for WaitingMeter {
    instruments! {
        u64_counter: Counter<u64>;
        f64_counter: Counter<f64>;
        i64_up_down_counter: UpDownCounter<i64>;
        f64_up_down_counter: UpDownCounter<f64>;
        u64_gauge: Gauge<u64>;
        i64_gauge: Gauge<i64>;
        f64_gauge: Gauge<f64>;
    }

    histograms! {
        u64_histogram: u64;
        f64_histogram: f64;
    }

    observables! {
        u64_observable_counter: ObservableCounter<u64>;
        f64_observable_counter: ObservableCounter<f64>;
        i64_observable_up_down_counter: ObservableUpDownCounter<i64>;
        f64_observable_up_down_counter: ObservableUpDownCounter<f64>;
        u64_observable_gauge: ObservableGauge<u64>;
        i64_observable_gauge: ObservableGauge<i64>;
        f64_observable_gauge: ObservableGauge<f64>;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn an_instrument_may_be_measured_by_whoever_hears_what_is_said_when_it_is_made() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        static INSTRUMENT: OnceLock<Arc<Waiting<usize>>> = OnceLock::new();
        let make = || {
            let number = MADE.fetch_add(1, Ordering::SeqCst);
            if number == 0 {
                assert!(INSTRUMENT.get().is_some_and(|instrument| instrument.real().is_some()));
            }
            number
        };
        turn_on();
        let instrument = INSTRUMENT.get_or_init(|| Waiting::new(make));
        assert!(instrument.real().is_some());
        assert_eq!(MADE.load(Ordering::SeqCst), 2);
    }
}
