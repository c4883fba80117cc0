//! Collections at the moment somebody asks.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::Error;
use crate::diagnostics;
use crate::transport::Batch;

use super::reader_loop::Ask;

/// Collects metrics when it is asked: for tests, and for programs that export in a way of their own.
///
/// Clones share the reader: give one to the provider with [`Reader::manual`](super::Reader::manual) and keep the other.
///
/// Specification: "MetricReader", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#metricreader>.
///
/// ```
/// use std::time::Duration;
/// use opentelemetry::KeyValue;
/// use opentelemetry::metrics::MeterProvider as _;
/// use pilotlight_sdk::batch::{ManualReader, Reader};
/// use pilotlight_sdk::record::{MeterProvider, MetricsView};
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let reader = ManualReader::new();
/// let provider = MeterProvider::builder().with_reader(Reader::manual(&reader)).build()?;
///
/// let served = provider.meter("example").u64_counter("requests").build();
/// served.add(3, &[KeyValue::new("route", "/")]);
///
/// let batches = reader.collect(Duration::from_secs(5))?;
/// let (_, _, metric) = MetricsView::new(&batches[0].request).metrics().next().unwrap();
/// assert_eq!(metric.name(), "requests");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ManualReader {
    asks: Arc<OnceLock<mpsc::UnboundedSender<Ask>>>,
}

impl ManualReader {
    /// A reader without a provider yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Collects what there is to report, as encoded requests; none when there is nothing. Blocks for at most `timeout`; may be
    /// called from any thread but an observable's callback, inside and outside any runtime.
    ///
    /// A collection that is under way when time runs out is lost, which matters to delta readers alone; one that has
    /// not begun by then is not made.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`] when callbacks or another reader's took too long; [`Error::is_shut_down`] when the
    /// provider is shut down, or was never given this reader.
    pub fn collect(&self, timeout: Duration) -> Result<Vec<Batch>, Error> {
        let (answer, answered) = sync_channel(1);
        let _waiting = self.ask(move |batches| drop(answer.send(batches)))?;
        answered.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Disconnected => shut_down(),
            RecvTimeoutError::Timeout => {
                Error::timeout(format!("metrics were not collected within {timeout:?}; is a callback slow?"))
            }
        })
    }

    /// As [`collect`](Self::collect), without blocking the executor. Dropping the future does the
    /// same as running out of time there.
    ///
    /// # Errors
    ///
    /// [`Error::is_shut_down`], as there.
    pub async fn collect_async(&self) -> Result<Vec<Batch>, Error> {
        let (answer, answered) = oneshot::channel();
        let _waiting = self.ask(move |batches| drop(answer.send(batches)))?;
        answered.await.map_err(|_| shut_down())
    }

    /// Answers what to hold on to while waiting.
    fn ask(&self, answer: impl FnOnce(Vec<Batch>) + Send + 'static) -> Result<Arc<()>, Error> {
        let asks = self.asks.get().ok_or_else(|| {
            Error::shut_down("the manual reader has no provider: give it to one with Reader::manual")
        })?;
        let (ask, waiting) = Ask::new(answer);
        asks.send(ask).map(|()| waiting).map_err(|_| shut_down())
    }

    /// Has it ask its provider. The first one that it is given to stays.
    pub(super) fn connect(&self, asks: mpsc::UnboundedSender<Ask>) {
        if self.asks.set(asks).is_err() {
            diagnostics::warn("a manual reader was given to a second provider; it goes on reading the first");
        }
    }
}

#[cold]
fn shut_down() -> Error {
    Error::shut_down("the meter provider is shut down; there is nothing left to collect")
}

impl fmt::Debug for ManualReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualReader").field("is_connected", &self.asks.get().is_some()).finish()
    }
}
