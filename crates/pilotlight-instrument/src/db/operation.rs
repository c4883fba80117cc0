//! One operation: the context it runs in, the span and the measurement, which end exactly once, at the same moment and with the
//! same `error.type`.
//!
//! ```text
//!  begin ─▶ run … ─▶ returned_rows ─▶ end     all is well
//!    │       │           └─▶ failed ─▶ end    error.type, status code
//!    │       └─▶ panicked                     panic, with an exception event that keeps its message to itself
//!    └─▶ (dropped)                            event cancelled
//! ```

use super::around::{Around, ByError};
use super::client::Client;
use super::error::DbError;
use super::instruments::Instruments;
use super::outcome::Outcome;
use super::statement::Statement;
use crate::telemetry::outcome::{PANIC, run_in};
use crate::telemetry::recorded::Recorded;
use crate::thread;
use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, KeyValue, StringValue};
use std::cell::LazyCell;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Instant;

/// An operation that has begun: its span, which is the current one in whatever [runs](Operation::run) in it or is put
/// [around](Operation::around) it, and its measurement.
///
/// Both end with [`end`](Operation::end), with the future that was put around, or when this is dropped, which means that whoever
/// called has lost interest.
#[must_use = "an operation that is dropped at once was cancelled"]
pub struct Operation {
    client: Client,
    recorded: Recorded,
    /// Nobody wants to know more: it was filtered out, is neither sampled nor measured, or has ended.
    closed: bool,
    measured: Option<Measured>,
    rows: Option<u64>,
    status_code: Option<StringValue>,
}

struct Measured {
    began: Instant,
    statement: Arc<Statement>,
}

impl Operation {
    pub(super) fn begin(client: &Client, statement: impl FnOnce() -> Arc<Statement>) -> Self {
        let mut operation = Self::unrecorded(client);
        if !operation.recorded.context.is_telemetry_suppressed() {
            operation.start(statement);
        }
        operation
    }

    /// One that nobody is told of.
    pub(super) fn unrecorded(client: &Client) -> Self {
        Self {
            client: client.clone(),
            recorded: Recorded::outside(thread::current()),
            closed: true,
            measured: None,
            rows: None,
            status_code: None,
        }
    }

    fn start(&mut self, statement: impl FnOnce() -> Arc<Statement>) {
        let options = self.client.options();
        let measured = options.meter.instruments().is_some();
        // Not read at all while nobody listens.
        let statement = LazyCell::new(statement);
        let started = options.tracer.start(SpanKind::Client, || statement.span(), &self.recorded.context);
        (self.recorded.context, self.recorded.recording) = (started.context, started.recording);
        // As long as the span: reading the statement is not part of it.
        self.measured =
            measured.then(|| Measured { statement: Arc::clone(&statement), began: Instant::now() });
        self.closed = !self.recorded.recording && self.measured.is_none();
    }

    /// The context that the operation runs in, with its span. Of an operation that is not recorded, the context around it.
    pub fn context(&self) -> &Context {
        &self.recorded.context
    }

    /// The span, if it wants to know more.
    #[cfg(feature = "diesel")]
    pub(super) fn span(&self) -> Option<opentelemetry::trace::SpanRef<'_>> {
        self.recorded.span()
    }

    /// Runs a piece of the operation with the span as the current one.
    ///
    /// # Panics
    /// When `work` does: the panic ends the operation and goes on its way.
    pub fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        run_in(&self.recorded.context, work).unwrap_or_else(|payload| {
            self.panicked();
            resume_unwind(payload)
        })
    }

    /// So many rows have been returned, in all. May be said again while there are more of them; the last word counts.
    pub fn returned_rows(&mut self, rows: u64) {
        self.rows = Some(rows);
    }

    /// The operation failed with this error, if that [is a failure](DbError::is_failure). The first one counts.
    pub fn failed<E: DbError + ?Sized>(&mut self, error: &E) {
        if self.closed || self.recorded.has_failed() || !error.is_failure() {
            return;
        }
        if let Some(code) = error.status_code() {
            if let Some(span) = self.recorded.span() {
                span.set_attribute(KeyValue::new("db.response.status_code", code.clone()));
            }
            self.status_code = Some(code);
        }
        // Without a description: the messages of databases hold values.
        self.recorded.fail(error.error_type(), "");
    }

    /// Takes note of how it went.
    pub fn ended_as(mut self, outcome: &Outcome) {
        if let Some(rows) = outcome.rows {
            self.returned_rows(rows);
        }
        if let Some(failure) = &outcome.failure {
            self.failed(failure);
        }
        self.finish();
    }

    /// Ends the operation at this moment.
    pub fn end(mut self) {
        self.finish();
    }

    /// Runs `work` as the operation: in its span, which ends with it. What is an `Err` is a failure. Dropped before it is ready, it
    /// was cancelled.
    pub fn around<F, T, E>(self, work: F) -> Around<F, ByError>
    where
        F: Future<Output = Result<T, E>>,
        E: DbError,
    {
        Around::new(work, self, ByError)
    }

    /// The same for an error that is not known here, and for rows: `judge` tells what came of it.
    pub fn around_with<F, J>(self, work: F, judge: J) -> Around<F, J>
    where
        F: Future,
        J: FnOnce(&F::Output) -> Outcome,
    {
        Around::new(work, self, judge)
    }

    fn panicked(&mut self) {
        if !self.closed {
            // An error that somebody unwrapped is in the panic's message, and what the database said in that.
            self.recorded.panicked_in_secret("the database client panicked");
            self.finish();
        }
    }

    fn finish(&mut self) {
        if self.closed {
            return;
        }
        self.closed = true;
        if let (Some(rows), Some(span)) = (self.rows, self.recorded.span()) {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            span.set_attribute(KeyValue::new("db.response.returned_rows", rows));
        }
        self.measure();
        self.recorded.end();
    }

    /// Records with the span as the current one, for that is whose trace an exemplar names.
    fn measure(&mut self) {
        let options = self.client.options();
        let (Some(measured), Some(instruments)) = (self.measured.take(), options.meter.instruments()) else {
            return;
        };
        let _current = thread::attach(&self.recorded.context);
        let failure = self.recorded.take_error_type();
        let rows = self.rows.filter(|_| options.returned_rows);
        let seconds = measured.began.elapsed().as_secs_f64();
        let attributes = measured.statement.measured();
        match failure {
            None => record(instruments, seconds, rows, attributes),
            Some(error_type) => {
                let mut attributes = attributes.to_vec();
                attributes.push(KeyValue::new("error.type", error_type));
                let code = self.status_code.take();
                attributes.extend(code.map(|code| KeyValue::new("db.response.status_code", code)));
                record(instruments, seconds, rows, &attributes);
            }
        }
    }

    /// Dropped early: by a caller who has lost interest, or by a time limit.
    fn abandoned(&mut self) {
        if std::thread::panicking() {
            self.recorded.fail(PANIC.into(), "a panic outside the database client dropped the operation");
        } else {
            let as_error = self.client.options().cancellation_is_error.then_some("cancelled");
            self.recorded.interrupted("cancelled", as_error, "the operation was dropped before its end");
        }
        self.finish();
    }
}

fn record(instruments: &Instruments, seconds: f64, rows: Option<u64>, attributes: &[KeyValue]) {
    instruments.duration.record(seconds, attributes);
    if let Some(rows) = rows {
        instruments.returned_rows.record(rows, attributes);
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.closed {
            self.abandoned();
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Operation").field("client", &self.client).finish_non_exhaustive()
    }
}
