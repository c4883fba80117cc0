//! The options, one method each.

use super::layer::HttpClientLayer;
use super::options::Options;
use super::template::UrlTemplate;
use crate::http::capture::CapturedHeaders;
use crate::http::method::KnownMethods;
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use http::{HeaderName, request, response};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Tracer, TracerProvider};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Options of an [`HttpClientLayer`].
///
/// Hooks run on the thread that sends the request, once for each attempt; they should be quick and must not
/// panic.
///
/// ```
/// use pilotlight_instrument::http::{HttpClientLayer, UrlTemplate};
///
/// let layer = HttpClientLayer::builder()
///     .filter(|request| request.uri.path() != "/health")
///     .url_template(|request| {
///         request.uri.path().starts_with("/users/").then(|| UrlTemplate::new("/users/{id}"))
///     })
///     .capture_response_headers([http::header::RETRY_AFTER])
///     .build();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct HttpClientLayerBuilder {
    options: Options,
}

impl HttpClientLayerBuilder {
    pub(super) fn from_env() -> Self {
        Self { options: Options::from_env() }
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

    /// Writes the context with this propagator instead of the global one, which also saves the lock that the
    /// global one is kept under.
    pub fn with_propagator(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.options.propagator = Propagator::of(propagator);
        self
    }

    /// Only requests that pass every filter get a span, and only they are measured and counted as resends. The
    /// others still carry the current context to whoever is called. May be given several times.
    pub fn filter(mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.options.filters.push(Box::new(filter));
        self
    }

    /// Finds the template of a request's URL, before the request's extensions are looked at.
    pub fn url_template(
        mut self,
        template: impl Fn(&request::Parts) -> Option<UrlTemplate> + Send + Sync + 'static,
    ) -> Self {
        self.options.url_template = Some(Box::new(template));
        self
    }

    /// Names spans, instead of `{method} {url.template}`. Names must take few values: never use the path.
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

    /// Records these request headers as `http.request.header.<name>`, a list of at most 16 values each, as they
    /// were before the context was written. None by default: headers hold secrets. Values marked as sensitive
    /// show as `REDACTED`.
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

    /// Lets errors of type `E` be looked into for their kind. Needed for a service or a body with an error type
    /// of its own: known are boxed errors as tower's, `std::io::Error`, with the feature `hyper-util` those of
    /// hyper and of hyper-util's client, and with the feature `axum` axum's. Of all others only the type's name
    /// is recorded.
    ///
    /// ```
    /// use pilotlight_instrument::http::HttpClientLayer;
    ///
    /// let layer = HttpClientLayer::builder().look_into::<tokio::task::JoinError>().build();
    /// ```
    pub fn look_into<E: Error + 'static>(mut self) -> Self {
        self.options.error_sources.add::<E>();
        self
    }

    /// Names errors, before the layer does: a word for `error.type`, or `None` for the layer's own. Asked about
    /// errors that can be [looked into](Self::look_into); their causes are behind [`Error::source`].
    pub fn error_type(
        mut self,
        hook: impl Fn(&(dyn Error + 'static)) -> Option<&'static str> + Send + Sync + 'static,
    ) -> Self {
        self.options.error_type = Some(Box::new(hook));
        self
    }

    /// The scheme of requests that do not name one, as those to a connection that is already there: `http` by
    /// default.
    pub fn scheme(mut self, scheme: impl Into<Cow<'static, str>>) -> Self {
        let scheme = scheme.into();
        if !scheme.is_empty() {
            self.options.scheme = scheme.into();
        }
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

    /// Records `user_agent.original` on spans, from the request's `User-Agent`. Off by default, as the
    /// conventions have it for clients.
    pub fn user_agent(mut self, on: bool) -> Self {
        self.options.user_agent = on;
        self
    }

    /// Records `url.scheme` on spans. Off by default, as the conventions have it: `url.full` begins with it.
    pub fn url_scheme(mut self, on: bool) -> Self {
        self.options.url_scheme = on;
        self
    }

    /// Records `http.request.body.size`, as announced, and `http.response.body.size`, counted, on the span. Off
    /// by default, as the conventions have it. The metrics of bodies are not affected.
    pub fn body_sizes(mut self, on: bool) -> Self {
        self.options.body_sizes = on;
        self
    }

    /// Whether a request or a response that is dropped before its end is an error: no by default, since it was
    /// the caller's wish. Say yes where nobody leaves early but for a time limit around the layer: the span then
    /// has the `error.type` `cancelled` instead of an event, and so have its measurements.
    pub fn cancellation_is_error(mut self, error: bool) -> Self {
        self.options.cancellation_is_error = error;
        self
    }

    /// The longest value, in bytes, that is recorded of URLs, user agents and captured headers. Longer ones are
    /// cut. 4096 by default.
    pub fn value_bytes_max(mut self, bytes: usize) -> Self {
        self.options.value_bytes_max = bytes;
        self
    }

    /// The layer.
    pub fn build(self) -> HttpClientLayer {
        HttpClientLayer::with(Arc::new(self.options))
    }
}

impl fmt::Debug for HttpClientLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientLayerBuilder").finish_non_exhaustive()
    }
}
