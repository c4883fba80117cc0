//! How many log records were emitted, for the metrics about Pilotlight itself. Each thread counts for itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::LocalKey;

use crate::record::per_thread::{Counts, Own, PerThread};

/// The counts of one provider.
#[derive(Clone, Debug)]
pub(crate) struct LogCounts(Arc<PerThread<Created>>);

/// One thread's count. Relaxed: nothing else is read because of it.
#[derive(Debug, Default)]
struct Created(AtomicU64);

impl LogCounts {
    pub(super) fn new() -> Self {
        Self(PerThread::new())
    }

    #[inline]
    pub(super) fn count(&self) {
        self.0.count(Created::count, |rest| rest.add(1));
    }

    /// The counts of all threads together.
    pub(crate) fn created(&self) -> u64 {
        self.0.all().iter().map(|Created(count)| count.load(Ordering::Relaxed)).sum()
    }
}

impl Created {
    /// Only ever called by the one thread that writes.
    #[inline]
    fn count(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    #[cold]
    fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}

impl Counts for Created {
    fn of_thread() -> &'static LocalKey<Own<Self>> {
        thread_local! {
            static OWN: Own<Created> = const { Own::new() };
        }
        &OWN
    }

    fn adopt(&self, ended: &Self) {
        self.add(ended.0.load(Ordering::Relaxed));
    }
}
