//! Taking note of a pool's connections as they come and go.

use super::instruments::{Ask, Instruments};
use super::state::State;
use crate::db::interned::interned;
use crate::telemetry::MeterSource;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Measures one pool. Clones share everything.
///
/// Where a driver has an integration of its own it does this; any other pool takes a few lines:
///
/// ```
/// use pilotlight_instrument::db::pool::{PoolMetrics, State};
///
/// let metrics = PoolMetrics::builder("db.example/shop")
///     .state(|| Some(State { idle: Some(3), used: Some(1), limit: Some(10), ..State::default() }))
///     .build();
///
/// let wait = metrics.wait();
/// // … the pool gives a connection …
/// let in_use = wait.ended();
/// // … it is used, and given back …
/// drop(in_use);
/// ```
///
/// The state is reported from the beginning, or else from the first wait, use or opened connection on that finds a meter provider
/// installed. Whoever waits or uses a connection by then is not counted, neither coming nor going.
#[derive(Clone)]
pub struct PoolMetrics {
    shared: Arc<Shared>,
}

struct Shared {
    meter: MeterSource<Instruments>,
    /// `db.client.connection.pool.name`.
    name: KeyValue,
    state: Option<Ask>,
    /// Whether the state's instruments have been made, or are being made by some thread. Publishes nothing; whoever comes second
    /// does not wait for them.
    observed: AtomicBool,
}

/// Options of [`PoolMetrics`].
#[must_use = "a builder does nothing until `build`"]
pub struct PoolMetricsBuilder {
    shared: Shared,
}

impl Shared {
    /// Says so once.
    fn is_unobserved(&self) -> bool {
        !self.observed.load(Ordering::Relaxed) && !self.observed.swap(true, Ordering::Relaxed)
    }
}

impl PoolMetricsBuilder {
    /// Measures with this provider instead of the global one.
    pub fn with_meter_provider<P: MeterProvider>(mut self, provider: &P) -> Self {
        self.shared.meter = MeterSource::of(provider);
        self
    }

    /// Measures nothing.
    pub fn without_metrics(mut self) -> Self {
        self.shared.meter = MeterSource::Off;
        self
    }

    /// How the pool is, asked each time metrics are collected, on the thread that collects: it must not block. `None` says that the
    /// pool is gone; hold it weakly, since a provider keeps what asks for ever.
    pub fn state(mut self, state: impl Fn() -> Option<State> + Send + Sync + 'static) -> Self {
        self.shared.state = Some(Arc::new(state));
        self
    }

    /// Puts it together. Where there is a meter provider already, it asks for the state from now on.
    pub fn build(self) -> PoolMetrics {
        let metrics = PoolMetrics { shared: Arc::new(self.shared) };
        metrics.instruments();
        metrics
    }
}

impl PoolMetrics {
    /// Options, with their defaults, for a pool of this name: unique within the program. The conventions suggest the server's
    /// address and the database's name.
    pub fn builder(name: &str) -> PoolMetricsBuilder {
        let shared = Shared {
            meter: MeterSource::global(),
            name: KeyValue::new("db.client.connection.pool.name", interned(name)),
            state: None,
            observed: AtomicBool::new(false),
        };
        PoolMetricsBuilder { shared }
    }

    /// Somebody asks for a connection, and waits until this has [ended](Wait::ended), has [timed out](Wait::timed_out) or is
    /// dropped.
    #[must_use = "the wait ends when this is dropped"]
    pub fn wait(&self) -> Wait {
        let instruments = self.instruments();
        if let Some(instruments) = instruments {
            instruments.pending.add(1, self.attributes());
        }
        Wait { pool: instruments.map(|_| self.clone()), began: Instant::now() }
    }

    /// A connection has been opened, which took this long.
    pub fn created(&self, took: Duration) {
        if let Some(instruments) = self.instruments() {
            instruments.create_time.record(took.as_secs_f64(), self.attributes());
        }
    }

    /// A connection is in use from now on until this is dropped.
    #[must_use = "the use ends when this is dropped"]
    pub fn in_use(&self) -> Use {
        Use { measured: self.instruments().map(|_| (self.clone(), Instant::now())) }
    }

    fn instruments(&self) -> Option<&Instruments> {
        let instruments = self.shared.meter.instruments()?;
        if let Some(ask) = &self.shared.state
            && self.shared.is_unobserved()
        {
            instruments.observe(&self.shared.name, ask);
        }
        Some(instruments)
    }

    fn attributes(&self) -> &[KeyValue] {
        std::slice::from_ref(&self.shared.name)
    }
}

/// Somebody waits for a connection, and is no longer pending when this is dropped. They may have given up: nothing is measured then.
#[derive(Debug)]
pub struct Wait {
    /// `None` where nothing is measured.
    pool: Option<PoolMetrics>,
    began: Instant,
}

impl Wait {
    /// There is a connection: the wait is measured, and the use begins.
    pub fn ended(self) -> Use {
        let Some(pool) = &self.pool else { return Use { measured: None } };
        // One look at the clock: it is a good part of what measuring costs.
        let now = Instant::now();
        if let Some(instruments) = pool.instruments() {
            let waited = now.duration_since(self.began);
            instruments.wait_time.record(waited.as_secs_f64(), pool.attributes());
        }
        Use { measured: Some((pool.clone(), now)) }
    }

    /// There was none in time, which is counted. The wait itself is not measured: the conventions measure those that end well, and
    /// the time limit is known.
    pub fn timed_out(self) {
        if let Some(pool) = &self.pool
            && let Some(instruments) = pool.instruments()
        {
            instruments.timeouts.add(1, pool.attributes());
        }
    }

    /// How long it has lasted until now.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool
            && let Some(instruments) = pool.instruments()
        {
            instruments.pending.add(-1, pool.attributes());
        }
    }
}

/// A connection is in use. Dropped, it has been given back, and the time is measured.
#[derive(Debug)]
pub struct Use {
    /// `None` where nothing is measured.
    measured: Option<(PoolMetrics, Instant)>,
}

impl Drop for Use {
    fn drop(&mut self) {
        if let Some((pool, began)) = &self.measured
            && let Some(instruments) = pool.instruments()
        {
            instruments.use_time.record(began.elapsed().as_secs_f64(), pool.attributes());
        }
    }
}

impl fmt::Debug for PoolMetrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PoolMetrics").field("name", &self.shared.name.value).finish_non_exhaustive()
    }
}

impl fmt::Debug for PoolMetricsBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PoolMetricsBuilder").field("name", &self.shared.name.value).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::InstrumentationScope;
    use opentelemetry::metrics::{
        AsyncInstrumentBuilder, InstrumentProvider, Meter, ObservableUpDownCounter,
    };
    use std::sync::{Mutex, mpsc};
    use std::thread;
    use std::time::Duration;

    type Hook = Box<dyn FnOnce() + Send>;

    /// A provider that runs something while the state's instruments are made.
    #[derive(Clone, Default)]
    struct Slow(Arc<Mutex<Option<Hook>>>);

    impl MeterProvider for Slow {
        fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
            Meter::new(Arc::new(self.clone()))
        }
    }

    impl InstrumentProvider for Slow {
        fn i64_observable_up_down_counter(
            &self,
            _: AsyncInstrumentBuilder<'_, ObservableUpDownCounter<i64>, i64>,
        ) -> ObservableUpDownCounter<i64> {
            let hook = self.0.lock().unwrap().take();
            hook.into_iter().for_each(|hook| hook());
            ObservableUpDownCounter::new()
        }
    }

    #[test]
    fn nobody_waits_for_the_thread_that_makes_the_pool_known() {
        let slow = Slow::default();
        let builder = PoolMetrics::builder("shop").state(|| None).with_meter_provider(&slow);
        let metrics = PoolMetrics { shared: Arc::new(builder.shared) };
        let (other, (done, is_done)) = (metrics.clone(), mpsc::channel());
        *slow.0.lock().unwrap() = Some(Box::new(move || {
            thread::spawn(move || {
                drop(other.wait());
                done.send(())
            });
            // No answer in this time means that it hangs.
            is_done.recv_timeout(Duration::from_secs(10)).expect("the other thread goes on");
        }));

        drop(metrics.wait());
    }
}
