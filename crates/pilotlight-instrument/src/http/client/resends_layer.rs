//! A layer around those that send requests again.

use super::resends::{Resends, WithinResends};
use opentelemetry::Context;
use std::task::Poll;
use tower_layer::Layer;
use tower_service::Service;

/// Numbers the attempts of the layers inside it: put it around a retry or a redirect layer, and
/// [`HttpClientLayer`](super::HttpClientLayer) inside that. See [`Resends`].
///
/// ```
/// use pilotlight_instrument::http::{HttpClientLayer, ResendsLayer};
/// use tower::ServiceBuilder;
/// # use std::future::{Ready, ready};
/// # use tower::retry::{Policy, RetryLayer};
/// # #[derive(Clone)]
/// # struct Never;
/// # impl<R, A, E> Policy<R, A, E> for Never {
/// #     type Future = Ready<()>;
/// #     fn retry(&mut self, _: &mut R, _: &mut Result<A, E>) -> Option<Ready<()>> { None }
/// #     fn clone_request(&mut self, _: &R) -> Option<R> { None }
/// # }
/// # let policy = Never;
///
/// let layers = ServiceBuilder::new()
///     .layer(ResendsLayer::new())
///     .layer(RetryLayer::new(policy))
///     .layer(HttpClientLayer::new());
/// # let _ = layers;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ResendsLayer;

impl ResendsLayer {
    /// The layer; it has no options.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for ResendsLayer {
    type Service = ResendsService<S>;

    fn layer(&self, inner: S) -> ResendsService<S> {
        ResendsService { inner }
    }
}

/// A service each of whose requests may be sent several times; made by [`ResendsLayer`].
///
/// It adds two allocations to a request, for the count and the context that carries it.
#[derive(Clone, Debug)]
pub struct ResendsService<S> {
    inner: S,
}

impl<S: Service<R>, R> Service<R> for ResendsService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = WithinResends<S::Future>;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let context = Context::current_with_value(Resends::new());
        let current = context.clone().attach();
        let future = self.inner.call(request);
        drop(current);
        WithinResends::new(future, context)
    }
}
