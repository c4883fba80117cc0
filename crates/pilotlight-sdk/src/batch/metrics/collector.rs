//! One collection: callbacks are asked, cells added up, points encoded.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::encode::metrics::{EncodedMetric, MetricHeader, RequestLimits, metrics_requests};
use crate::encode::request::EncodedResource;
use crate::record::{MeterCore, Observed, Point, StreamEntry, UnixNanos};
use crate::self_metrics::Stopwatch;
use crate::sync::lock;
use crate::transport::{Batch, Signal};

use super::super::delivery::Urgency;
use super::callback_thread::CallbackThread;
use super::callback_time::CallbackTime;

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

impl Collector {
    /// Collects everything there is to report, within `deadline` as far as callbacks go, or sooner when a shutdown begins.
    ///
    /// How long it takes is part of the next collection.
    pub(super) async fn collect(
        &self,
        deadline: Option<Instant>,
        urgency: watch::Receiver<Urgency>,
    ) -> Vec<Batch> {
        let begun = Instant::now();
        let all_observed = self.observe(CallbackTime::until_half_of(deadline, urgency)).await;
        let batches = self.encode_all(all_observed);
        self.collections.record(begun, |_| {});
        batches
    }

    fn encode_all(&self, all_observed: bool) -> Vec<Batch> {
        let now = self.core.clock.unix_nanos();
        let metrics: Vec<_> = self
            .core
            .streams_of(self.reader)
            .iter()
            .map(|entry| self.encode(entry, now, all_observed))
            .filter(|metric| metric.items() > 0)
            .collect();
        let scopes = self.core.scopes.all();
        metrics_requests(&self.resource, &scopes, &metrics, self.limits)
            .into_iter()
            .map(|(request, items)| Batch { signal: Signal::Metrics, items, request })
            .collect()
    }

    /// Gives every callback its turn. Answers whether all have observed what they had to.
    async fn observe(&self, mut time: CallbackTime) -> bool {
        let mut callbacks = tokio::select! {
            biased;
            callbacks = self.callbacks.lock() => callbacks,
            () = time.up() => {
                // Another reader's turn takes too long.
                self.core.callbacks.all().iter().for_each(|_| self.core.count_callback_late());
                return false;
            }
        };
        let cycle = self.core.callbacks.begin(self.reader);
        for entry in self.core.streams_of(self.reader) {
            if let Some(stream) = entry.observed() {
                stream.open(cycle.id);
            }
        }
        callbacks.run(&self.core, cycle, &mut time).await
    }

    fn encode(&self, entry: &StreamEntry, now: UnixNanos, all_observed: bool) -> EncodedMetric {
        let mut metric = self.begin(entry);
        let mut push = |point: Point<'_>| {
            if point.totals.has_infinite_sum() {
                self.core.say_infinite(&entry.descriptor().name);
            }
            metric.push(&point);
        };
        match &entry.stream {
            Observed::Value(stream) => stream.collect(now, all_observed, &mut push),
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
