//! One collection: callbacks are asked, cells added up, points encoded.

use std::sync::Arc;
use std::time::Instant;

use crate::encode::metrics::{EncodedMetric, MetricHeader, RequestLimits, metrics_requests};
use crate::encode::request::EncodedResource;
use crate::record::{MeterCore, Observed, Point, StreamEntry, UnixNanos};
use crate::self_metrics::Stopwatch;
use crate::sync::lock;
use crate::transport::{Batch, Signal};

use super::callback_thread::CallbackThread;

/// Collects for one reader.
pub(super) struct Collector {
    pub(super) core: Arc<MeterCore>,
    /// The reader's number.
    pub(super) reader: usize,
    pub(super) resource: EncodedResource,
    pub(super) limits: RequestLimits,
    /// Shared by all readers: a callback has one turn at a time.
    pub(super) callbacks: Arc<tokio::sync::Mutex<CallbackThread>>,
    /// Times collections.
    pub(super) collections: Arc<Stopwatch>,
}

/// Callbacks that hang leave this much of the time to what was measured without them.
fn halfway(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}

impl Collector {
    /// Collects everything there is to report, within `deadline` as far as callbacks go.
    ///
    /// How long it takes is part of the next collection.
    pub(super) async fn collect(&self, deadline: Option<Instant>) -> Vec<Batch> {
        let begun = Instant::now();
        self.observe(deadline).await;
        let batches = self.encode_all();
        self.collections.record(begun, |_| {});
        batches
    }

    fn encode_all(&self) -> Vec<Batch> {
        let now = self.core.clock.unix_nanos();
        let metrics: Vec<_> = self
            .core
            .streams_of(self.reader)
            .iter()
            .map(|entry| self.encode(entry, now))
            .filter(|metric| metric.items() > 0)
            .collect();
        let scopes = self.core.scopes.all();
        metrics_requests(&self.resource, &scopes, &metrics, self.limits)
            .into_iter()
            .map(|(request, items)| Batch { signal: Signal::Metrics, items, request })
            .collect()
    }

    /// Gives every callback its turn.
    async fn observe(&self, deadline: Option<Instant>) {
        let mut callbacks = self.callbacks.lock().await;
        let cycle = self.core.callbacks.begin(self.reader);
        for entry in self.core.streams_of(self.reader) {
            if let Some(stream) = entry.observed() {
                stream.open(cycle.id);
            }
        }
        callbacks.run(&self.core, cycle, deadline.map(halfway)).await;
    }

    fn encode(&self, entry: &StreamEntry, now: UnixNanos) -> EncodedMetric {
        let mut metric = self.begin(entry);
        let mut push = |point: Point<'_>| metric.push(&point);
        match &entry.stream {
            Observed::Value(stream) => stream.collect(now, &mut push),
            Observed::Measurement(stream) => stream.collect(self.reader, now, &mut push),
        }
        metric
    }

    fn begin(&self, entry: &StreamEntry) -> EncodedMetric {
        let descriptor = entry.descriptor();
        let description = lock(entry.description()).clone();
        EncodedMetric::new(&MetricHeader {
            scope: descriptor.scope,
            name: &descriptor.name,
            description: &description,
            unit: &descriptor.unit,
            temporality: entry.temporality(),
            is_monotonic: descriptor.is_monotonic,
            boundaries: entry.boundaries(),
        })
    }
}
