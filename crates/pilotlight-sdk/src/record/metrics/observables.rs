//! Observable instruments with a callback in common, and callbacks that can be taken back: what the API leaves out.
//!
//! Specification: "Asynchronous Instrument API", <https://opentelemetry.io/docs/specs/otel/metrics/api/#asynchronous-instrument-api>.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use opentelemetry::{InstrumentationScope, KeyValue};

use super::callback::{Callback, Cycle};
use super::instrument::{Measurable, ObservableInstrument};
use super::kind::InstrumentKind;
use super::meter::{ScopedMeter, request};
use super::meter_core::MeterCore;
use super::meter_provider::MeterProvider;

/// Makes observable instruments of one scope that share callbacks, and registers those.
///
/// With the API alone every observable instrument has a callback of its own, for ever. Here one callback observes several
/// instruments, so that numbers which belong together are read at one moment, and it ends when its
/// [`Registration`] is dropped.
///
/// ```
/// use opentelemetry::InstrumentationScope;
/// use pilotlight_sdk::batch::Reader;
/// use pilotlight_sdk::record::{MeterProvider, Observables};
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// # let exporter = InMemoryExporter::new();
/// # let provider = MeterProvider::builder().with_reader(Reader::periodic(exporter.clone())).build()?;
/// let pool = Observables::new(&provider, InstrumentationScope::builder("pool").build());
/// let used = pool.i64_up_down_counter("pool.connections.used").unit("{connection}").build();
/// let share = pool.f64_gauge("pool.connections.share").build();
///
/// let registration = pool.register(move |observer| {
///     let (in_use, size) = (3, 10); // Read at one moment.
///     observer.observe(&used, in_use, &[]);
///     observer.observe(&share, in_use as f64 / f64::from(size), &[]);
/// });
/// provider.force_flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.items(), 2);
///
/// drop(registration);
/// provider.force_flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.items(), 2, "nothing is observed any more");
/// # Ok(())
/// # }
/// ```
pub struct Observables {
    meter: ScopedMeter,
}

/// Makes one observable instrument.
#[must_use = "an instrument is made by build"]
pub struct ObservableBuilder<'a, T> {
    observables: &'a Observables,
    kind: InstrumentKind,
    name: Cow<'static, str>,
    description: Option<Cow<'static, str>>,
    unit: Option<Cow<'static, str>>,
    number: PhantomData<T>,
}

/// An observable instrument, for use in callbacks. Cloning is cheap.
#[derive(Clone)]
pub struct Observable<T> {
    instrument: ObservableInstrument,
    number: PhantomData<T>,
}

/// What a callback reports to.
pub struct Observer<'a> {
    cycle: Cycle,
    /// Instruments of other providers have nothing to do with this one's readers.
    core: &'a Weak<MeterCore>,
}

/// A registered callback. Dropping it ends the callback, at once for collections to come; one that is under way is not
/// waited for.
#[must_use = "dropping the registration ends the callback; `forever` keeps it as long as the provider"]
pub struct Registration {
    core: Weak<MeterCore>,
    callback: Option<Arc<Callback>>,
}

macro_rules! observables {
    ($($(#[$doc:meta])* $name:ident<$number:ty>, $kind:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self, name: impl Into<Cow<'static, str>>) -> ObservableBuilder<'_, $number> {
            ObservableBuilder {
                observables: self,
                kind: InstrumentKind::$kind,
                name: name.into(),
                description: None,
                unit: None,
                number: PhantomData,
            }
        }
    )*};
}

impl Observables {
    /// For instruments of `scope`, as a meter of the API would be.
    pub fn new(provider: &MeterProvider, scope: InstrumentationScope) -> Self {
        let core = Arc::clone(provider.core());
        let scope = core.scopes.intern(scope);
        Self { meter: ScopedMeter { core, scope } }
    }

    observables! {
        /// A total that only grows.
        u64_counter<u64>, ObservableCounter;
        /// A total that only grows.
        f64_counter<f64>, ObservableCounter;
        /// A total that grows and shrinks.
        i64_up_down_counter<i64>, ObservableUpDownCounter;
        /// A total that grows and shrinks.
        f64_up_down_counter<f64>, ObservableUpDownCounter;
        /// What cannot be added up.
        u64_gauge<u64>, ObservableGauge;
        /// What cannot be added up.
        i64_gauge<i64>, ObservableGauge;
        /// What cannot be added up.
        f64_gauge<f64>, ObservableGauge;
    }

    /// Has `callback` called whenever a reader collects.
    ///
    /// It runs on a thread of the provider's, has a second to return, and is passed over while it has not. A panic in it is caught
    /// and counted. It must not keep a handle of the provider, which could then never end by being dropped.
    pub fn register(&self, callback: impl Fn(&Observer<'_>) + Send + Sync + 'static) -> Registration {
        let core = Arc::downgrade(&self.meter.core);
        let of_callback = Weak::clone(&core);
        let name = self.meter.scope.scope.name().to_owned();
        let run = move |cycle| callback(&Observer { cycle, core: &of_callback });
        let callback = self.meter.core.callbacks.add(Callback::new(name, run));
        Registration { core, callback: Some(callback) }
    }
}

#[allow(private_bounds, reason = "sealed: `u64`, `i64` and `f64` alone")]
impl<T: Measurable> ObservableBuilder<'_, T> {
    /// What it observes, in a sentence.
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// In which unit (UCUM).
    pub fn unit(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// The instrument. Made a second time, it is the same one.
    pub fn build(self) -> Observable<T> {
        let request = request::<T>(self.kind, self.name, self.description, self.unit);
        Observable { instrument: self.observables.meter.observable(request), number: PhantomData }
    }
}

impl Observer<'_> {
    /// Reports what `instrument` is now. Of several values for the same attributes, counters report the sum and gauges the last.
    ///
    /// Ignored when the instrument is another provider's.
    #[allow(private_bounds, reason = "sealed: `u64`, `i64` and `f64` alone")]
    pub fn observe<T: Measurable>(&self, instrument: &Observable<T>, value: T, attributes: &[KeyValue]) {
        if std::ptr::eq(self.core.as_ptr(), Arc::as_ptr(&instrument.instrument.core)) {
            instrument.instrument.observe(self.cycle, value, attributes);
        }
    }
}

impl Registration {
    /// Keeps the callback as long as the provider.
    pub fn forever(mut self) {
        self.callback = None;
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let (Some(core), Some(callback)) = (self.core.upgrade(), self.callback.take()) {
            core.callbacks.remove(&callback);
        }
    }
}

impl fmt::Debug for Observables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observables").field("scope", &self.meter.scope.scope).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ObservableBuilder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservableBuilder")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Observable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observable").field("name", &self.instrument.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Observer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.callback.as_ref().map(|callback| callback.name());
        f.debug_struct("Registration").field("of", &of).finish_non_exhaustive()
    }
}
