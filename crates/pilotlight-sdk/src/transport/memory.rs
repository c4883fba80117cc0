//! Keeps batches in memory, for tests.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::exported_log::ExportedLog;
use super::exported_metric::ExportedMetric;
use super::exported_span::ExportedSpan;
use super::exporter::{Batch, BoxFuture, ExportError, Exporter, Receipt};
use super::text_logs::TextLogs;
use super::text_metrics::text_metrics;
use super::tree::text_tree;

/// An exporter that keeps every batch it is given, so that a test can look at what was exported.
///
/// Clones share their memory: give one to the pipeline and keep the other. There is no bound; a long-running program
/// has no use for it.
///
/// ```
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// let exporter = InMemoryExporter::default();
/// let for_the_pipeline = exporter.clone();
/// // … the pipeline exports …
/// assert!(exporter.spans().is_empty() && exporter.metrics().is_empty());
/// # drop(for_the_pipeline);
/// ```
#[derive(Clone, Default)]
pub struct InMemoryExporter {
    state: Arc<Mutex<State>>,
}

type Failure = Box<dyn Fn() -> ExportError + Send>;

#[derive(Default)]
struct State {
    batches: Vec<Batch>,
    /// How often each still fails, first come first served.
    failures: VecDeque<(usize, Failure)>,
}

impl InMemoryExporter {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The spans delivered so far, oldest first.
    pub fn spans(&self) -> Vec<ExportedSpan> {
        self.batches().iter().flat_map(ExportedSpan::all).collect()
    }

    /// The spans delivered so far as a text tree ([`text_tree`](super::text_tree)), to compare with the expected one. Choose what
    /// is drawn with [`TextTree`](super::TextTree).
    pub fn tree(&self) -> String {
        text_tree(&self.spans())
    }

    /// The metrics delivered so far, oldest first.
    pub fn metrics(&self) -> Vec<ExportedMetric> {
        self.batches().iter().flat_map(ExportedMetric::all).collect()
    }

    /// The metrics delivered so far as text ([`text_metrics`](super::text_metrics())), to compare with the expected one. Choose
    /// what is drawn with [`TextMetrics`](super::TextMetrics).
    pub fn text_metrics(&self) -> String {
        text_metrics(&self.metrics())
    }

    /// The log records delivered so far, oldest first.
    pub fn logs(&self) -> Vec<ExportedLog> {
        self.batches().iter().flat_map(ExportedLog::all).collect()
    }

    /// The log records delivered so far as text, to compare with the expected one: [`TextLogs`](super::TextLogs) with nothing
    /// left out, and with the names of those spans that were delivered here too.
    pub fn text_logs(&self) -> String {
        TextLogs::new().spans(&self.spans()).draw(&self.logs())
    }

    /// The batches delivered so far, oldest first. Batches that were made to fail are not among them.
    pub fn batches(&self) -> Vec<Batch> {
        self.lock().batches.clone()
    }

    /// How many spans (or data points, or log records) were delivered so far.
    pub fn items(&self) -> usize {
        self.lock().batches.iter().map(|batch| batch.items).sum()
    }

    /// Forgets what was delivered.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut self.lock().batches);
        drop(forgotten);
    }

    /// Makes the next `attempts` exports fail with what `failure` returns. Several calls line up.
    ///
    /// `failure` runs while the exporter is locked, so it must not call it.
    pub fn fail_next(&self, attempts: usize, failure: impl Fn() -> ExportError + Send + 'static) {
        if attempts > 0 {
            self.lock().failures.push_back((attempts, Box::new(failure)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in a test's own failure leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_failure(&mut self) -> Option<ExportError> {
        let (left, failure) = self.failures.front_mut()?;
        let error = failure();
        *left -= 1;
        if *left == 0 {
            self.failures.pop_front();
        }
        Some(error)
    }
}

impl Exporter for InMemoryExporter {
    fn component_type(&self) -> &'static str {
        "in_memory_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            let mut state = self.lock();
            if let Some(error) = state.next_failure() {
                return Err(error);
            }
            state.batches.push(batch);
            Ok(Receipt::default())
        })
    }
}

impl fmt::Debug for InMemoryExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryExporter")
            .field("batches", &self.lock().batches.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::transport::Signal;

    async fn export(exporter: &InMemoryExporter, items: usize) -> Result<Receipt, ExportError> {
        exporter.export(Batch { signal: Signal::Traces, items, request: Bytes::from_static(b"x") }).await
    }

    #[tokio::test]
    async fn clones_share_what_was_delivered_until_it_is_cleared() {
        let exporter = InMemoryExporter::default();
        export(&exporter.clone(), 2).await.unwrap();
        export(&exporter.clone(), 3).await.unwrap();
        assert_eq!((exporter.batches().len(), exporter.items()), (2, 5));
        exporter.clear();
        assert!(exporter.batches().is_empty());
    }

    #[tokio::test]
    async fn it_fails_as_often_as_it_was_told_to_and_then_delivers() {
        let exporter = InMemoryExporter::default();
        exporter.fail_next(1, || ExportError::transient("down"));
        exporter.fail_next(1, || ExportError::permanent("gone"));
        assert!(export(&exporter, 1).await.unwrap_err().is_retryable());
        assert!(!export(&exporter, 1).await.unwrap_err().is_retryable());
        export(&exporter, 1).await.unwrap();
        assert_eq!(exporter.items(), 1);
    }
}
