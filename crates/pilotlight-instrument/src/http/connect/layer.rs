//! Events for connections.

use super::BoxError;
use super::future::Connecting;
use super::stage::Stage;
use super::step::Step;
use http::Uri;
use hyper_util::client::legacy::connect::Connection;
use std::any::Any;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Tells the current span about new connections; goes around a connector, not around a client.
///
/// See [the module](super) for the events, whose span they go to, and what they cost. Nothing changes for the
/// connections themselves; only the connector's error is boxed, which clients would do anyway.
///
/// With `hyper-util`, where TCP and TLS are two connectors:
///
/// ```
/// use hyper_util::client::legacy::connect::HttpConnector;
/// use hyper_util::client::legacy::{Client, connect::dns::GaiResolver};
/// use hyper_util::rt::TokioExecutor;
/// use pilotlight_instrument::http::connect::{ConnectEventsLayer, TracedResolver};
/// use tower::Layer;
///
/// let tcp = HttpConnector::new_with_resolver(TracedResolver::new(GaiResolver::new()));
/// let tcp = ConnectEventsLayer::tcp().layer(tcp);
/// // With TLS: `ConnectEventsLayer::tls().layer(https)`, where `https` was made around `tcp`.
/// let client: Client<_, String> = Client::builder(TokioExecutor::new()).build(tcp);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ConnectEventsLayer {
    stage: Stage,
}

impl ConnectEventsLayer {
    /// For a connector that does everything, such as the one of reqwest's `ClientBuilder::connector_layer`:
    /// `http.connection.start` and `.done`, with DNS, TCP, a proxy's tunnel and TLS between them.
    pub const fn connection() -> Self {
        Self { stage: Stage::Connection }
    }

    /// For a connector without TLS, such as `HttpConnector`: `http.connect.start` and `.done`. It looks names up
    /// itself, so the events of a [`TracedResolver`](super::TracedResolver) are between them.
    pub const fn tcp() -> Self {
        Self { stage: Stage::Tcp }
    }

    /// For a connector that adds TLS to another, such as `HttpsConnector`: `http.tls.start` and `.done`, for `https`
    /// only. The handshake starts when TCP is done; so the inner connector needs a [`tcp`](Self::tcp) layer, and must
    /// be polled by the outer one, as all common ones do. Without it there are no events.
    pub const fn tls() -> Self {
        Self { stage: Stage::Tls }
    }
}

impl<S> Layer<S> for ConnectEventsLayer {
    type Service = ConnectEvents<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConnectEvents { inner, stage: self.stage }
    }
}

/// A connector that tells about its connections; made by [`ConnectEventsLayer`].
#[derive(Clone, Debug)]
pub struct ConnectEvents<S> {
    inner: S,
    stage: Stage,
}

impl<S, T> Service<T> for ConnectEvents<S>
where
    T: 'static,
    S: Service<T, Response: Connection, Error: Into<BoxError>>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: T) -> Self::Future {
        // reqwest's own target hides its address; whatever needs it is not used there.
        let step = Step::begin(self.stage, (&target as &dyn Any).downcast_ref::<Uri>());
        let future = match &step {
            Some(step) => step.run(|| self.inner.call(target)),
            None => self.inner.call(target),
        };
        Connecting::new(future, step)
    }
}
