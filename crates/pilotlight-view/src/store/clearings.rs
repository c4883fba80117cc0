//! How often the store was cleared: what is read from the file meanwhile must not come back.

use crate::receive::Signal;
use std::sync::atomic::{AtomicU64, Ordering};

/// Raised before anything in memory is let go of, and looked at under the lock of what something that was read from the file is added to:
/// it is there before the clearing of that, or is not added. Relaxed: the locks order it.
#[derive(Debug, Default)]
pub(super) struct Clearings {
    rows: AtomicU64,
    metrics: AtomicU64,
}

/// How often it had been until some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cleared {
    rows: u64,
    metrics: u64,
}

impl Clearings {
    /// Everything of these signals is about to go.
    pub(super) fn add(&self, signals: &[Signal]) {
        if signals.contains(&Signal::Metrics) {
            self.metrics.fetch_add(1, Ordering::Relaxed);
        }
        if signals.iter().any(|signal| *signal != Signal::Metrics) {
            self.rows.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn so_far(&self) -> Cleared {
        Cleared { rows: self.rows.load(Ordering::Relaxed), metrics: self.metrics.load(Ordering::Relaxed) }
    }

    /// Whether spans or log records were cleared after that.
    pub(super) fn rows_since(&self, then: Cleared) -> bool {
        self.so_far().rows != then.rows
    }

    /// Whether metrics were cleared after that.
    pub(super) fn metrics_since(&self, then: Cleared) -> bool {
        self.so_far().metrics != then.metrics
    }
}
