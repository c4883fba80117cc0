//! What the exporter thread hands to a transport, and what it hears back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

/// A boxed future, for traits that are used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The kind of telemetry a batch carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// Spans.
    Traces,
    /// Metrics.
    Metrics,
}

impl Signal {
    /// What its items are called.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Metrics => "data points",
        }
    }
}

/// One request's worth of telemetry, already encoded.
///
/// `request` holds a complete OTLP `Export…ServiceRequest` protobuf message: OTLP transports send it as it is, and
/// every other exporter reads it through a view ([`TracesView`](crate::record::TracesView),
/// [`MetricsView`](crate::record::MetricsView)). Cloning is cheap, so that
/// a retry costs no copy.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What the batch carries.
    pub signal: Signal,
    /// How many spans (or data points, or log records) are in it.
    pub items: usize,
    /// The encoded request.
    pub request: Bytes,
}

/// What a receiver that took a batch said about it.
///
/// Implements the partial success of the OTLP specification ("Partial Success"): a batch that was accepted in part is
/// done, and never sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// How many items the receiver refused.
    pub rejected: u64,
    /// Why, or a warning when nothing was rejected.
    pub message: Option<String>,
}

/// Sends batches somewhere.
///
/// Runs on the exporter thread, inside its runtime, one batch at a time, with telemetry suppressed. Each call is
/// one attempt: retrying, waiting and counting are the caller's, so they exist once for all transports.
pub trait Exporter: Send + Sync + 'static {
    /// The value of `otel.component.type`, for example `otlp_grpc_span_exporter`.
    fn component_type(&self) -> &'static str;

    /// The largest request the exporter takes, in bytes before compression; larger ones are never made. Default: no limit.
    fn request_bytes_max(&self) -> usize {
        usize::MAX
    }

    /// Makes one attempt to deliver `batch`.
    ///
    /// Dropping the future abandons the attempt; that is how time-outs and shutdown cancel it.
    ///
    /// # Errors
    ///
    /// [`ExportError`] says whether trying again may help and when.
    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>>;

    /// Delivers what the exporter itself holds back. Most hold nothing.
    fn force_flush(&self) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(async { Ok(()) })
    }

    /// Releases what the exporter holds. No call follows.
    fn shutdown(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl Exporter for Box<dyn Exporter> {
    fn component_type(&self) -> &'static str {
        (**self).component_type()
    }

    fn request_bytes_max(&self) -> usize {
        (**self).request_bytes_max()
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        (**self).export(batch)
    }

    fn force_flush(&self) -> BoxFuture<'_, Result<(), ExportError>> {
        (**self).force_flush()
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        (**self).shutdown()
    }
}

/// Why an attempt to export failed.
///
/// The message says what failed, on what, and what to try; the cause, when there is one, is its
/// [`source`](std::error::Error::source).
pub struct ExportError {
    retry: Retry,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Whether another attempt may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    Never,
    Later(Option<Duration>),
}

impl ExportError {
    /// The receiver, or the request itself, will not do better next time.
    #[cold]
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { retry: Retry::Never, message: message.into(), source: None }
    }

    /// Another attempt may succeed.
    #[cold]
    pub fn transient(message: impl Into<String>) -> Self {
        Self { retry: Retry::Later(None), message: message.into(), source: None }
    }

    /// The receiver asked to wait before the next attempt (`RetryInfo`, `Retry-After`).
    #[cold]
    pub fn throttled(message: impl Into<String>, after: Duration) -> Self {
        Self { retry: Retry::Later(Some(after)), message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether another attempt may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self.retry, Retry::Later(_))
    }

    /// How long the receiver asked to wait, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.retry {
            Retry::Later(after) => after,
            Retry::Never => None,
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportError")
            .field("message", &self.message)
            .field("retry", &self.retry)
            .field("source", &self.source)
            .finish()
    }
}

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
