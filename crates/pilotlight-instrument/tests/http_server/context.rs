//! Parents, links, and where the span's context is to be found.

use crate::measured::Metrics;
use crate::support::{Spans, attribute, draw, get};
use axum::body::{Body, Bytes};
use axum::routing::get as route;
use axum::{Extension, Router};
use futures_util::stream;
use http::{HeaderValue, Request};
use opentelemetry::context::FutureExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId, Tracer, TracerProvider};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use pilotlight_instrument::http::{HttpServerLayer, SCHEMA_URL};
use std::convert::Infallible;
use std::sync::mpsc;
use tower::{Layer, Service, ServiceExt, service_fn};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn called() -> Request<Body> {
    let mut request = get("/");
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    request.headers_mut().insert("traceparent", HeaderValue::from_str(&traceparent).unwrap());
    request
}

fn current() -> SpanId {
    Context::map_current(|context| context.span().span_context().span_id())
}

#[tokio::test]
async fn a_span_continues_the_callers_trace() {
    let mut spans = Spans::recorded();
    Router::new()
        .route("/", route(|| async {}))
        .layer(spans.layer().build())
        .oneshot(called())
        .await
        .unwrap();
    let span = spans.next().await;
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), CALLER);
    assert!(span.parent_span_is_remote);
}

#[tokio::test]
async fn the_scope_says_who_made_the_span_and_by_which_conventions() {
    let mut spans = Spans::recorded();
    Router::new()
        .route("/", route(|| async {}))
        .layer(spans.layer().build())
        .oneshot(get("/"))
        .await
        .unwrap();
    let scope = spans.next().await.instrumentation_scope;
    assert_eq!(scope.name(), "pilotlight-instrument");
    assert_eq!(scope.version(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(scope.schema_url(), Some(SCHEMA_URL));
}

#[tokio::test]
async fn a_public_endpoint_starts_its_own_trace_and_links_to_the_caller() {
    let mut spans = Spans::recorded();
    let app = Router::new().route("/", route(|| async {})).layer(spans.layer().public_endpoint(true).build());
    app.oneshot(called()).await.unwrap();
    let span = spans.next().await;
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    let drawn = draw(&span);
    assert!(drawn.ends_with(&format!("-> {TRACE}-{CALLER}")), "{drawn}");
}

#[tokio::test]
async fn a_public_endpoint_without_a_caller_has_no_link() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().public_endpoint_fn(|request| request.uri.path() == "/").build();
    Router::new().route("/", route(|| async {})).layer(layer).oneshot(get("/")).await.unwrap();
    assert!(spans.next().await.links.links.is_empty());
}

#[tokio::test]
async fn handlers_and_bodies_run_inside_the_span() {
    let mut spans = Spans::recorded();
    let (seen, mut sightings) = tokio::sync::mpsc::unbounded_channel();
    let handler = move |Extension(context): Extension<Context>| async move {
        seen.send(context.span().span_context().span_id()).unwrap();
        seen.send(current()).unwrap();
        tokio::task::yield_now().await;
        seen.send(current()).unwrap();
        Body::from_stream(stream::once(async move {
            seen.send(current()).unwrap();
            Ok::<_, std::io::Error>(Bytes::from_static(b"done"))
        }))
    };
    let app = Router::new().route("/", route(handler)).layer(spans.layer().build());
    let response = app.oneshot(get("/")).await.unwrap();
    axum::body::to_bytes(response.into_body(), 10).await.unwrap();
    let span = spans.next().await.span_context.span_id();
    for _ in 0..4 {
        assert_eq!(sightings.recv().await, Some(span));
    }
    assert_eq!(current(), SpanId::INVALID);
}

#[tokio::test]
async fn a_filtered_request_has_no_span_but_keeps_the_callers_context() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().filter(|request| request.uri.path() != "/").filter(|_| true).build();
    let provider = spans.provider.clone();
    let handler = || async move {
        provider.tracer("handler").start("child");
    };
    Router::new().route("/", route(handler)).layer(layer).oneshot(called()).await.unwrap();
    let child = spans.next().await;
    assert_eq!((child.name.as_ref(), child.parent_span_id.to_string().as_str()), ("child", CALLER));
    assert!(spans.so_far().is_empty());
}

#[tokio::test]
async fn a_request_that_is_not_sampled_records_nothing_and_passes_its_context_on() {
    let mut spans = Spans::recorded();
    let never = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let (seen, mut sightings) = tokio::sync::mpsc::unbounded_channel();
    let handler = move |Extension(context): Extension<Context>| async move {
        seen.send(context.span().span_context().clone()).unwrap();
    };
    let layer = spans.layer().with_tracer_provider(&never).build();
    Router::new().route("/", route(handler)).layer(layer).oneshot(called()).await.unwrap();
    let context = sightings.recv().await.unwrap();
    assert_eq!((context.trace_id().to_string().as_str(), context.is_sampled()), (TRACE, false));
    assert!(spans.so_far().is_empty());
}

#[tokio::test]
async fn where_telemetry_is_suppressed_nothing_is_recorded_or_measured() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let suppressed = Context::new().with_telemetry_suppressed();
    let app = Router::new().route("/", route(|| async {})).layer(metrics.layer(&spans).build());
    app.oneshot(get("/")).with_context(suppressed).await.unwrap();
    assert_eq!((spans.so_far().len(), metrics.draw("").as_str()), (0, ""));
}

/// The only test that touches the globals of this process.
#[tokio::test]
async fn a_layer_used_before_there_is_a_provider_records_once_there_is_one() {
    let mut spans = Spans::recorded();
    let trace = |Extension(context): Extension<Context>| async move {
        context.span().span_context().trace_id().to_string()
    };
    let app = Router::new().route("/", route(trace)).layer(HttpServerLayer::new());
    global::set_tracer_provider(NoopTracerProvider::new());
    global::set_text_map_propagator(TraceContextPropagator::new());
    let body = app.clone().oneshot(called()).await.unwrap().into_body();
    assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), TRACE);

    global::set_tracer_provider(spans.provider.clone());
    for _ in 0..2 {
        let body = app.clone().oneshot(called()).await.unwrap().into_body();
        axum::body::to_bytes(body, 100).await.unwrap();
        let span = spans.next().await;
        assert_eq!(span.span_context.trace_id(), TraceId::from_hex(TRACE).unwrap());
        assert_eq!(span.name, "GET /");
        assert_eq!(attribute(&span, "url.path").as_deref(), Some("/"));
    }
}

/// Tells the span that was the current one when it was dropped.
struct TellsOnDrop(mpsc::Sender<SpanId>);

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(current());
    }
}

#[tokio::test]
async fn what_a_handler_or_a_body_holds_is_dropped_in_the_span() {
    let (mut spans, (sender, dropped_in)) = (Spans::recorded(), mpsc::channel());
    let waiting = sender.clone();
    let waits = service_fn(move |_: Request<Body>| {
        let held = TellsOnDrop(waiting.clone());
        async move {
            let _held = held;
            std::future::pending::<Result<http::Response<Body>, Infallible>>().await
        }
    });
    drop(spans.layer().build().layer(waits).call(get("/")));
    assert_eq!(dropped_in.recv().unwrap(), spans.next().await.span_context.span_id());

    let answers = service_fn(move |_: Request<Body>| {
        let held = TellsOnDrop(sender.clone());
        let frames = stream::poll_fn(move |_| {
            let _held = &held;
            std::task::Poll::<Option<Result<Bytes, Infallible>>>::Pending
        });
        async { Ok::<_, Infallible>(http::Response::new(Body::from_stream(frames))) }
    });
    drop(spans.layer().build().layer(answers).oneshot(get("/")).await.unwrap());
    assert_eq!(dropped_in.recv().unwrap(), spans.next().await.span_context.span_id());
}
