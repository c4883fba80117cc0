//! How one runtime is to be watched.

use super::probe;
use super::registration::{RuntimeInstrumentation, Watched};
use crate::runtime::recent::AGE_MAX;
use ::tokio::runtime::Handle;
use opentelemetry::metrics::Meter;
use opentelemetry::{KeyValue, StringValue};
use std::time::Duration;

/// Settings of a [`RuntimeInstrumentation`].
#[derive(Debug)]
#[must_use = "nothing is watched before `register`"]
pub struct RuntimeInstrumentationBuilder {
    handle: Handle,
    name: Option<StringValue>,
    /// `None` for no probe.
    probe_interval: Option<Duration>,
}

impl RuntimeInstrumentationBuilder {
    pub(super) fn new(handle: Handle) -> Self {
        // A runtime may lack the timer, and then the probe's panic would not stay in its task.
        let probe_interval = (!cfg!(panic = "abort")).then_some(probe::INTERVAL);
        Self { handle, name: None, probe_interval }
    }

    /// The runtime's name: `tokio.runtime.name` on each of its metrics. Default: no name and no such attribute.
    ///
    /// Runtimes that share a meter need different names, or their metrics cannot be told apart.
    pub fn name(mut self, name: impl Into<StringValue>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How long the probe sleeps between two measurements. Default: 100 ms, which cannot miss a stall that a person
    /// would notice, and is ten polls a second; no probe where panics abort, since it panics in a runtime without
    /// tokio's timer. At least 1 ms, the resolution of that timer.
    pub fn probe_interval(mut self, interval: Duration) -> Self {
        self.probe_interval = Some(interval.max(probe::RESOLUTION));
        self
    }

    /// Spawns no task into the runtime, and reports no `tokio.runtime.schedule.delay`. For a runtime built without
    /// tokio's timer, in which the probe would panic (in its task; nothing else ends).
    pub fn without_probe(mut self) -> Self {
        self.probe_interval = None;
        self
    }

    /// Registers the instruments with a meter, and spawns the probe into the runtime.
    ///
    /// Works from any thread, inside or outside of the runtime.
    pub fn register(self, meter: &Meter) -> RuntimeInstrumentation {
        let attributes: Vec<_> =
            self.name.map(|name| KeyValue::new("tokio.runtime.name", name)).into_iter().collect();
        let probe = self.probe_interval.map(|interval| {
            probe::spawn(&self.handle, interval, probe::histogram(meter), attributes.clone())
        });
        RuntimeInstrumentation::new(Watched::new(self.handle.metrics(), attributes, AGE_MAX), probe, meter)
    }
}
