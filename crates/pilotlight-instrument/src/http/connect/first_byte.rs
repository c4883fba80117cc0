//! An event for the response's head.

use super::step::recording;
use http::Response;
use opentelemetry::trace::TraceContextExt;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tower_layer::Layer;
use tower_service::Service;

/// Adds `http.receive.start` to the current span when the head of a response is there.
///
/// What comes before it is the server's time and the way there and back; what comes after it is the body's. Goes
/// inside of [`HttpClientLayer`](crate::http::HttpClientLayer), next to the client, so that the attempt's span is the
/// current one. With feature `reqwest` it is a `reqwest_middleware::Middleware` too; add it last.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct FirstByteEventLayer;

impl FirstByteEventLayer {
    /// The layer; it has no options.
    pub const fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for FirstByteEventLayer {
    type Service = FirstByteEvents<S>;

    fn layer(&self, inner: S) -> Self::Service {
        FirstByteEvents { inner }
    }
}

/// A client that tells when a response's head is there; made by [`FirstByteEventLayer`].
#[derive(Clone, Debug)]
pub struct FirstByteEvents<S> {
    inner: S,
}

impl<S, Q, A> Service<Q> for FirstByteEvents<S>
where
    S: Service<Q, Response = Response<A>>,
{
    type Response = Response<A>;
    type Error = S::Error;
    type Future = FirstByteFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        FirstByteFuture { inner: self.inner.call(request) }
    }
}

pin_project! {
    /// The future of [`FirstByteEvents`].
    pub struct FirstByteFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<F, A, E> Future for FirstByteFuture<F>
where
    F: Future<Output = Result<A, E>>,
{
    type Output = Result<A, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.project().inner.poll(cx));
        if answer.is_ok() {
            first_byte();
        }
        Poll::Ready(answer)
    }
}

/// Tells the current span that a response has begun.
pub(crate) fn first_byte() {
    if let Some(context) = recording() {
        context.span().add_event("http.receive.start", Vec::new());
    }
}

impl<F> fmt::Debug for FirstByteFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstByteFuture").finish_non_exhaustive()
    }
}
