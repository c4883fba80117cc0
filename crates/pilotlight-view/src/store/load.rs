//! At the start: the newest of the file back into memory, in the background, newest first, until there is no room for more.

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
    let loading = Loading::new(newest.last_chunk + 1, total, inner.window.cleared());
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
    cleared: u64,
}

impl Loading {
    fn new(before: u64, total: u64, cleared: u64) -> Self {
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
        !self.wanted.is_empty() && inner.window.cleared() == self.cleared
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
        if !inner.aggregates.add_older(block) {
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
        let taken = segment.is_empty() || inner.window.add_older(segment, self.cleared);
        inner.posts.changed();
        taken
    }
}
