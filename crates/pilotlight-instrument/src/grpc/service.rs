//! The middleware itself, the same on both sides.

use super::body::GrpcResponseBody;
use super::call::Call;
use super::future::GrpcResponseFuture;
use super::options::Options;
use super::request_body::{GrpcRequestBodies, Watch};
use crate::http::Untouched;
use http::{Request, Response};
use http_body::Body;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A service whose calls have spans and are measured; made by [`GrpcServerLayer`](super::GrpcServerLayer) and
/// [`GrpcClientLayer`](super::GrpcClientLayer).
///
/// It adds no back-pressure, buffers nothing, boxes neither futures nor responses, and leaves errors as they are.
/// The span's context is the current one while the inner service runs, and stands in the request's extensions as
/// [`opentelemetry::Context`]; a client's stands in the request's metadata too.
///
/// Errors of the inner service and of its response's body are read for the status they stand for. Those of tonic
/// (feature `tonic`), hyper and `h2`, `std::io::Error`, and whatever is boxed as `Box<dyn Error + Send + Sync>` are
/// understood with all their sources; any other type is `UNKNOWN`, unless tower's `map_err(Into::into)` boxes it.
pub struct GrpcCallService<S, R = Untouched> {
    inner: S,
    options: Arc<Options>,
    bodies: PhantomData<fn() -> R>,
}

impl<S, R> GrpcCallService<S, R> {
    pub(super) fn new(inner: S, options: Arc<Options>) -> Self {
        Self { inner, options, bodies: PhantomData }
    }
}

impl<S, R, B, A> Service<Request<B>> for GrpcCallService<S, R>
where
    R: GrpcRequestBodies<B>,
    S: Service<Request<R::Body>, Response = Response<A>, Error: 'static>,
    A: Body,
{
    type Response = Response<GrpcResponseBody<A>>;
    type Error = S::Error;
    type Future = GrpcResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let mut call = Call::begin(&self.options, &mut parts);
        let request = Request::from_parts(parts, R::wrap(body, Watch(call.request_messages())));
        let inner = &mut self.inner;
        let future = call.run(|| inner.call(request));
        GrpcResponseFuture::new(future, call)
    }
}

impl<S: Clone, R> Clone for GrpcCallService<S, R> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), Arc::clone(&self.options))
    }
}

impl<S: fmt::Debug, R> fmt::Debug for GrpcCallService<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCallService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
