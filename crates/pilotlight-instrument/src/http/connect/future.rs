//! A connection in the making.

use super::BoxError;
use super::step::Step;
use hyper_util::client::legacy::connect::Connection;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of [`ConnectEvents`](super::ConnectEvents).
    ///
    /// The span that asked for the connection is the current one while the connector works. Dropping this future
    /// gives the connection up: its start stays without an end.
    pub struct Connecting<F> {
        #[pin]
        inner: F,
        step: Option<Step>,
    }
}

impl<F> Connecting<F> {
    pub(super) fn new(inner: F, step: Option<Step>) -> Self {
        Self { inner, step }
    }
}

impl<F, C, E> Future for Connecting<F>
where
    F: Future<Output = Result<C, E>>,
    C: Connection,
    E: Into<BoxError>,
{
    type Output = Result<C, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let inner = this.inner;
        let Some(step) = this.step else { return inner.poll(cx).map_err(Into::into) };
        let connected = ready!(step.run(|| inner.poll(cx))).map_err(Into::into);
        match &connected {
            Ok(connection) => step.done(&connection.connected()),
            Err(error) => step.failed(error),
        }
        *this.step = None;
        Poll::Ready(connected)
    }
}

impl<F> fmt::Debug for Connecting<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connecting").finish_non_exhaustive()
    }
}
