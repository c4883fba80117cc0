//! One runtime that is watched for as long as somebody wants to.

use super::builder::RuntimeInstrumentationBuilder;
use super::busy::Busy;
use super::instruments;
use crate::runtime::recent::Recent;
use ::tokio::runtime::{Handle, RuntimeMetrics};
use ::tokio::task::AbortHandle;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Watches one tokio runtime until it is dropped.
///
/// Dropping it ends the probe's task, and the instruments observe nothing from then on: the API cannot unregister
/// them. Drop it with the runtime, since a runtime that was shut down goes on telling its last values. One that is
/// forgotten (`std::mem::forget`) watches for as long as the runtime lives; the probe's task keeps no runtime alive.
///
/// # Cost
/// A few atomic loads for each worker and collection. The probe is one task: ten polls a second by default, less than
/// 0.01 % of a CPU.
///
/// # Example
/// ```
/// use pilotlight_instrument::runtime::tokio::RuntimeInstrumentation;
/// use tokio::runtime::Builder;
///
/// let meter = opentelemetry::global::meter("my-service");
/// let requests = Builder::new_multi_thread().enable_all().worker_threads(2).build()?;
/// let background = Builder::new_current_thread().enable_all().build()?;
///
/// let watched = [("requests", &requests), ("background", &background)].map(|(name, runtime)| {
///     RuntimeInstrumentation::builder(runtime.handle().clone()).name(name).register(&meter)
/// });
/// # drop(watched);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "dropping it ends the runtime's metrics"]
pub struct RuntimeInstrumentation {
    /// The callbacks hold it weakly, so this is what keeps them talking.
    watched: Arc<Watched>,
    probe: Option<AbortHandle>,
}

impl RuntimeInstrumentation {
    /// Starts with the defaults: no name, a probe each 100 ms.
    pub fn builder(handle: Handle) -> RuntimeInstrumentationBuilder {
        RuntimeInstrumentationBuilder::new(handle)
    }

    pub(super) fn new(watched: Watched, probe: Option<AbortHandle>, meter: &Meter) -> Self {
        let watched = Arc::new(watched);
        instruments::register(meter, Arc::downgrade(&watched));
        Self { watched, probe }
    }
}

impl Drop for RuntimeInstrumentation {
    fn drop(&mut self) {
        if let Some(probe) = &self.probe {
            probe.abort();
        }
    }
}

impl fmt::Debug for RuntimeInstrumentation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RuntimeInstrumentation")
            .field("attributes", &self.watched.attributes)
            .field("probe", &self.probe.is_some())
            .finish_non_exhaustive()
    }
}

/// What the callbacks answer from.
pub(super) struct Watched {
    pub(super) metrics: RuntimeMetrics,
    pub(super) attributes: Vec<KeyValue>,
    busy: Recent<Busy>,
}

impl Watched {
    pub(super) fn new(metrics: RuntimeMetrics, attributes: Vec<KeyValue>, age_max: Duration) -> Self {
        let busy = Recent::new(Busy::first(&metrics), age_max);
        Self { metrics, attributes, busy }
    }

    pub(super) fn busy(&self) -> Busy {
        self.busy.get(Instant::now(), |previous, elapsed| previous.next(&self.metrics, elapsed))
    }

    /// Adds up what a metric says of each worker.
    #[cfg(target_has_atomic = "64")]
    pub(super) fn sum(&self, of_worker: impl Fn(&RuntimeMetrics, usize) -> u64) -> u64 {
        (0..self.metrics.num_workers()).map(|worker| of_worker(&self.metrics, worker)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::collected::Metered;
    use ::tokio::runtime::{Builder, Runtime};
    use ::tokio::task::yield_now;

    fn current_thread() -> Runtime {
        Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
    }

    fn watch(runtime: &Runtime, meter: &Meter) -> RuntimeInstrumentation {
        RuntimeInstrumentation::builder(runtime.handle().clone()).register(meter)
    }

    #[test]
    fn a_runtime_without_a_name_has_no_attribute() {
        let (metered, runtime) = (Metered::new(), current_thread());
        let _watching = watch(&runtime, &metered.meter());

        assert_eq!(metered.collect()["tokio.runtime.workers"], 1.0);
    }

    #[test]
    fn runtimes_with_names_are_told_apart() {
        let metered = Metered::new();
        let large = Builder::new_multi_thread().worker_threads(3).build().unwrap();
        let small = current_thread();
        let _watching = [("large", &large), ("small", &small)].map(|(name, runtime)| {
            RuntimeInstrumentation::builder(runtime.handle().clone())
                .name(name)
                .without_probe()
                .register(&metered.meter())
        });

        let points = metered.collect();

        assert_eq!(points["tokio.runtime.workers{tokio.runtime.name=large}"], 3.0);
        assert_eq!(points["tokio.runtime.workers{tokio.runtime.name=small}"], 1.0);
    }

    #[test]
    fn nothing_is_reported_after_the_drop_and_the_probe_is_gone() {
        let (metered, runtime) = (Metered::new(), current_thread());
        let watching = watch(&runtime, &metered.meter());
        runtime.block_on(yield_now());
        assert_eq!(runtime.metrics().num_alive_tasks(), 1);
        assert!(metered.collect().contains_key("tokio.runtime.workers"));

        drop(watching);

        runtime.block_on(yield_now());
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
        let points = metered.collect();
        assert!(!points.contains_key("tokio.runtime.workers"), "{points:?}");
    }

    #[test]
    fn it_says_what_it_watches() {
        let (metered, runtime) = (Metered::new(), current_thread());
        let watching = RuntimeInstrumentation::builder(runtime.handle().clone()).name("main");

        let text = format!("{:?}", watching.register(&metered.meter()));

        assert!(text.contains("main") && text.contains("probe: true"), "{text}");
    }
}
