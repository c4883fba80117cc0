//! What the exporter thread hands to a transport, and what it hears back.

use std::borrow::Cow;
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
    /// Log records.
    Logs,
}

impl Signal {
    /// What its items are called.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Metrics => "data points",
            Self::Logs => "log records",
        }
    }
}

/// One request's worth of telemetry, already encoded.
///
/// `request` holds a complete OTLP `Export…ServiceRequest` protobuf message: OTLP transports send it as it is, and
/// every other exporter reads it through a view ([`TracesView`](crate::record::TracesView),
/// [`MetricsView`](crate::record::MetricsView), [`LogsView`](crate::record::LogsView)). Cloning is cheap, so that
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
    /// How the receiver's protocol says that it took the batch, where it says so.
    pub answer: Option<Answer>,
}

/// A receiver's answer, in the numbers of its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// An HTTP status code.
    Http(u16),
    /// A gRPC status code.
    Grpc(u32),
}

/// What gRPC calls the code. Receivers may send any number; those that mean nothing are UNKNOWN, as gRPC asks.
pub(crate) fn grpc_code_name(code: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(code as usize).copied().unwrap_or("UNKNOWN")
}

/// Sends batches somewhere.
///
/// Runs on the exporter thread, inside its runtime, one batch at a time, with telemetry suppressed. Each call is
/// one attempt: retrying, waiting and counting are the caller's, so they exist once for all transports.
pub trait Exporter: Send + Sync + 'static {
    /// The value of `otel.component.type`, for example `otlp_grpc_span_exporter`.
    fn component_type(&self) -> &'static str;

    /// The host and port that it sends to, for `server.address` and `server.port`. Default: nowhere in particular.
    fn server(&self) -> Option<(String, u16)> {
        None
    }

    /// Whether what it exports stays on this machine. Such an exporter is also given what Pilotlight has to say about its
    /// exports, which would make telemetry of telemetry elsewhere. Default: no.
    fn is_local(&self) -> bool {
        false
    }

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

    fn server(&self) -> Option<(String, u16)> {
        (**self).server()
    }

    fn is_local(&self) -> bool {
        (**self).is_local()
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
    answer: Option<Answer>,
    error_type: Option<&'static str>,
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
        Self::new(Retry::Never, message.into())
    }

    /// Another attempt may succeed.
    #[cold]
    pub fn transient(message: impl Into<String>) -> Self {
        Self::new(Retry::Later(None), message.into())
    }

    /// The receiver asked to wait before the next attempt (`RetryInfo`, `Retry-After`).
    #[cold]
    pub fn throttled(message: impl Into<String>, after: Duration) -> Self {
        Self::new(Retry::Later(Some(after)), message.into())
    }

    fn new(retry: Retry, message: String) -> Self {
        Self { retry, message, answer: None, error_type: None, source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Notes what the receiver answered.
    #[must_use]
    pub fn answered(mut self, answer: Answer) -> Self {
        self.answer = Some(answer);
        self
    }

    /// Names the kind of error, for `error.type`: a word of few.
    #[must_use]
    pub fn of_type(mut self, error_type: &'static str) -> Self {
        self.error_type = Some(error_type);
        self
    }

    /// What the receiver answered, if it did.
    pub fn answer(&self) -> Option<Answer> {
        self.answer
    }

    /// The kind of error: what it was named, or else the receiver's answer, or else `_OTHER`.
    pub fn error_type(&self) -> Cow<'static, str> {
        match (self.error_type, self.answer) {
            (Some(error_type), _) => error_type.into(),
            (None, Some(Answer::Http(status))) => status.to_string().into(),
            (None, Some(Answer::Grpc(code))) => grpc_code_name(code).into(),
            (None, None) => "_OTHER".into(),
        }
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
            .field("answer", &self.answer)
            .field("error_type", &self.error_type)
            .field("source", &self.source)
            .finish()
    }
}

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
