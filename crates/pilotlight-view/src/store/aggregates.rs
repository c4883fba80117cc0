//! What is not rows: metrics, and what is observed of everything that comes.

use super::Kept;
use super::books::Books;
use super::metrics::{Inserted, Limits, MetricWindow};
use crate::receive::{Arrival, Compression, Data, Protocol, Signal};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Metrics and running observations, each behind a lock of its own.
#[derive(Debug)]
pub(crate) struct Aggregates {
    /// Held for a request's points, or for a question.
    metrics: RwLock<MetricWindow>,
    /// Held for a pass over a request, or for a question.
    books: Mutex<Books>,
}

impl Aggregates {
    /// Within so many bytes of memory.
    pub(crate) fn new(bytes_max: u64) -> Self {
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        let limits = Limits { bytes_max, series_max: Limits::SERIES_MAX };
        Self { metrics: RwLock::new(MetricWindow::new(limits)), books: Mutex::default() }
    }

    /// Takes what is its own of a request, which was so many bytes long without compression.
    pub(crate) fn add(&self, arrival: &Arrival, bytes: u64, data: &Data) -> Kept {
        self.books().note(arrival, bytes, data);
        let Data::Metrics(metrics) = data else {
            return Kept::default();
        };
        let Inserted { rejected, reason, .. } = self.write().insert(metrics, arrival.unix_nano);
        Kept { rejected, reason }
    }

    /// The same of a request that was read again from the file, which was received at this time, nanoseconds since 1970.
    pub(crate) fn add_stored(&self, unix_nano: u64, data: &Data) {
        let arrival = Arrival {
            unix_nano,
            port: 0,
            protocol: Protocol::File,
            compression: Compression::None,
            bytes: 0,
            user_agent: None,
        };
        // Whatever was rejected has been answered for when it came.
        let _ = self.add(&arrival, 0, data);
    }

    /// Lets go of what is of these signals. Observations are of all of them together, and go with the spans.
    pub(crate) fn clear(&self, signals: &[Signal]) {
        if signals.contains(&Signal::Metrics) {
            self.write().clear();
        }
        if signals.contains(&Signal::Traces) {
            *self.books() = Books::default();
        }
    }

    /// Metrics, to be read.
    pub(crate) fn metrics(&self) -> RwLockReadGuard<'_, MetricWindow> {
        self.metrics.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Observations, to be read.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, MetricWindow> {
        self.metrics.write().unwrap_or_else(PoisonError::into_inner)
    }
}
