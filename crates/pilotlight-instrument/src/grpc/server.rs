//! The layer that servers add.

use super::builder::GrpcServerLayerBuilder;
use super::options::Options;
use super::service::GrpcCallService;
use crate::http::Untouched;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use tower_layer::Layer;

/// Gives every call that a gRPC server answers a span, and measures it.
///
/// It fits any [`tower_service::Service`] from [`http::Request`] to [`http::Response`] that speaks gRPC: tonic's
/// server and router, and hyper. Below a layer that translates gRPC-Web, not above it, since only there are
/// trailers to read. Requests that are not gRPC, to a server that has both, should be [filtered
/// out](super::GrpcLayerBuilder::filter), or the layer be put on gRPC's routes only.
///
/// **When a span ends, and with what status.** With the trailers handed to the server. `rpc.status_code` is the name
/// of the code:
///
/// | what happened | status |
/// |---|---|
/// | trailers, or a response without a body, with `grpc-status` | that code; `CODE(17)` to `CODE(99)` for numbers that nobody has assigned, `UNKNOWN` for what is no code |
/// | neither | what gRPC makes of the HTTP status; `UNKNOWN` for 200 |
/// | the service or the body answered with an error | the status in it or in one of its sources, the code that an HTTP/2 reset stands for, or `UNKNOWN` |
/// | the service or the body panicked | `INTERNAL`; an `exception` event has the message; the panic goes on |
/// | the call was dropped before its end: the client left, or a time limit struck | `DEADLINE_EXCEEDED` if the request's `grpc-timeout` had passed, or else `CANCELLED`, which is what tonic's server tells its client in both cases |
///
/// **Errors.** `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS`, and codes that
/// nobody has assigned. Only then the span's status is an error, described by `grpc-message`, and `error.type` is
/// the code's name. The others are the caller's fault. Of errors instead of a status only tonic's, hyper's and h2's
/// own texts are recorded: any other may hold a URL.
///
/// **Attributes.** `rpc.system.name`, `rpc.method`, `server.address` and `server.port` from `:authority`, and
/// `network.peer.*` from [`PeerAddr`](super::PeerAddr) or, with the feature `tonic`, from tonic's `TcpConnectInfo`,
/// when the span starts; `rpc.status_code` and `error.type` when it ends; metadata if
/// [asked for](super::GrpcLayerBuilder::capture_request_metadata).
///
/// **Methods.** The span is named `package.Service/Method`. Paths that name no method, and all names but those
/// that are [registered](super::GrpcServerLayerBuilder::methods), are `_OTHER` with `rpc.method_original`, and the
/// span is named `grpc`. Where nothing is registered, any name of the right grammar is believed until the end: it is
/// taken back if the call then is `UNIMPLEMENTED` without a message, as routers answer, and when more than 1000 names
/// have been believed (500, where no call was answered). Until a call has shown that a method exists, `rpc.method`
/// comes at the end of its calls, unseen by samplers. An interceptor that refuses strangers before the router sees
/// them makes every name look right: register the methods there.
///
/// **Metrics.** `rpc.server.call.duration`, a histogram in seconds with the conventions' buckets: exactly once for
/// each call that passes the filters, sampled or not, with the span as the current one. Its attributes are
/// `rpc.system.name`, `rpc.method`, `rpc.status_code` and `error.type`.
///
/// **Context.** The caller's context is taken from the metadata by the global propagator; the span's is the
/// current one whenever the service or the body is polled or dropped, and in the request's extensions. Tasks that a
/// handler spawns need it handed over. Where the current context says that telemetry is suppressed, there is neither a
/// span nor a measurement.
///
/// **When telemetry starts later.** A layer that is built, or even used, before a tracer or meter provider is
/// installed starts recording as soon as there is one, and keeps it.
///
/// **Cost.** As much as [`HttpServerLayer`](crate::http::HttpServerLayer), in the same number of allocations: one
/// `Vec` of attributes, the span's name, the server's address, and the API's own boxes for the span and its contexts.
/// Neither the future nor the response's body is boxed, and measuring allocates nothing. A method's name costs a few
/// more until it is known.
///
/// ```
/// use pilotlight_instrument::grpc::GrpcServerLayer;
/// use tower::{Layer, service_fn};
///
/// let routes = service_fn(|_: http::Request<()>| async {
///     let status = ("grpc-status", "0");
///     http::Response::builder().header(status.0, status.1).body(http_body_util::Empty::<bytes::Bytes>::new())
/// });
/// let service = GrpcServerLayer::new().layer(routes);
/// # let _ = service;
/// ```
///
/// With tonic: `Server::builder().layer(GrpcServerLayer::new()).add_service(…)`.
pub struct GrpcServerLayer<R = Untouched> {
    options: Arc<Options>,
    bodies: PhantomData<fn() -> R>,
}

impl GrpcServerLayer {
    /// A layer with every option at its default. Reads `OTEL_SEMCONV_STABILITY_OPT_IN`.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A layer with options. Reads `OTEL_SEMCONV_STABILITY_OPT_IN`.
    pub fn builder() -> GrpcServerLayerBuilder {
        GrpcServerLayerBuilder::server_from_env()
    }
}

impl<R> GrpcServerLayer<R> {
    pub(super) fn with(options: Arc<Options>) -> Self {
        Self { options, bodies: PhantomData }
    }
}

impl Default for GrpcServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, R> Layer<S> for GrpcServerLayer<R> {
    type Service = GrpcCallService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        GrpcCallService::new(inner, Arc::clone(&self.options))
    }
}

impl<R> Clone for GrpcServerLayer<R> {
    fn clone(&self) -> Self {
        Self::with(Arc::clone(&self.options))
    }
}

impl<R> fmt::Debug for GrpcServerLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcServerLayer").finish_non_exhaustive()
    }
}
