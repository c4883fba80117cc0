//! The layer that users add.

use super::builder::HttpClientLayerBuilder;
use super::options::Options;
use super::service::HttpClientService;
use std::fmt;
use std::sync::Arc;
use tower_layer::Layer;

/// Gives every attempt of an HTTP client a span, measures it, and tells the callee whose trace it is part of.
///
/// It fits any [`tower_service::Service`] from [`http::Request`] to [`http::Response`]: hyper-util's client, one
/// connection of hyper, tower stacks, adapters of other clients. It follows the conventions for HTTP client
/// [spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span) and
/// [metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-client), schema
/// [`SCHEMA_URL`](crate::http::SCHEMA_URL).
///
/// **Where to put it.** Innermost, next to what sends: each call of the inner service is an attempt with a span
/// of its own. Inside a time limit, it sees only a dropped request; around one, it records `timeout`. Retries and
/// redirects go around it, and [`ResendsLayer`](super::ResendsLayer) around them, to number the attempts.
///
/// **When a span ends.** With the last byte of the response's *body*, or as many as were announced; at once for
/// responses without one, upgrades (101) included. A status of 400 or more is an error. What goes wrong is told
/// apart by `error.type`:
///
/// | `error.type` | what happened |
/// |---|---|
/// | `404` … | the response's status code |
/// | `timeout` | a time limit of a layer inside this one, of the connector or of the system struck |
/// | `dns` | the host's name could not be resolved |
/// | `connection_refused` | nobody listens there |
/// | `tls` | the handshake failed, or the certificate is not trusted |
/// | `connect` | connecting failed in another way |
/// | `connection_reset` | the connection, or the stream of it, was closed without an answer or inside one |
/// | `body` | the response's body is incomplete or broken, or the request's could not be read |
/// | `panic` | the inner service or the body panicked; an `exception` event has the message; the panic goes on |
/// | a type's name | another error of this type; `_OTHER` for boxed ones |
///
/// Error types that are not known have to be [named](HttpClientLayerBuilder::look_into) to be told apart. An
/// error's message is never recorded, since it may hold a URL.
///
/// **When the caller leaves.** A request dropped before its response ends with an event `cancelled`, a response
/// dropped before its end with `response_dropped`, and neither is an error, as the conventions have it, unless
/// [said otherwise](HttpClientLayerBuilder::cancellation_is_error). The duration of either is measured; that of a
/// cancelled request has neither status code nor `error.type`.
///
/// **Secrets.** In `url.full` user information is replaced by `REDACTED:REDACTED@` and the values of [sensitive
/// query keys](HttpClientLayerBuilder::sensitive_query_keys) by `REDACTED`. Headers are recorded by list only.
///
/// **Metrics.** Every attempt that passes the filters is measured, sampled or not:
///
/// | metric | instrument, unit | what it says |
/// |---|---|---|
/// | `http.client.request.duration` | `f64` histogram, `s` | from the call to the end of the span; buckets 0.005 to 10 |
/// | `http.client.active_requests` | `i64` up-down counter, `{request}` | those whose span has not ended |
/// | `http.client.request.body.size` | `u64` histogram, `By` | what `Content-Length` or the body says; nothing if neither does |
/// | `http.client.response.body.size` | `u64` histogram, `By` | bytes read; nothing where there was no response |
///
/// | attribute | of active requests | of the others |
/// |---|---|---|
/// | `http.request.method` | always, `_OTHER` if not known | the same |
/// | `url.scheme` | always, `_OTHER` unless it is of HTTP or WebSockets | the same |
/// | `server.address`, `server.port` | when the request says whom it is for | the same |
/// | `url.template` | when given | the same |
/// | `http.response.status_code` | | once there was a response |
/// | `error.type` | | when the span has it, and the same |
/// | `network.protocol.version` | | of the response; the protocol's name is always `http`, and so left out |
///
/// They are recorded when the span ends, just before it does, with it as the current one: exactly once for each
/// attempt, and the active ones always return to zero. Every host is a series: a crawler, whose hosts others
/// choose, should measure [nothing](HttpClientLayerBuilder::without_metrics).
///
/// **Context.** The parent is the current span where the service is called, so tasks that call it need the
/// context handed over. Where it says that telemetry is suppressed, as exporters do for their own requests, the
/// layer records nothing. The span's own context replaces what the request's headers had of the propagator's (baggage
/// that a proxy copied, too), is the current one whenever the inner service or the body is polled or dropped, and is in
/// the request's extensions. Where there is neither a span nor a caller's, the headers stay as they are.
///
/// **When telemetry starts later.** A layer that is built, or even used, before a tracer or meter provider is
/// installed starts recording as soon as there is one, and keeps it. The very first span gets its attributes just
/// after its start, so samplers do not see them. An attempt that began before there was a meter provider is not
/// measured.
///
/// **Cost.** A box for what is known of the attempt, a `Vec` of attributes, a string for the URL and for each value
/// recorded on demand, and the API's own boxes for the span. The future and the response's body are not boxed.
/// Measuring adds two readings of the clock and what five records cost the meter; it allocates nothing, for the
/// first 16 hosts that are called.
///
/// ```
/// use http::{Request, Response};
/// use http_body_util::{BodyExt, Empty, Full};
/// use pilotlight_instrument::http::HttpClientLayer;
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # tokio_test(async {
/// // In place of a real client.
/// let client = service_fn(async |request: Request<Empty<&[u8]>>| {
///     Ok::<_, std::io::Error>(Response::new(Full::new(&b"Ada"[..])))
/// });
/// let client = HttpClientLayer::new().layer(client);
///
/// let request = Request::get("https://shop.example/users/7").body(Empty::new())?;
/// let response = client.oneshot(request).await?;
/// assert_eq!(response.into_body().collect().await?.to_bytes(), "Ada");
/// # Ok(())
/// # });
/// # fn tokio_test(test: impl Future<Output = Result<(), Box<dyn std::error::Error>>>) {
/// #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test).unwrap();
/// # }
/// ```
pub struct HttpClientLayer {
    options: Arc<Options>,
}

impl HttpClientLayer {
    /// A layer with every option at its default.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A layer with options. Reads `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`.
    pub fn builder() -> HttpClientLayerBuilder {
        HttpClientLayerBuilder::from_env()
    }

    pub(super) fn with(options: Arc<Options>) -> Self {
        Self { options }
    }
}

impl Default for HttpClientLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for HttpClientLayer {
    type Service = HttpClientService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        HttpClientService::new(inner, Arc::clone(&self.options))
    }
}

impl Clone for HttpClientLayer {
    fn clone(&self) -> Self {
        Self::with(Arc::clone(&self.options))
    }
}

impl fmt::Debug for HttpClientLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientLayer").finish_non_exhaustive()
    }
}
