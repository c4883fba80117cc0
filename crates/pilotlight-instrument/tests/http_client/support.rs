//! Layers that record into a test, and services to put under them.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use pilotlight_instrument::http::{HttpClientLayer, HttpClientLayerBuilder};
use std::convert::Infallible;
use std::future::{Ready, ready};
use tower::service_fn;
use tower::util::ServiceFn;

#[path = "../http_server/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the server, which need other parts of it")]
mod recorded;

pub(crate) use recorded::{Spans, attribute};

pub(crate) type Body = Full<Bytes>;

/// A layer that records into `spans`, measures nothing and knows W3C trace context.
pub(crate) fn layer(spans: &Spans) -> HttpClientLayerBuilder {
    HttpClientLayer::builder()
        .with_tracer_provider(&spans.provider)
        .without_metrics()
        .with_propagator(TraceContextPropagator::new())
}

pub(crate) fn get(url: &str) -> Request<Empty<Bytes>> {
    Request::get(url).body(Empty::new()).unwrap()
}

/// A client whose every request is answered by `answer`.
pub(crate) fn answering<B, A>(
    answer: impl Fn(Request<B>) -> Response<A> + Clone,
) -> ServiceFn<impl Fn(Request<B>) -> Ready<Result<Response<A>, Infallible>> + Clone> {
    service_fn(move |request| ready(Ok(answer(request))))
}

pub(crate) fn hello() -> Response<Body> {
    Response::new(Full::from("hello"))
}
