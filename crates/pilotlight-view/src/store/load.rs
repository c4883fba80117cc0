//! At the start: the newest of the file back into memory, in the background, newest first, until there is no room for more.

use super::clearings::{Cleared, Clearings};
use super::disk::chunk::{Outline, StoredChunk};
use super::disk::{Order, Wish};
use super::window::insert::Wanted;
use super::window::segment::Segment;
use super::window::{self, Addition, TimeRange};
use super::{Error, Inner};
use crate::receive::Signal;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

/// How much of the file is read at once at most, in bytes of uncompressed requests: what comes meanwhile waits for one such read.
const BLOCK_BYTES_MAX: u64 = 4 << 20;
/// What counts as all of it.
const MILLION: u64 = 1_000_000;

/// Begins it. It ends by itself when the store is gone.
pub(super) fn begin(inner: &Arc<Inner>) -> Result<(), Error> {
    let partitions = inner.disk.partitions();
    let total: u64 =
        partitions.iter().map(|partition| partition.spans + partition.logs + partition.points).sum();
    let Some(newest) = partitions.last() else {
        inner.loaded.store(MILLION, Ordering::Relaxed);
        return Ok(());
    };
    let loading = Loading::new(newest.last_chunk + 1, total, inner.clearings.so_far());
    let inner = Arc::downgrade(inner);
    let thread = std::thread::Builder::new().name("pilotlight-load".to_owned());
    let started = thread.spawn(move || loading.run(&inner));
    started.map(|_| ()).map_err(|error| Error {
        message: format!("Cannot begin to read the file back: {error}. Free some memory and try again."),
    })
}

struct Loading {
    /// The oldest request that was read, and where to go on.
    before: u64,
    /// Spans, records and points in the file.
    total: u64,
    /// Those of them that were read.
    read: u64,
    /// Filled before it is put into the window.
    segment: Segment,
    /// What there may be room for: rows in the window, points among the metrics.
    wanted: Vec<Signal>,
    /// How often the store had been cleared when this began.
    cleared: Cleared,
}

impl Loading {
    fn new(before: u64, total: u64, cleared: Cleared) -> Self {
        let wanted = vec![Signal::Traces, Signal::Metrics, Signal::Logs];
        Self { before, total, read: 0, segment: Segment::new(), wanted, cleared }
    }

    /// A block at a time; the store is not held in between.
    fn run(mut self, inner: &Weak<Inner>) {
        while let Some(inner) = inner.upgrade() {
            if !self.step(&inner) {
                inner.loaded.store(MILLION, Ordering::Relaxed);
                inner.posts.changed();
                return;
            }
            let loaded = (self.read * MILLION).checked_div(self.total).unwrap_or(MILLION);
            inner.loaded.store(loaded.min(MILLION), Ordering::Relaxed);
        }
    }

    /// Whether there may be more.
    fn step(&mut self, inner: &Inner) -> bool {
        let block = self.next_block(inner);
        let Some(oldest) = block.last() else {
            self.hand_over(inner);
            return false;
        };
        self.before = oldest.id;
        self.add(inner, &block);
        self.leave_cleared(&inner.clearings);
        !self.wanted.is_empty()
    }

    /// What was cleared is not read any further; the other signals are.
    fn leave_cleared(&mut self, clearings: &Clearings) {
        if clearings.rows_since(self.cleared) {
            // Where not all of it is cleared, the rest is found in the file, as what is older.
            self.segment = Segment::new();
            self.wanted.retain(|signal| *signal == Signal::Metrics);
        }
        if clearings.metrics_since(self.cleared) {
            self.wanted.retain(|signal| *signal != Signal::Metrics);
        }
    }

    /// Newest first.
    fn next_block(&self, inner: &Inner) -> Vec<StoredChunk> {
        let order = Order::Before(self.before);
        // Requests take about as much memory as they have bytes: a block must not be more than a segment.
        let bytes_max = (inner.window.segment_bytes() / 2).min(BLOCK_BYTES_MAX);
        inner.disk.chunks(Wish { signals: &self.wanted, range: TimeRange::ALL, order, bytes_max })
    }

    fn add(&mut self, inner: &Inner, block: &[StoredChunk]) {
        self.read += block.iter().map(|chunk| Outline::of(&chunk.data, chunk.received).items).sum::<u64>();
        if !inner.aggregates.add_older(block, &inner.clearings, self.cleared) {
            self.wanted.retain(|signal| *signal != Signal::Metrics);
        }
        let rows = block.iter().filter(|chunk| chunk.data.signal() != Signal::Metrics);
        // Within a block in the order in which they came.
        for StoredChunk { id, received, data } in rows.rev() {
            let addition = Addition { chunk: *id, arrival: "", received: *received, data };
            window::add(&mut self.segment, &[], addition, Wanted::All);
        }
        let is_full = self.segment.bytes() as u64 >= inner.window.segment_bytes();
        if is_full && !self.hand_over(inner) {
            self.wanted.retain(|signal| *signal == Signal::Metrics);
        }
    }

    /// Whether it was taken: there is room, and nobody has cleared the store.
    fn hand_over(&mut self, inner: &Inner) -> bool {
        let segment = std::mem::replace(&mut self.segment, Segment::new());
        let is_current = || !inner.clearings.rows_since(self.cleared);
        let taken = segment.is_empty() || inner.window.add_older(segment, is_current);
        inner.posts.changed();
        taken
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::receive::{Arrival, Compression, Data, Protocol, Received};
    use crate::store::metrics::testing::{gauge, metric, number, request};
    use crate::store::{Options, Store};

    /// A point of each of so many series, at a second since 1970.
    async fn keep_points(store: &Store, series: u64, time: u64) {
        let arrival = Arrival {
            unix_nano: u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()).unwrap(),
            port: 4318,
            protocol: Protocol::HttpProtobuf,
            compression: Compression::None,
            bytes: 0,
            user_agent: None,
        };
        let points = (0..series).map(|i| number(&[("id", &i.to_string())], 0, time, 1.0));
        let mut data = Data::Metrics(request("shop", vec![metric("m", "1", gauge(points.collect()))]));
        let encoded = data.encode().into();
        store.keep(Received { arrival, data, encoded }).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_cleared_while_it_is_read_does_not_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { db: Some(folder.path().join("telemetry.db")), ..Options::default() };
        let store = Store::open(options).unwrap();
        keep_points(&store, 1, 1).await;
        let mut loading = Loading::new(u64::MAX, 1, store.inner.clearings.so_far());
        let block = loading.next_block(&store.inner);
        assert_eq!(block.len(), 1);
        store.clear(&[]);
        loading.add(&store.inner, &block);
        assert_eq!(store.aggregates().metrics().points(), 0);
        assert_eq!(store.aggregates().books().requests.metrics, None);
        assert!(!loading.step(&store.inner));
    }

    #[tokio::test]
    async fn metrics_are_read_on_while_log_records_are_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { db: Some(folder.path().join("telemetry.db")), ..Options::default() };
        let store = Store::open(options).unwrap();
        keep_points(&store, 1, 1).await;
        let mut loading = Loading::new(u64::MAX, 1, store.inner.clearings.so_far());
        store.aggregates().clear(&[Signal::Metrics]);
        store.clear(&[Signal::Logs]);
        assert!(loading.step(&store.inner));
        assert_eq!(store.aggregates().metrics().points(), 1);
        assert_eq!(loading.wanted, [Signal::Metrics]);
    }
}
