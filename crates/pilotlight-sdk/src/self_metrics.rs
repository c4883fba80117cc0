//! What Pilotlight knows about itself: how much was exported, and how much was lost for which reason.
//!
//! Every drop in this crate ends in one of these counters; [`Report`](crate::batch::Report) shows them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Why an item was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    QueueFull,
    TooLarge,
    RetriesExhausted,
    Refused,
    Shutdown,
    AfterShutdown,
}

const LOSSES: usize = Loss::AfterShutdown as usize + 1;

/// The counters of one exporter. All are relaxed: each is a sum that nobody synchronises by, read after the work it counts was
/// waited for.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    exported: AtomicU64,
    rejected: AtomicU64,
    lost: [AtomicU64; LOSSES],
    filtered: AtomicU64,
    panics: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl Counters {
    pub(crate) fn count_exported(&self, items: u64) {
        self.exported.fetch_add(items, Ordering::Relaxed);
    }

    pub(crate) fn count_rejected(&self, items: u64) {
        self.rejected.fetch_add(items, Ordering::Relaxed);
    }

    /// Answers how many were lost for this reason before.
    pub(crate) fn count_lost(&self, loss: Loss, items: u64) -> u64 {
        self.lost[loss as usize].fetch_add(items, Ordering::Relaxed)
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

    pub(crate) fn exported(&self) -> u64 {
        self.exported.load(Ordering::Relaxed)
    }

    pub(crate) fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    pub(crate) fn lost(&self, loss: Loss) -> u64 {
        self.lost[loss as usize].load(Ordering::Relaxed)
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
    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::QueueFull => "queue full",
            Self::TooLarge => "too large",
            Self::RetriesExhausted => "retries exhausted",
            Self::Refused => "refused by the receiver",
            Self::Shutdown => "not delivered before shutdown gave up",
            Self::AfterShutdown => "ended after shutdown",
        }
    }
}
