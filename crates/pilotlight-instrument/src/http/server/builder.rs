//! The options, one method each.

use super::layer::HttpServerLayer;
use super::options::Options;
use super::request_body::{Untouched, Watched};
use super::route::HttpRoute;
use crate::http::capture::CapturedHeaders;
use crate::http::method::KnownMethods;
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use http::{HeaderName, request, response};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Options of an [`HttpServerLayer`].
///
/// Hooks run on the thread that handles the request, once for each; they should be quick and must not panic.
///
/// ```
/// use opentelemetry::KeyValue;
/// use pilotlight_instrument::http::HttpServerLayer;
///
/// let layer = HttpServerLayer::builder()
///     .filter(|request| request.uri.path() != "/health")
///     .trust_forwarded(true)
///     .capture_request_headers([http::header::ACCEPT_LANGUAGE])
///     .request_attributes(|request, attributes| {
///         attributes.push(KeyValue::new("shop.secure", request.uri.path().starts_with("/admin")));
///     })
///     .build();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct HttpServerLayerBuilder<R = Untouched> {
    options: Options,
    bodies: PhantomData<fn() -> R>,
}

impl HttpServerLayerBuilder {
    pub(super) fn from_env() -> Self {
        Self { options: Options::from_env(), bodies: PhantomData }
    }
}

impl<R> HttpServerLayerBuilder<R> {
    /// Watches request bodies of every type, for `http.server.request.body.size`. Otherwise only axum's `Body` is
    /// (feature `axum`), and requests with another have no such measurement: what they announce is only what the
    /// client says. The inner service must accept [`RequestBody`](super::RequestBody), as axum's and tonic's routers
    /// do.
    pub fn watch_request_bodies(self) -> HttpServerLayerBuilder<Watched> {
        HttpServerLayerBuilder { options: self.options, bodies: PhantomData }
    }

    /// [Watches request bodies](Self::watch_request_bodies), and adds an event `read` with `http.read_bytes` to
    /// the span for each chunk that the service reads. Off by default: events add up (SDKs keep 128 a span).
    pub fn read_events(mut self) -> HttpServerLayerBuilder<Watched> {
        self.options.read_events = true;
        self.watch_request_bodies()
    }

    /// Adds an event `write` with `http.wrote_bytes` to the span for each chunk of the response's body. Off
    /// by default; SDKs keep 128 events a span.
    pub fn write_events(mut self, on: bool) -> Self {
        self.options.write_events = on;
        self
    }

    /// Records with this provider instead of the global one.
    pub fn with_tracer_provider<P>(mut self, provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Tracer<Span: Send + Sync + 'static> + Send + Sync + 'static,
    {
        self.options.tracer = TracerSource::of(provider);
        self
    }

    /// Measures with this provider instead of the global one.
    pub fn with_meter_provider<P: MeterProvider>(mut self, provider: &P) -> Self {
        self.options.meter = MeterSource::of(provider);
        self
    }

    /// Measures nothing. Worth saying where the application has no meter provider and never will: the global
    /// one, and the lock it is kept under, is then not asked for on each request.
    pub fn without_metrics(mut self) -> Self {
        self.options.meter = MeterSource::Off;
        self
    }

    /// Adds `server.address` and `server.port` to every metric. Off by default, and best left off: unless
    /// [`server`](Self::server) fixes them, they are what the request's `Host` says, and a client that makes up
    /// a new one each time makes a new series each time, until the SDK's cardinality limit folds the honest
    /// ones away with them. Turn it on only behind something that refuses unknown hosts.
    pub fn server_in_metrics(mut self, on: bool) -> Self {
        self.options.server_in_metrics = on;
        self
    }

    /// Reads the caller's context with this propagator instead of the global one, which also saves the lock
    /// that the global one is kept under.
    pub fn with_propagator(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.options.propagator = Propagator::of(propagator);
        self
    }

    /// Only requests that pass every filter get a span, and only they are measured. The others still run in the
    /// caller's context, so that the spans of what they call stay in the caller's trace. May be given several
    /// times.
    pub fn filter(mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.options.filters.push(Box::new(filter));
        self
    }

    /// Finds the route's template in a request's head, before axum's `MatchedPath` and extensions are looked
    /// at.
    pub fn route(
        mut self,
        route: impl Fn(&request::Parts) -> Option<HttpRoute> + Send + Sync + 'static,
    ) -> Self {
        self.options.route = Some(Box::new(route));
        self
    }

    /// Names spans, instead of `{method} {route}`. Names must take few values: never use the path. A route
    /// that comes with the response changes `http.route` alone then.
    pub fn span_name<N: Into<Cow<'static, str>>>(
        mut self,
        formatter: impl Fn(&request::Parts) -> N + Send + Sync + 'static,
    ) -> Self {
        self.options.span_name = Some(Box::new(move |parts| formatter(parts).into()));
        self
    }

    /// Adds attributes when a span starts, in time for samplers to see them.
    pub fn request_attributes(
        mut self,
        hook: impl Fn(&request::Parts, &mut Vec<KeyValue>) + Send + Sync + 'static,
    ) -> Self {
        self.options.request_attributes = Some(Box::new(hook));
        self
    }

    /// Adds attributes when the response's head is there.
    pub fn response_attributes(
        mut self,
        hook: impl Fn(&response::Parts, &mut Vec<KeyValue>) + Send + Sync + 'static,
    ) -> Self {
        self.options.response_attributes = Some(Box::new(hook));
        self
    }

    /// Records these request headers as `http.request.header.<name>`, a list of at most 16 values each. None
    /// by default: headers hold secrets. Values marked as sensitive show as `REDACTED`, and so do `authorization`,
    /// `proxy-authorization`, `cookie` and `set-cookie`, always.
    pub fn capture_request_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.options.request_headers = CapturedHeaders::new("http.request.header.", names);
        self
    }

    /// Records these response headers as `http.response.header.<name>`, like
    /// [`capture_request_headers`](Self::capture_request_headers).
    pub fn capture_response_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.options.response_headers = CapturedHeaders::new("http.response.header.", names);
        self
    }

    /// Says that callers are strangers: each request starts a trace of its own, with a link to the caller's
    /// span. Off by default. The caller's baggage stays.
    pub fn public_endpoint(self, public: bool) -> Self {
        self.public_endpoint_fn(move |_| public)
    }

    /// The same, decided for each request.
    pub fn public_endpoint_fn(
        mut self,
        public: impl Fn(&request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.public_endpoint = Some(Box::new(public));
        self
    }

    /// Believes `Forwarded` and `X-Forwarded-For`, `-Proto` and `-Host`: the leftmost entry of each names the
    /// client, the scheme and the server. Off by default, because anybody can send these headers; turn it on
    /// behind a proxy that replaces them.
    pub fn trust_forwarded(mut self, trust: bool) -> Self {
        self.options.trust_forwarded = trust;
        self
    }

    /// `url.scheme` of requests that do not name one, as those of HTTP/1 never do: `http` by default. Say
    /// `https` when this server, or a proxy in front of it that is not [trusted](Self::trust_forwarded), ends
    /// TLS.
    pub fn scheme(mut self, scheme: impl Into<Cow<'static, str>>) -> Self {
        let scheme = scheme.into();
        if !scheme.is_empty() {
            self.options.scheme = scheme.into();
        }
        self
    }

    /// `server.address` and `server.port`, instead of what the requests say.
    pub fn server(mut self, address: impl Into<StringValue>, port: Option<u16>) -> Self {
        self.options.server = Some((address.into(), port));
        self
    }

    /// The methods recorded under their own name, case-sensitive, instead of the standard ones and of
    /// `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`. All others are `_OTHER`. Names that cannot be methods are
    /// ignored.
    pub fn known_methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.known_methods = KnownMethods::from_names(methods);
        self
    }

    /// The query keys, case-sensitive, whose values show as `REDACTED`, instead of the conventions' own:
    /// `AWSAccessKeyId`, `Signature`, `sig`, `X-Amz-Signature`, `X-Amz-Credential`, `X-Amz-Security-Token`
    /// and `X-Goog-Signature`.
    pub fn sensitive_query_keys<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.sensitive_query_keys = keys.into_iter().map(Box::from).collect();
        self
    }

    /// Records `http.request.body.size`, from `Content-Length`, and `http.response.body.size`, counted, on the
    /// span. Off by default, as the conventions have it. The metrics of bodies are not affected.
    pub fn body_sizes(mut self, on: bool) -> Self {
        self.options.body_sizes = on;
        self
    }

    /// Whether a request that is dropped before its end is an error: yes by default. Say no where leaving is
    /// how clients end things, as with event streams: the span then has an event `cancelled` or
    /// `client_disconnected`, no error status, and no `error.type`; nor have its measurements.
    pub fn disconnect_is_error(mut self, error: bool) -> Self {
        self.options.disconnect_is_error = error;
        self
    }

    /// The longest value, in bytes, that is recorded of anything a request chose: path, query, user agent,
    /// captured headers. Longer ones are cut. 4096 by default.
    pub fn value_bytes_max(mut self, bytes: usize) -> Self {
        self.options.value_bytes_max = bytes;
        self
    }

    /// The layer.
    pub fn build(self) -> HttpServerLayer<R> {
        HttpServerLayer::with(Arc::new(self.options))
    }
}

impl<R> fmt::Debug for HttpServerLayerBuilder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServerLayerBuilder").finish_non_exhaustive()
    }
}
