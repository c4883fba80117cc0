//! What is not rows: metrics, and what is observed of everything that comes.

use super::Kept;
use super::books::Books;
use super::clearings::{Cleared, Clearings};
use super::disk::chunk::StoredChunk;
use super::metrics::{Inserted, Limits, MetricWindow};
use crate::receive::{Arrival, Compression, Data, Protocol, Signal};
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
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

    /// The same of requests that were read again from the file, newest first; nothing that is newer goes because of them. What was
    /// cleared since is left out. Answers whether there was room for all points.
    pub(super) fn add_older(&self, requests: &[StoredChunk], clearings: &Clearings, since: Cleared) -> bool {
        // In the order in which they came.
        for request in requests.iter().rev() {
            let mut books = self.books();
            if !clearings.rows_since(since) {
                books.note(&from_file(request.received), 0, &request.data);
            }
        }
        let mut of_metrics = requests.iter().filter_map(metrics).peekable();
        if of_metrics.peek().is_none() {
            return true;
        }
        let mut window = self.write();
        !clearings.metrics_since(since) && window.insert_older(of_metrics)
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

/// A request's metrics, and when they came.
fn metrics(request: &StoredChunk) -> Option<(&[ResourceMetrics], u64)> {
    match &request.data {
        Data::Metrics(metrics) => Some((metrics, request.received)),
        Data::Traces(_) | Data::Logs(_) => None,
    }
}

/// How a request came that was received at this time, nanoseconds since 1970, and has been read again.
fn from_file(unix_nano: u64) -> Arrival {
    Arrival {
        unix_nano,
        port: 0,
        protocol: Protocol::File,
        compression: Compression::None,
        bytes: 0,
        user_agent: None,
    }
}
