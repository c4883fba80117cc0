//! The layer that users add.

use super::builder::HttpServerLayerBuilder;
use super::options::Options;
use super::request_body::Untouched;
use super::service::HttpServerService;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use tower_layer::Layer;

/// Gives every request of an HTTP server a span, and measures it.
///
/// It fits any [`tower_service::Service`] from [`http::Request`] to [`http::Response`]: axum, hyper, tonic's
/// router, HTTP/1 and HTTP/2. It follows the conventions for HTTP server
/// [spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span) and
/// [metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-server), schema
/// [`SCHEMA_URL`](crate::http::SCHEMA_URL).
///
/// **When a span ends.** With the last byte of the response's *body* handed to the server; at once for
/// responses without one, upgrades (101) included. 5xx is an error, 4xx is not. What goes wrong is told apart
/// by `error.type`:
///
/// | `error.type` | what happened |
/// |---|---|
/// | `500` … | the response's status code |
/// | `panic` | the service or the body panicked; an `exception` event has the message; the panic goes on |
/// | `cancelled` | the request was dropped before its response: the client left, or a time limit struck |
/// | `client_disconnected` | the body was dropped after some of it had been asked for, but before its end |
/// | a type's name | the service or the body answered with this type of error; `_OTHER` for `Box<dyn Error>` |
///
/// **Metrics.** Every request that passes the filters is measured, sampled or not:
///
/// | metric | instrument, unit | what it says |
/// |---|---|---|
/// | `http.server.request.duration` | `f64` histogram, `s` | from the request's head to the end of the span; buckets 0.005 to 10 |
/// | `http.server.active_requests` | `i64` up-down counter, `{request}` | those whose span has not ended |
/// | `http.server.request.body.size` | `u64` histogram, `By` | bytes that the service had read when the span ended |
/// | `http.server.response.body.size` | `u64` histogram, `By` | bytes handed to the server; nothing where there was no response |
///
/// | attribute | of active requests | of the others |
/// |---|---|---|
/// | `http.request.method` | always, `_OTHER` if not known | the same |
/// | `url.scheme` | always, `_OTHER` unless it is `http`, `https` or the configured one | the same |
/// | `http.response.status_code` | | once there was a response |
/// | `http.route` | | when known |
/// | `error.type` | | when the span has it, and the same |
/// | `network.protocol.version` | | when known; the protocol's name is always `http`, and so left out |
/// | `server.address`, `server.port` | [on request](super::HttpServerLayerBuilder::server_in_metrics) | the same |
///
/// They are recorded when the span ends, just before it does, with it as the current one, so that an exemplar
/// names its trace: exactly once for each request, and the active ones always return to zero. The size of a
/// request's body needs a body that can be [watched](super::HttpServerLayerBuilder::watch_request_bodies).
///
/// **Routes.** `http.route`, and with it the span's name, comes from axum's `MatchedPath` (feature `axum`),
/// which is there when the layer is added with `Router::layer` or `Router::route_layer`; for other routers
/// see [`HttpRoute`](super::HttpRoute). Add the layer once: twice makes two spans and
/// counts twice.
///
/// **Context.** The caller's context is taken from the headers by the global propagator; the span's is the
/// current one whenever the service or the body is polled or dropped, and in the request's extensions. Tasks that a
/// handler spawns need it handed over. Where the current context says that telemetry is suppressed, the layer records
/// nothing.
///
/// **When telemetry starts later.** A layer that is built, or even used, before a tracer or meter provider is
/// installed starts recording as soon as there is one, and keeps it: a provider that replaces it later is not
/// noticed. The very first span gets its attributes just after its start, so samplers do not see them. A request
/// that began before there was a meter provider is not measured.
///
/// **Cost.** About 0.6 µs a request on top of what the tracer does, half of it without a provider: one `Vec` of
/// attributes, a string for each value that the request chose, and the API's own boxes for the span. The future
/// and the response's body are not boxed. Measuring adds two readings of the clock and what five records cost the
/// meter; it allocates nothing, but for two allocations to watch the body of a request that has one.
///
/// ```
/// use axum::{Router, routing::get};
/// use pilotlight_instrument::http::HttpServerLayer;
///
/// let app: Router = Router::new()
///     .route("/users/{id}", get(|| async { "Ada" }))
///     .layer(HttpServerLayer::new());
/// ```
pub struct HttpServerLayer<R = Untouched> {
    options: Arc<Options>,
    bodies: PhantomData<fn() -> R>,
}

impl HttpServerLayer {
    /// A layer with every option at its default.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A layer with options. Reads `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`.
    pub fn builder() -> HttpServerLayerBuilder {
        HttpServerLayerBuilder::from_env()
    }
}

impl<R> HttpServerLayer<R> {
    pub(super) fn with(options: Arc<Options>) -> Self {
        Self { options, bodies: PhantomData }
    }
}

impl Default for HttpServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, R> Layer<S> for HttpServerLayer<R> {
    type Service = HttpServerService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        HttpServerService::new(inner, Arc::clone(&self.options))
    }
}

impl<R> Clone for HttpServerLayer<R> {
    fn clone(&self) -> Self {
        Self::with(Arc::clone(&self.options))
    }
}

impl<R> fmt::Debug for HttpServerLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServerLayer").finish_non_exhaustive()
    }
}
