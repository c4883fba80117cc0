//! The layer that clients add.

use super::builder::GrpcClientLayerBuilder;
use super::options::Options;
use super::service::GrpcCallService;
use crate::http::Untouched;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use tower_layer::Layer;

/// Gives every call that a gRPC client makes a span, and measures it.
///
/// It fits any [`tower_service::Service`] from [`http::Request`] to [`http::Response`] that speaks gRPC: tonic's
/// `Channel`, and hyper's clients. Above a layer that translates gRPC-Web, not below it, since only there are trailers
/// to read. Put above what retries, it makes one span a call, and below it, one for each attempt.
///
/// **When a span ends, and with what status.** With the trailers, when the caller has read the response to its end.
/// `rpc.status_code` is the name of the code that the caller gets:
///
/// | what happened | status |
/// |---|---|
/// | trailers, or a response's head, with `grpc-status` | that code; `CODE(17)` to `CODE(99)` for numbers that nobody has assigned, `UNKNOWN` for what is no code |
/// | neither, from a proxy or a server that is not gRPC | what gRPC makes of the HTTP status; `UNKNOWN` for 200 |
/// | the channel or the body failed: not connected, connection lost, stream reset | the status that the error stands for; with the feature `tonic` the one that tonic's caller gets (so `CANCELLED` where a channel's own time limit struck, and `UNKNOWN` where a connection broke in the middle) |
/// | the call was dropped before its end, or the stream before its trailers | `DEADLINE_EXCEEDED` if the request's `grpc-timeout` had passed, or else `CANCELLED` |
/// | the channel panicked | `INTERNAL`; an `exception` event has the message; the panic goes on |
///
/// A channel that is not ready, and says so before it is called, makes no span.
/// What a client does not like about a message that came, such as its size or its encoding, is decided above this
/// layer; the call is dropped then, and `CANCELLED`, as the server sees it too.
///
/// **Errors.** All codes but `OK`: the span's status is an error then, described by `grpc-message`, and
/// `error.type` is the code's name. Of errors instead of a status only tonic's, hyper's and h2's own texts are
/// recorded: any other may hold a URL.
///
/// **Attributes.** `rpc.system.name`, `rpc.method`, `server.address` and `server.port` when the span starts;
/// `rpc.status_code` and `error.type` when it ends; `network.peer.*` if the response's extensions have a
/// [`PeerAddr`](super::PeerAddr); metadata if [asked for](super::GrpcLayerBuilder::capture_request_metadata).
/// tonic's clients leave the server out of their requests, for the channel to add, so that it has to be
/// [told](super::GrpcClientLayerBuilder::endpoint): the conventions require it.
///
/// **Metrics.** `rpc.client.call.duration`, a histogram in seconds with the conventions' buckets: exactly once for
/// each call that passes the filters, sampled or not, with the span as the current one. Its attributes are
/// `rpc.system.name`, `rpc.method`, `rpc.status_code`, `error.type`, `server.address` and `server.port`.
///
/// **Context.** The span's parent is the context in which the call is made, and its own is written into the
/// metadata by the global propagator, baggage included, for filtered and unsampled calls too, in place of whatever
/// the request had of the kind. It is the current one whenever the channel or the body is polled or dropped. Where
/// telemetry is suppressed, as in exporters, there is neither a span nor a measurement.
///
/// **When telemetry starts later.** A layer that is built, or even used, before a tracer or meter provider is
/// installed starts recording as soon as there is one, and keeps it.
///
/// **Cost.** As on the [server's side](super::GrpcServerLayer), and what the propagator needs to write the context.
///
/// ```
/// use pilotlight_instrument::grpc::GrpcClientLayer;
/// use tonic::transport::{Channel, Uri};
/// use tower::ServiceBuilder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let uri = Uri::from_static("http://inventory:50051");
/// let channel = ServiceBuilder::new()
///     .layer(GrpcClientLayer::builder().endpoint(&uri).build())
///     .service(Channel::builder(uri).connect_lazy());
/// let client = tonic::client::Grpc::new(channel); // or a generated client's `new`
/// # let _ = client;
/// # }
/// ```
pub struct GrpcClientLayer<R = Untouched> {
    options: Arc<Options>,
    bodies: PhantomData<fn() -> R>,
}

impl GrpcClientLayer {
    /// A layer with every option at its default. Reads `OTEL_SEMCONV_STABILITY_OPT_IN`.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A layer with options. Reads `OTEL_SEMCONV_STABILITY_OPT_IN`.
    pub fn builder() -> GrpcClientLayerBuilder {
        GrpcClientLayerBuilder::client_from_env()
    }
}

impl<R> GrpcClientLayer<R> {
    pub(super) fn with(options: Arc<Options>) -> Self {
        Self { options, bodies: PhantomData }
    }
}

impl Default for GrpcClientLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, R> Layer<S> for GrpcClientLayer<R> {
    type Service = GrpcCallService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        GrpcCallService::new(inner, Arc::clone(&self.options))
    }
}

impl<R> Clone for GrpcClientLayer<R> {
    fn clone(&self) -> Self {
        Self::with(Arc::clone(&self.options))
    }
}

impl<R> fmt::Debug for GrpcClientLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcClientLayer").finish_non_exhaustive()
    }
}
