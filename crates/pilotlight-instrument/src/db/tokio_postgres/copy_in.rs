//! A sink of rows, whose end is that of its statement.

use crate::db::Operation;
use bytes::Buf;
use futures_sink::Sink;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_postgres::Error;

pin_project! {
    /// Takes the data of a `COPY FROM STDIN`; its span is the current one in each poll.
    ///
    /// It must be finished, or closed, which ends the span. Dropped before, the copy is given up, and was `cancelled`.
    pub struct CopyInSink<U> {
        // Dropped first: the operation ends after it.
        #[pin]
        inner: tokio_postgres::CopyInSink<U>,
        operation: Option<Operation>,
    }
}

impl<U: Buf + 'static + Send> CopyInSink<U> {
    pub(super) fn new(inner: tokio_postgres::CopyInSink<U>, operation: Operation) -> Self {
        Self { inner, operation: Some(operation) }
    }

    /// Ends the copy, and gives the number of rows that came in.
    ///
    /// # Errors
    /// When PostgreSQL does not take the rows, or the connection is lost.
    pub async fn finish(mut self: Pin<&mut Self>) -> Result<u64, Error> {
        poll_fn(|cx| self.as_mut().poll_finish(cx)).await
    }

    /// The same as a poll.
    pub fn poll_finish(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u64, Error>> {
        let finished = self.as_mut().within(|inner| inner.poll_finish(cx));
        if finished.is_ready()
            && let Some(operation) = self.project().operation.take()
        {
            operation.end();
        }
        finished
    }

    /// Runs a step; the first that fails ends the operation.
    fn within<T>(
        self: Pin<&mut Self>,
        step: impl FnOnce(Pin<&mut tokio_postgres::CopyInSink<U>>) -> Poll<Result<T, Error>>,
    ) -> Poll<Result<T, Error>> {
        let this = self.project();
        let Some(operation) = this.operation else { return step(this.inner) };
        let result = operation.run(|| step(this.inner));
        if let Poll::Ready(Err(error)) = &result {
            operation.failed(error);
            if let Some(operation) = this.operation.take() {
                operation.end();
            }
        }
        result
    }
}

impl<U: Buf + 'static + Send> Sink<U> for CopyInSink<U> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.within(|inner| inner.poll_ready(cx))
    }

    fn start_send(self: Pin<&mut Self>, item: U) -> Result<(), Error> {
        match self.within(|inner| Poll::Ready(inner.start_send(item))) {
            Poll::Ready(result) => result,
            Poll::Pending => Ok(()),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.within(|inner| inner.poll_flush(cx))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_finish(cx).map_ok(|_| ())
    }
}

impl<U> fmt::Debug for CopyInSink<U> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CopyInSink").finish_non_exhaustive()
    }
}
