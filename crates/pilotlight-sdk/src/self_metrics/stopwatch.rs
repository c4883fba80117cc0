//! Durations that become a histogram once somebody collects it.

use std::fmt;
use std::sync::OnceLock;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;

/// Records how long things took, on the exporter thread. Until [`connect`](Self::connect), nothing is recorded.
#[derive(Default)]
pub(crate) struct Stopwatch(OnceLock<Connected>);

struct Connected {
    histogram: Histogram<f64>,
    /// Those of the component, which every duration has.
    attributes: Vec<KeyValue>,
}

impl Stopwatch {
    /// Has durations recorded from now on.
    pub(crate) fn connect(&self, histogram: Histogram<f64>, attributes: Vec<KeyValue>) {
        // A provider is connected once, when the pipeline starts.
        let _ = self.0.set(Connected { histogram, attributes });
    }

    /// Records the time since `begun`, with the attributes that `more` adds.
    pub(crate) fn record(&self, begun: Instant, more: impl FnOnce(&mut Vec<KeyValue>)) {
        if let Some(Connected { histogram, attributes }) = self.0.get() {
            let mut attributes = attributes.clone();
            more(&mut attributes);
            histogram.record(begun.elapsed().as_secs_f64(), &attributes);
        }
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopwatch").field("is_connected", &self.0.get().is_some()).finish()
    }
}
