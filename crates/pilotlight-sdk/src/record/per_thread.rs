//! Counts that each thread has for itself.
//!
//! A thread alone writes to its own, so a count is a load, an addition and a store, and no two threads ever write to one
//! cache line; only the sums over all threads mean something. A thread that ends leaves its counts behind.

use std::cell::{OnceCell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::LocalKey;

use crate::sync::{Mutex, MutexGuard, lock};

/// What one thread counts for one provider.
pub(super) trait Counts: Default + Sized + 'static {
    /// Where each thread keeps its own of these.
    fn of_thread() -> &'static LocalKey<Own<Self>>;

    /// Takes over what a thread that ends has counted. Others may do so at the same time.
    fn adopt(&self, ended: &Self);
}

/// The counts of all threads, for one provider.
#[derive(Debug)]
pub(super) struct PerThread<C: Counts> {
    /// Tells the providers of a process apart.
    id: u64,
    /// Held when a thread first counts or ends, and to add up; never while something is counted.
    threads: Mutex<Vec<Arc<Cells<C>>>>,
    /// What ended threads left behind, and what is counted where there is no thread's own: always with read-modify-write.
    rest: C,
}

/// On cache lines of its own.
#[derive(Debug)]
#[repr(align(64))]
struct Cells<C> {
    /// The id of the provider.
    of: u64,
    counts: C,
}

impl<C: Counts> PerThread<C> {
    pub(super) fn new() -> Arc<Self> {
        static IDS: AtomicU64 = AtomicU64::new(0);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { id, threads: Mutex::new(Vec::new()), rest: C::default() })
    }

    /// Calls `own` with the calling thread's counts, which it alone writes to; or `elsewhere` with those of no thread, where
    /// the thread has none any more: it is ending.
    #[inline]
    pub(super) fn count(self: &Arc<Self>, own: impl FnOnce(&C), elsewhere: impl FnOnce(&C)) {
        let counted = C::of_thread().try_with(|thread| match thread.first.get() {
            Some(known) if known.cells.of == self.id => own(&known.cells.counts),
            _ => thread.with_other(self, own),
        });
        if counted.is_err() {
            elsewhere(&self.rest);
        }
    }

    /// The counts of no thread, which many may write to.
    pub(super) fn rest(&self) -> &C {
        &self.rest
    }

    /// Everybody's counts, for adding up.
    pub(super) fn all(&self) -> All<'_, C> {
        All { threads: lock(&self.threads), rest: &self.rest }
    }

    /// Keeps what an ending thread has counted.
    fn retire(&self, cells: &Arc<Cells<C>>) {
        let mut threads = lock(&self.threads);
        threads.retain(|other| !Arc::ptr_eq(other, cells));
        self.rest.adopt(&cells.counts);
    }
}

/// Everybody's counts. While it is held no thread comes or goes.
pub(super) struct All<'a, C> {
    threads: MutexGuard<'a, Vec<Arc<Cells<C>>>>,
    rest: &'a C,
}

impl<C> All<'_, C> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &C> {
        self.threads.iter().map(|cells| &cells.counts).chain([self.rest])
    }
}

/// The calling thread's own counts, for all providers that it counts something for.
#[derive(Debug)]
pub(super) struct Own<C: Counts> {
    /// Nearly always there is but one provider, and it is found here without a search.
    first: OnceCell<Known<C>>,
    others: RefCell<Vec<Known<C>>>,
}

#[derive(Debug)]
struct Known<C: Counts> {
    cells: Arc<Cells<C>>,
    /// Weak, so that a provider's memory does not wait for every thread to end.
    of: Weak<PerThread<C>>,
}

impl<C: Counts> Own<C> {
    pub(super) const fn new() -> Self {
        Self { first: OnceCell::new(), others: RefCell::new(Vec::new()) }
    }

    #[cold]
    #[inline(never)]
    fn with_other(&self, provider: &Arc<PerThread<C>>, count: impl FnOnce(&C)) {
        if self.first.get().is_none() {
            return count(&self.first.get_or_init(|| Known::new(provider)).cells.counts);
        }
        let mut others = self.others.borrow_mut();
        let place = others.iter().position(|known| known.cells.of == provider.id);
        let place = place.unwrap_or_else(|| {
            others.retain(|known| known.of.strong_count() > 0);
            others.push(Known::new(provider));
            others.len() - 1
        });
        count(&others[place].cells.counts);
    }
}

impl<C: Counts> Known<C> {
    fn new(provider: &Arc<PerThread<C>>) -> Self {
        let cells = Arc::new(Cells { of: provider.id, counts: C::default() });
        lock(&provider.threads).push(Arc::clone(&cells));
        Self { cells, of: Arc::downgrade(provider) }
    }
}

impl<C: Counts> Drop for Known<C> {
    fn drop(&mut self) {
        if let Some(provider) = self.of.upgrade() {
            provider.retire(&self.cells);
        }
    }
}
