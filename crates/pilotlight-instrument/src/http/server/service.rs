//! The middleware itself.

use super::body::ResponseBody;
use super::exchange::Exchange;
use super::future::ResponseFuture;
use super::options::Options;
use super::request_body::{RequestBodies, Untouched};
use http::{Request, Response};
use http_body::Body;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A service whose requests have spans and are measured; made by [`HttpServerLayer`](super::HttpServerLayer).
///
/// It adds no back-pressure, buffers nothing and boxes neither futures nor responses. The span's context is the
/// current one while the inner service runs, and stands in the request's extensions as
/// [`opentelemetry::Context`].
pub struct HttpServerService<S, R = Untouched> {
    inner: S,
    options: Arc<Options>,
    bodies: PhantomData<fn() -> R>,
}

impl<S, R> HttpServerService<S, R> {
    pub(super) fn new(inner: S, options: Arc<Options>) -> Self {
        Self { inner, options, bodies: PhantomData }
    }
}

impl<S, R, B, A> Service<Request<B>> for HttpServerService<S, R>
where
    R: RequestBodies<B>,
    S: Service<Request<R::Body>, Response = Response<A>>,
    A: Body,
{
    type Response = Response<ResponseBody<A>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let mut exchange = Exchange::begin(&self.options, &mut parts);
        let request = Request::from_parts(parts, R::wrap(body, exchange.interest()));
        let inner = &mut self.inner;
        let future = exchange.run(|| inner.call(request));
        ResponseFuture::new(future, exchange)
    }
}

impl<S: Clone, R> Clone for HttpServerService<S, R> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), Arc::clone(&self.options))
    }
}

impl<S: fmt::Debug, R> fmt::Debug for HttpServerService<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServerService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
