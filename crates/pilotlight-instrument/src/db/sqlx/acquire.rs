//! Waiting for a connection: always measured, and a span of its own where it was noticeable.

use super::Database;
use super::pool_connection::PoolConnection;
use super::shared::Shared;
use crate::db::DbError;
use crate::db::pool::{Use, Wait};
use crate::thread;
use opentelemetry::trace::{SpanBuilder, SpanKind, SpanRef, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use sqlx::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::SystemTime;

impl<DB: Database> Shared<DB> {
    /// A connection of the pool's, as soon as it has one to give.
    pub(super) async fn acquire(self: Arc<Self>) -> Result<PoolConnection<DB>, Error> {
        let (raw, in_use) = {
            let connection = pin!(self.pool.acquire());
            self.waited_for(connection).await?
        };
        Ok(PoolConnection::new(raw, self, in_use))
    }

    /// What is waited for, and from then on in use. Pinned outside, since it would take its place twice in here.
    pub(super) async fn waited_for<T>(
        &self,
        connection: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<(T, Option<Use>), Error> {
        let mut waiting = Waiting::new(self);
        let acquired = connection.await;
        let in_use = waiting.ended(acquired.as_ref().err());
        Ok((acquired?, in_use))
    }

    /// The same, if there is one at once.
    pub(super) fn try_acquire(self: &Arc<Self>) -> Option<PoolConnection<DB>> {
        let raw = self.pool.try_acquire()?;
        let in_use = (!thread::current().is_telemetry_suppressed()).then(|| self.metrics.in_use());
        Some(PoolConnection::new(raw, Arc::clone(self), in_use))
    }
}

/// Somebody waits for a connection. Dropped early, they have given up.
struct Waiting<'s, DB: Database> {
    shared: &'s Shared<DB>,
    context: Context,
    /// `None` where nobody is to know, and when it is over.
    wait: Option<Wait>,
}

impl<'s, DB: Database> Waiting<'s, DB> {
    fn new(shared: &'s Shared<DB>) -> Self {
        let context = thread::current();
        let wait = (!context.is_telemetry_suppressed()).then(|| shared.metrics.wait());
        Self { shared, context, wait }
    }

    fn ended(&mut self, error: Option<&Error>) -> Option<Use> {
        let wait = self.wait.take()?;
        match error {
            None => {
                if wait.elapsed() >= self.shared.wait_span_min {
                    self.record(&wait, |_| {});
                }
                return Some(wait.ended());
            }
            Some(error) => self.record(&wait, |span| failed(span, error)),
        }
        if let Some(Error::PoolTimedOut) = error {
            wait.timed_out();
        }
        None
    }

    /// The span of what has just been waited for.
    fn record(&self, wait: &Wait, outcome: impl FnOnce(&SpanRef<'_>)) {
        // Only now is it known that there is a span, so it begins in the past.
        let began = SystemTime::now().checked_sub(wait.elapsed());
        let span = || {
            SpanBuilder::from_name(self.shared.wait_name.clone())
                .with_attributes(self.shared.wait_attributes.iter().cloned())
        };
        let tracer = &self.shared.client.options().tracer;
        let started = tracer.start_under(SpanKind::Internal, began, span, &self.context, &self.context);
        if started.recording {
            let span = started.context.span();
            outcome(&span);
            span.end();
        }
    }
}

fn failed(span: &SpanRef<'_>, error: &Error) {
    if let Some(code) = error.status_code() {
        span.set_attribute(KeyValue::new("db.response.status_code", code));
    }
    span.set_attribute(KeyValue::new("error.type", error.error_type()));
    // Without a description: the messages of databases hold values.
    span.set_status(Status::error(""));
}

impl<DB: Database> Drop for Waiting<'_, DB> {
    fn drop(&mut self) {
        if let Some(wait) = self.wait.take() {
            self.record(&wait, |span| span.add_event("cancelled", Vec::new()));
        }
    }
}
