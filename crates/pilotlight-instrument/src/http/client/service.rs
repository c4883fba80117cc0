//! The middleware itself.

use super::body::ClientResponseBody;
use super::exchange::Exchange;
use super::future::ClientResponseFuture;
use super::options::Options;
use http::{Request, Response};
use http_body::Body;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A client whose attempts have spans and are measured; made by [`HttpClientLayer`](super::HttpClientLayer).
///
/// It adds no back-pressure, buffers nothing and boxes neither futures nor responses. The span's context is written
/// into the request's headers, is the current one while the inner service runs, and stands in the request's
/// extensions as [`opentelemetry::Context`].
pub struct HttpClientService<S> {
    inner: S,
    options: Arc<Options>,
}

impl<S> HttpClientService<S> {
    pub(super) fn new(inner: S, options: Arc<Options>) -> Self {
        Self { inner, options }
    }
}

impl<S, B, A> Service<Request<B>> for HttpClientService<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Error: 'static,
    B: Body,
    A: Body,
{
    type Response = Response<ClientResponseBody<A>>;
    type Error = S::Error;
    type Future = ClientResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let mut exchange = Exchange::begin(&self.options, &mut parts, &body);
        let request = Request::from_parts(parts, body);
        let inner = &mut self.inner;
        let future = exchange.run(|| inner.call(request));
        ClientResponseFuture::new(future, exchange)
    }
}

impl<S: Clone> Clone for HttpClientService<S> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), Arc::clone(&self.options))
    }
}

impl<S: fmt::Debug> fmt::Debug for HttpClientService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
