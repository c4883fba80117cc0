//! How many spans were started and are open, for the metrics about Pilotlight itself.
//!
//! Each thread has counters of its own, which it alone writes: a count is a load, an addition and a store, and no two threads
//! ever write to one cache line. A span may end on another thread than it started on, so only the sums over all
//! threads mean something: started less ended is what is open. A thread that ends leaves its counts behind.
//!
//! Cost, where somebody collects it: 20 instructions a span, start and end together (callgrind); otherwise two branches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use opentelemetry::trace::SpanContext;

use crate::sync::{Mutex, lock};

use super::sampler::Decision;

/// Where a span's parent is, as `otel.span.parent.origin` names it.
pub(crate) const ORIGINS: [&str; 3] = ["none", "local", "remote"];

/// What the sampler decided, as `otel.span.sampling_result` names it; the order is that of [`Decision`].
pub(crate) const RESULTS: [&str; 3] = ["DROP", "RECORD_ONLY", "RECORD_AND_SAMPLE"];

/// A kind of start: the parent's origin and the sampler's decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start(usize);

impl Start {
    #[inline]
    pub(super) fn new(parent: &SpanContext, decision: Decision) -> Self {
        let origin = if parent.is_valid() { 1 + usize::from(parent.is_remote()) } else { 0 };
        Self(origin * RESULTS.len() + decision as usize)
    }
}

/// The counts of one provider.
#[derive(Debug)]
pub(crate) struct SpanCounts {
    /// Tells the providers of a process apart.
    id: u64,
    /// Held when a thread starts its first span or ends, and to add up; never while spans are counted.
    threads: Mutex<Vec<Arc<Cells>>>,
    /// What ended threads left behind, and what is counted where there is no thread's own: always with read-modify-write.
    rest: Cells,
}

/// One thread's counts. On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Cells {
    started: [AtomicU64; ORIGINS.len() * RESULTS.len()],
    /// By result. Release, so that who sees an end sees the start, which may have been another thread's.
    ended: [AtomicU64; RESULTS.len()],
}

/// What was counted, as one reading found it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanTotals {
    /// By origin, then by result.
    pub(crate) started: [[u64; RESULTS.len()]; ORIGINS.len()],
    /// By result: started and recorded, and not ended yet.
    pub(crate) live: [u64; RESULTS.len()],
}

impl SpanCounts {
    pub(super) fn new() -> Arc<Self> {
        static IDS: AtomicU64 = AtomicU64::new(0);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { id, threads: Mutex::new(Vec::new()), rest: Cells::default() })
    }

    /// The counts of all threads together.
    pub(crate) fn totals(&self) -> SpanTotals {
        let threads = lock(&self.threads);
        let cells = || threads.iter().map(|cells| &**cells).chain([&self.rest]);
        let (mut started, mut ended) = ([0; ORIGINS.len() * RESULTS.len()], [0; RESULTS.len()]);
        // Ends first, with Acquire: each start of theirs is then among the starts.
        cells().for_each(|cells| add_up(&mut ended, &cells.ended, Ordering::Acquire));
        cells().for_each(|cells| add_up(&mut started, &cells.started, Ordering::Relaxed));
        drop(threads);

        let mut totals = SpanTotals::default();
        for (i, count) in started.into_iter().enumerate() {
            let (origin, result) = (i / RESULTS.len(), i % RESULTS.len());
            totals.started[origin][result] = count;
            // A dropped span is never open.
            totals.live[result] += if result == Decision::Drop as usize { 0 } else { count };
        }
        for (live, ended) in totals.live.iter_mut().zip(ended) {
            *live -= ended;
        }
        totals
    }

    /// For spans that start where the thread has no counts of its own: it is ending.
    #[cold]
    pub(super) fn start_elsewhere(&self, start: Start) {
        self.rest.started[start.0].fetch_add(1, Ordering::Relaxed);
    }

    /// For spans that end where the thread has no counts of its own, or that nobody records.
    #[cold]
    pub(super) fn end_elsewhere(&self, decision: Decision) {
        self.rest.ended[decision as usize].fetch_add(1, Ordering::Release);
    }

    /// Keeps what an ending thread has counted.
    fn retire(&self, cells: &Arc<Cells>) {
        let mut threads = lock(&self.threads);
        threads.retain(|other| !Arc::ptr_eq(other, cells));
        for (rest, count) in self.rest.all().zip(cells.all()) {
            rest.fetch_add(count.load(Ordering::Relaxed), Ordering::Release);
        }
    }
}

impl Cells {
    fn all(&self) -> impl Iterator<Item = &AtomicU64> {
        self.started.iter().chain(&self.ended)
    }
}

fn add_up<const N: usize>(sums: &mut [u64; N], counts: &[AtomicU64; N], ordering: Ordering) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += count.load(ordering);
    }
}

/// The calling thread's own counts, of all providers that it starts or ends spans of.
#[derive(Debug)]
pub(super) struct ThreadSpanCounts {
    /// The provider counted last comes first: nearly always there is but one.
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    id: u64,
    /// Weak, so that a provider's memory does not wait for every thread to end.
    counts: Weak<SpanCounts>,
    cells: Arc<Cells>,
}

impl ThreadSpanCounts {
    pub(super) const fn new() -> Self {
        Self { known: Vec::new() }
    }

    #[inline]
    pub(super) fn start(&mut self, counts: &Arc<SpanCounts>, start: Start) {
        let count = &self.cells(counts).started[start.0];
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn end(&mut self, counts: &Arc<SpanCounts>, decision: Decision) {
        let count = &self.cells(counts).ended[decision as usize];
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    #[inline]
    fn cells(&mut self, counts: &Arc<SpanCounts>) -> &Cells {
        if self.known.first().is_none_or(|known| known.id != counts.id) {
            self.bring_to_front(counts);
        }
        &self.known[0].cells
    }

    #[cold]
    #[inline(never)]
    fn bring_to_front(&mut self, counts: &Arc<SpanCounts>) {
        let place = self.known.iter().position(|known| known.id == counts.id);
        let place = place.unwrap_or_else(|| {
            self.known.retain(|known| known.counts.strong_count() > 0);
            let cells = Arc::<Cells>::default();
            lock(&counts.threads).push(Arc::clone(&cells));
            self.known.push(Known { id: counts.id, counts: Arc::downgrade(counts), cells });
            self.known.len() - 1
        });
        self.known.swap(0, place);
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        if let Some(counts) = self.counts.upgrade() {
            counts.retire(&self.cells);
        }
    }
}
