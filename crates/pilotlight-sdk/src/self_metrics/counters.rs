//! The counters of one exporter: how much was exported, and how much was lost for which reason.
//!
//! Every drop in this crate ends in one of these counters; [`Report`](crate::batch::Report) and the `otel.sdk.*` metrics show them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Why an item was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    QueueFull,
    /// A span or log record too large for any request.
    TooLarge,
    /// A data point too large for any request: it was collected for the exporter, and had no queue to be left out of.
    PointTooLarge,
    AfterShutdown,
    /// Still queued when shutdown gave up.
    LeftInQueue,
    RetriesExhausted,
    Refused,
    /// Given up with its batch by the shutdown.
    Shutdown,
}

const LOSSES: usize = Loss::Shutdown as usize + 1;

/// The counters of one exporter. Each is a sum, read after the work it counts was waited for, so they are relaxed, but for those
/// that [`inflight`](Self::inflight) compares.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Given to the exporter, whatever became of it.
    handed: AtomicU64,
    exported: AtomicU64,
    rejected: AtomicU64,
    lost: [AtomicU64; LOSSES],
    filtered: AtomicU64,
    panics: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl Counters {
    /// Before anything of it is counted as exported, rejected or lost.
    pub(crate) fn count_handed(&self, items: u64) {
        self.handed.fetch_add(items, Ordering::Relaxed);
    }

    /// Release: who sees the end of items sees that they were handed over.
    pub(crate) fn count_exported(&self, items: u64) {
        self.exported.fetch_add(items, Ordering::Release);
    }

    pub(crate) fn count_rejected(&self, items: u64) {
        self.rejected.fetch_add(items, Ordering::Release);
    }

    /// Answers how many were lost for this reason before.
    pub(crate) fn count_lost(&self, loss: Loss, items: u64) -> u64 {
        self.lost[loss as usize].fetch_add(items, Ordering::Release)
    }

    pub(crate) fn count_filtered(&self) {
        self.filtered.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers how many panics there have been, this one included.
    pub(crate) fn count_panic(&self) -> u64 {
        self.panics.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn note_error(&self, message: String) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
    }

    pub(crate) fn handed(&self) -> u64 {
        self.handed.load(Ordering::Relaxed)
    }

    pub(crate) fn exported(&self) -> u64 {
        self.exported.load(Ordering::Acquire)
    }

    pub(crate) fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Acquire)
    }

    pub(crate) fn lost(&self, loss: Loss) -> u64 {
        self.lost[loss as usize].load(Ordering::Acquire)
    }

    /// Given to the exporter, and no outcome yet.
    pub(crate) fn inflight(&self) -> u64 {
        let lost: u64 = Loss::IN_THE_EXPORTER.into_iter().map(|loss| self.lost(loss)).sum();
        let ended = self.exported() + self.rejected() + lost;
        // Read last: never less than what has ended of it.
        self.handed() - ended
    }

    pub(crate) fn filtered(&self) -> u64 {
        self.filtered.load(Ordering::Relaxed)
    }

    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Loss {
    /// What never reached the exporter.
    pub(crate) const BEFORE_THE_EXPORTER: [Self; 4] =
        [Self::QueueFull, Self::TooLarge, Self::AfterShutdown, Self::LeftInQueue];

    /// What the exporter was given.
    pub(crate) const IN_THE_EXPORTER: [Self; 4] =
        [Self::PointTooLarge, Self::RetriesExhausted, Self::Refused, Self::Shutdown];

    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::QueueFull => "queue full",
            Self::TooLarge | Self::PointTooLarge => "too large",
            Self::AfterShutdown => "recorded after shutdown",
            Self::RetriesExhausted => "retries exhausted",
            Self::Refused => "refused by the receiver",
            Self::LeftInQueue | Self::Shutdown => "not delivered before shutdown gave up",
        }
    }

    /// For `error.type`. The first two names are the conventions'.
    pub(crate) fn error_type(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::AfterShutdown => "already_shutdown",
            Self::TooLarge | Self::PointTooLarge => "too_large",
            Self::RetriesExhausted => "timeout",
            Self::Refused => "refused",
            Self::LeftInQueue | Self::Shutdown => "shutdown",
        }
    }
}
