//! What is measured of a request, and what it is measured with.

use crate::measured::Metrics;
use crate::support::{Spans, get, serve};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{any, get as route, post};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use opentelemetry::metrics::{
    Histogram, HistogramBuilder, InstrumentBuilder, InstrumentProvider, Meter, MeterProvider,
    NoopMeterProvider, SyncInstrument, UpDownCounter,
};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, InstrumentationScope, KeyValue, global};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use pilotlight_instrument::http::{HttpRoute, HttpServerLayer, RequestBody, SCHEMA_URL};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tower::{Layer, ServiceExt, service_fn};

/// Sends a request over a real socket and reads the whole answer.
async fn ask(app: Router, request: Request<Full<Bytes>>) {
    let socket = TcpStream::connect(serve(app).await).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
}

#[tokio::test]
async fn a_request_is_measured_by_its_duration_and_the_bytes_read_and_sent() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let echo = |Path(_): Path<String>, body: String| async move { body + " there" };
    let app = Router::new().route("/{name}", post(echo)).layer(metrics.layer(&spans).build());
    let request = Request::post("/ada").header("host", "shop.example").body(Full::from("hello")).unwrap();
    ask(app, request).await;
    spans.next().await;
    metrics.assert(
        "
        http.request.method = POST, http.response.status_code = 200, http.route = /{name}, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 5 in 1
          request.duration: 1
          response.body.size: 11 in 1
        http.request.method = POST, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn the_instruments_are_those_of_the_conventions() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let app = Router::new().route("/", route(|| async {})).layer(metrics.layer(&spans).build());
    app.oneshot(get("/")).await.unwrap();
    spans.next().await;
    let collected = metrics.collected();
    let scope = collected.scope_metrics().next().unwrap();
    assert_eq!(scope.scope().name(), "pilotlight-instrument");
    assert_eq!(scope.scope().schema_url(), Some(SCHEMA_URL));
    let mut described: Vec<_> =
        scope.metrics().map(|metric| (metric.name(), metric.unit(), metric.description())).collect();
    described.sort();
    assert_eq!(
        described,
        [
            ("http.server.active_requests", "{request}", "Number of active HTTP server requests."),
            ("http.server.request.body.size", "By", "Size of HTTP server request bodies."),
            ("http.server.request.duration", "s", "Duration of HTTP server requests."),
            ("http.server.response.body.size", "By", "Size of HTTP server response bodies."),
        ]
    );
    let duration = scope.metrics().find(|metric| metric.name() == "http.server.request.duration").unwrap();
    let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = duration.data() else {
        panic!("durations are a histogram of f64")
    };
    let bounds: Vec<f64> = histogram.data_points().next().unwrap().bounds().collect();
    assert_eq!(bounds, [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]);
}

#[tokio::test]
async fn a_request_is_active_until_the_last_byte_and_measured_then() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let app = Router::new().route("/", route(|| async { "hello" })).layer(metrics.layer(&spans).build());
    let response = app.oneshot(get("/")).await.unwrap();
    metrics.assert(
        "
        http.request.method = GET, url.scheme = http
          active_requests: 1
        ",
    );
    response.into_body().collect().await.unwrap();
    let drawn = metrics.draw("");
    assert!(drawn.contains("active_requests: 0") && drawn.contains("request.duration: 1"), "{drawn}");
}

#[tokio::test]
async fn a_stranger_cannot_make_up_new_series() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let app = Router::new().fallback(any(|| async {})).layer(metrics.layer(&spans).build());
    for made_up in ["a", "b", "c"] {
        let request = Request::builder()
            .method(made_up)
            .uri(format!("{made_up}://{made_up}.example/{made_up}?{made_up}"))
            .header("user-agent", made_up);
        app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        spans.next().await;
    }
    metrics.assert(
        "
        http.request.method = _OTHER, http.response.status_code = 200, network.protocol.version = 1.1, url.scheme = _OTHER
          request.body.size: 0 in 3
          request.duration: 3
          response.body.size: 0 in 3
        http.request.method = _OTHER, url.scheme = _OTHER
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn the_server_is_part_of_the_metrics_only_on_request() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let layer = metrics.layer(&spans).server_in_metrics(true).build();
    Router::new().route("/", route(|| async {})).layer(layer).oneshot(get("/")).await.unwrap();
    spans.next().await;
    metrics.assert(
        "
        http.request.method = GET, http.response.status_code = 200, http.route = /, network.protocol.version = 1.1, server.address = shop.example, server.port = 8080, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
          response.body.size: 0 in 1
        http.request.method = GET, server.address = shop.example, server.port = 8080, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn a_route_that_comes_with_the_response_is_the_one_that_is_measured() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = metrics.layer(&spans).build().layer(service_fn(|_: Request<Body>| async {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(HttpRoute::new(format!("/{}", "{id}")));
        Ok::<_, Infallible>(response)
    }));
    service.oneshot(get("/7")).await.unwrap();
    spans.next().await;
    let drawn = metrics.draw("http.route = /{id}");
    assert!(drawn.contains("request.duration: 1"), "{drawn}");
}

#[tokio::test]
async fn requests_that_are_not_sampled_are_measured_all_the_same() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let never = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let layer = metrics.layer(&spans).with_tracer_provider(&never).build();
    let failing = || async { http::StatusCode::BAD_GATEWAY };
    Router::new().route("/", route(failing)).layer(layer).oneshot(get("/")).await.unwrap();
    metrics.assert(
        "
        error.type = 502, http.request.method = GET, http.response.status_code = 502, http.route = /, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
          response.body.size: 0 in 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn a_request_that_a_filter_leaves_out_is_not_measured() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let layer = metrics.layer(&spans).filter(|request| request.uri.path() != "/health").build();
    Router::new().route("/health", route(|| async {})).layer(layer).oneshot(get("/health")).await.unwrap();
    metrics.assert("");
}

#[tokio::test]
async fn a_layer_without_metrics_measures_nothing() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let layer = metrics.layer(&spans).without_metrics().build();
    Router::new().route("/", route(|| async {})).layer(layer).oneshot(get("/")).await.unwrap();
    spans.next().await;
    metrics.assert("");
}

#[tokio::test]
async fn bodies_of_other_types_than_axums_are_measured_when_watched() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let request = || Request::post("/").body(Full::from("hello")).unwrap();
    let unwatched = service_fn(|request: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let response = metrics.layer(&spans).build().layer(unwatched).oneshot(request()).await.unwrap();
    response.into_body().collect().await.unwrap();
    spans.next().await;
    assert!(!metrics.draw("").contains("request.body.size"));

    let watched = service_fn(|request: Request<RequestBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let layer = metrics.layer(&spans).watch_request_bodies().build();
    let response = layer.layer(watched).oneshot(request()).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert!(spans.next().await.events.is_empty());
    assert!(metrics.draw("").contains("request.body.size: 5 in 1"), "{}", metrics.draw(""));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_still_told_apart_from_one_that_broke() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let app = Router::new().route("/", post(|_: String| async {})).layer(metrics.layer(&spans).build());
    // The limit is outside of what the layer wraps, and its error has to make it through.
    let limited = http_body_util::Limited::new(Full::<Bytes>::from("far too long"), 3);
    let response = app.oneshot(Request::post("/").body(Body::new(limited)).unwrap()).await.unwrap();
    assert_eq!(response.status(), http::StatusCode::PAYLOAD_TOO_LARGE);
    response.into_body().collect().await.unwrap();
    spans.next().await;
    let drawn = metrics.draw("http.response.status_code = 413");
    assert!(drawn.contains("request.body.size: 0 in 1"), "{drawn}");
}

/// A provider that tells which span was current when something was measured.
struct Witness(mpsc::UnboundedSender<SpanContext>);

impl Witness {
    fn instrument<T>(&self) -> Arc<dyn SyncInstrument<T> + Send + Sync> {
        Arc::new(Self(self.0.clone()))
    }
}

impl MeterProvider for Witness {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(Self(self.0.clone())))
    }
}

impl InstrumentProvider for Witness {
    fn i64_up_down_counter(&self, _: InstrumentBuilder<'_, UpDownCounter<i64>>) -> UpDownCounter<i64> {
        UpDownCounter::new(self.instrument())
    }

    fn f64_histogram(&self, _: HistogramBuilder<'_, Histogram<f64>>) -> Histogram<f64> {
        Histogram::new(self.instrument())
    }

    fn u64_histogram(&self, _: HistogramBuilder<'_, Histogram<u64>>) -> Histogram<u64> {
        Histogram::new(self.instrument())
    }
}

impl<T> SyncInstrument<T> for Witness {
    fn measure(&self, _: T, _: &[KeyValue]) {
        let current = Context::map_current(|context| context.span().span_context().clone());
        self.0.send(current).unwrap();
    }
}

#[tokio::test]
async fn every_measurement_is_made_with_the_span_as_the_current_one() {
    let mut spans = Spans::recorded();
    let (sender, mut seen) = mpsc::unbounded_channel();
    let layer = spans.layer().with_meter_provider(&Witness(sender)).build();
    let response = Router::new().route("/", route(|| async { "hello" })).layer(layer).oneshot(get("/")).await;
    response.unwrap().into_body().collect().await.unwrap();
    let span = spans.next().await.span_context;
    assert!(span.is_sampled());
    for _ in ["one more active", "one less", "duration", "request", "response"] {
        assert_eq!(seen.recv().await.as_ref(), Some(&span));
    }
    assert!(!Context::current().has_active_span());
}

/// The only test that touches the global meter provider; its method keeps its series apart from those of other
/// tests.
#[tokio::test]
async fn a_layer_used_before_there_is_a_provider_measures_once_there_is_one() {
    let metrics = Metrics::recorded();
    let (started, begun) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let waits = Arc::new(std::sync::Mutex::new(Some((started, released))));
    let handler = move || async move {
        let waits = waits.lock().unwrap().take();
        if let Some((started, released)) = waits {
            started.send(()).unwrap();
            released.await.unwrap();
        }
    };
    let layer = HttpServerLayer::builder().known_methods(["LATE"]).build();
    let app = Router::new().fallback(any(handler)).layer(layer);
    let request =
        || Request::builder().method(Method::from_bytes(b"LATE").unwrap()).body(Body::empty()).unwrap();
    global::set_meter_provider(NoopMeterProvider::new());
    let early = tokio::spawn(app.clone().oneshot(request()));
    begun.await.unwrap();

    global::set_meter_provider(metrics.provider.clone());
    release.send(()).unwrap();
    early.await.unwrap().unwrap();
    // What was not counted when it began is not counted when it ends.
    assert_eq!(metrics.draw("LATE"), "");

    app.oneshot(request()).await.unwrap();
    let drawn = metrics.draw("LATE");
    assert!(drawn.contains("active_requests: 0") && drawn.contains("request.duration: 1"), "{drawn}");
}
