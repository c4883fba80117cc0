//! The options, one method each: those of both sides first, then each side's own.

use super::client::GrpcClientLayer;
use super::options::Options;
use super::origin;
use super::server::GrpcServerLayer;
use super::side::Side;
use crate::http::{Untouched, Watched};
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use http::{HeaderName, Uri, request};
use opentelemetry::StringValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Tracer, TracerProvider};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Options of a [`GrpcServerLayer`] or a [`GrpcClientLayer`], which is `L`.
///
/// Filters run on the thread that makes or answers the call, once for each; they should be quick and must not panic.
///
/// ```
/// use http::HeaderName;
/// use pilotlight_instrument::grpc::GrpcServerLayer;
///
/// let layer = GrpcServerLayer::builder()
///     .services(["shop.v1.Inventory"])
///     .without_health_and_reflection()
///     .capture_request_metadata([HeaderName::from_static("x-tenant")])
///     .build();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct GrpcLayerBuilder<L, R = Untouched> {
    options: Options,
    layer: PhantomData<fn() -> (L, R)>,
}

/// Options of a [`GrpcServerLayer`].
pub type GrpcServerLayerBuilder<R = Untouched> = GrpcLayerBuilder<GrpcServerLayer, R>;

/// Options of a [`GrpcClientLayer`].
pub type GrpcClientLayerBuilder<R = Untouched> = GrpcLayerBuilder<GrpcClientLayer, R>;

impl<L, R> GrpcLayerBuilder<L, R> {
    fn with(options: Options) -> Self {
        Self { options, layer: PhantomData }
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
    /// one, and the lock it is kept under, is then not asked for on each call.
    pub fn without_metrics(mut self) -> Self {
        self.options.meter = MeterSource::Off;
        self
    }

    /// Reads or writes contexts with this propagator instead of the global one, which also saves the lock that the
    /// global one is kept under.
    pub fn with_propagator(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.options.propagator = Propagator::of(propagator);
        self
    }

    /// Only calls that pass every filter get a span, and only they are measured. The others still carry the
    /// caller's context on, so that the spans of what they call stay in the caller's trace. May be given several
    /// times.
    pub fn filter(mut self, filter: impl Fn(&request::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.options.filters.push(Box::new(filter));
        self
    }

    /// [Filters out](Self::filter) the calls that machines make all day: those of `grpc.health.v1.Health`,
    /// `grpc.reflection.v1.ServerReflection` and `grpc.reflection.v1alpha.ServerReflection`.
    pub fn without_health_and_reflection(self) -> Self {
        self.filter(|request| !is_infrastructure(request.uri.path()))
    }

    /// `server.address` and `server.port`, instead of what requests say.
    pub fn server(mut self, address: impl Into<StringValue>, port: Option<u16>) -> Self {
        self.options.server = Some((self.options.hosts.shared(address.into().as_str()), port));
        self
    }

    /// Records this metadata of requests as `rpc.request.metadata.<key>`, a list of at most 16 values each. None by
    /// default: metadata holds secrets. Values of keys that end in `-bin` are recorded in base64, as they are sent.
    /// Values marked as sensitive show as `REDACTED`, and so do `authorization`, `proxy-authorization`, `cookie` and
    /// `set-cookie`, always.
    pub fn capture_request_metadata(mut self, keys: impl IntoIterator<Item = HeaderName>) -> Self {
        self.options.request_metadata = self.options.captured("request", keys);
        self
    }

    /// Records this metadata of responses, from their head and from their trailers, as
    /// `rpc.response.metadata.<key>`, like [`capture_request_metadata`](Self::capture_request_metadata). Where
    /// both have a key, the trailers' values are the ones recorded.
    pub fn capture_response_metadata(mut self, keys: impl IntoIterator<Item = HeaderName>) -> Self {
        self.options.response_metadata = self.options.captured("response", keys);
        self
    }

    /// Adds an event `rpc.message` to the span for each message, with `rpc.message.type` (`SENT` or `RECEIVED`),
    /// `rpc.message.id` (from 1 in each direction) and `rpc.message.compressed_size` in bytes, when its last byte
    /// has passed. Off by default; at most 60 in each direction, since SDKs keep 128 events a span.
    ///
    /// The messages of requests need a body that can be watched: with the feature `tonic` its `Body` can, and is
    /// wrapped in another of these; for others see [`watch_request_bodies`](Self::watch_request_bodies).
    pub fn message_events(mut self, on: bool) -> Self {
        self.options.message_events = on;
        self
    }

    /// Watches request bodies of every type, for [`message_events`](Self::message_events). The inner service must
    /// accept [`GrpcRequestBody`](super::GrpcRequestBody), as tonic's router does and its channel does not.
    pub fn watch_request_bodies(self) -> GrpcLayerBuilder<L, Watched> {
        GrpcLayerBuilder::with(self.options)
    }

    /// The longest value, in bytes, that is recorded of anything the other side chose: an unknown method's name,
    /// metadata, `grpc-message`. Longer ones are cut. 4096 by default.
    pub fn value_bytes_max(mut self, bytes: usize) -> Self {
        self.options.value_bytes_max = bytes;
        self
    }
}

impl GrpcServerLayerBuilder {
    pub(super) fn server_from_env() -> Self {
        Self::with(Options::from_env(Side::Server))
    }
}

impl<R> GrpcServerLayerBuilder<R> {
    /// The methods that exist, as `package.Service/Method`; all others are `_OTHER`, unless they belong to one of
    /// the [services](Self::services). Adds to those given before.
    pub fn methods<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.methods.register_methods(names);
        self
    }

    /// The services that exist, as `package.Service`, which tonic has as `NamedService::NAME`. A method of theirs
    /// is taken for one unless the service answers `UNIMPLEMENTED` without a message; methods of others are `_OTHER`.
    /// Adds to those given before.
    pub fn services<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.options.methods.register_services(names);
        self
    }

    /// Says that callers are strangers: each call starts a trace of its own, with a link to the caller's span. Off
    /// by default. The caller's baggage stays.
    pub fn public_endpoint(self, public: bool) -> Self {
        self.public_endpoint_fn(move |_| public)
    }

    /// The same, decided for each call.
    pub fn public_endpoint_fn(
        mut self,
        public: impl Fn(&request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.public_endpoint = Some(Box::new(public));
        self
    }

    /// The layer.
    pub fn build(self) -> GrpcServerLayer<R> {
        GrpcServerLayer::with(Arc::new(self.options))
    }
}

impl GrpcClientLayerBuilder {
    pub(super) fn client_from_env() -> Self {
        Self::with(Options::from_env(Side::Client))
    }
}

impl<R> GrpcClientLayerBuilder<R> {
    /// `server.address` and `server.port` from the address that the channel is made for; without a port the one of
    /// `http` or `https`. A relative one changes nothing.
    pub fn endpoint(mut self, uri: &Uri) -> Self {
        if let Some(server) = origin::target(&self.options.hosts, uri) {
            self.options.server = Some(server);
        }
        self
    }

    /// The layer.
    pub fn build(self) -> GrpcClientLayer<R> {
        GrpcClientLayer::with(Arc::new(self.options))
    }
}

impl<L, R> fmt::Debug for GrpcLayerBuilder<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcLayerBuilder").finish_non_exhaustive()
    }
}

fn is_infrastructure(path: &str) -> bool {
    let service = path.trim_start_matches('/').split('/').next();
    matches!(
        service,
        Some(
            "grpc.health.v1.Health"
                | "grpc.reflection.v1.ServerReflection"
                | "grpc.reflection.v1alpha.ServerReflection"
        )
    )
}
