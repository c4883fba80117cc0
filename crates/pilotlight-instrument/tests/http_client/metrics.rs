//! What is measured of an attempt.

use crate::measured::Metrics;
use crate::support::{Spans, answering, get, hello, layer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use pilotlight_instrument::http::{HttpClientLayer, HttpClientLayerBuilder, SCHEMA_URL, UrlTemplate};
use std::future::pending;
use std::io;
use tower::{Layer, Service, ServiceExt, service_fn};

type Answer = Response<Full<Bytes>>;

fn measuring(spans: &Spans, metrics: &Metrics) -> HttpClientLayerBuilder {
    layer(spans).with_meter_provider(&metrics.provider)
}

fn post(body: &'static str) -> Request<Full<Bytes>> {
    Request::post("https://shop.example/orders/7")
        .extension(UrlTemplate::new("/orders/{id}"))
        .body(Full::from(body))
        .unwrap()
}

#[tokio::test]
async fn an_attempt_is_measured_by_its_duration_and_the_bytes_sent_and_read() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = measuring(&spans, &metrics).build().layer(answering(|_| hello()));
    let response = service.oneshot(post("one tea")).await.unwrap();
    metrics.assert(
        "
        http.request.method = POST, server.address = shop.example, server.port = 443, url.scheme = https, url.template = /orders/{id}
          active_requests: 1
        ",
    );
    response.into_body().collect().await.unwrap();
    metrics.assert(
        "
        http.request.method = POST, http.response.status_code = 200, network.protocol.version = 1.1, server.address = shop.example, server.port = 443, url.scheme = https, url.template = /orders/{id}
          request.body.size: 7 in 1
          request.duration: 1
          response.body.size: 5 in 1
        http.request.method = POST, server.address = shop.example, server.port = 443, url.scheme = https, url.template = /orders/{id}
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn the_instruments_are_those_of_the_conventions() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = measuring(&spans, &metrics).build().layer(answering(|_| hello()));
    service.oneshot(post("one tea")).await.unwrap();
    let collected = metrics.collected();
    let scope = collected.scope_metrics().next().unwrap();
    assert_eq!(scope.scope().schema_url(), Some(SCHEMA_URL));
    let mut described: Vec<_> =
        scope.metrics().map(|metric| (metric.name(), metric.unit(), metric.description())).collect();
    described.sort();
    assert_eq!(
        described,
        [
            ("http.client.active_requests", "{request}", "Number of active HTTP requests."),
            ("http.client.request.body.size", "By", "Size of HTTP client request bodies."),
            ("http.client.request.duration", "s", "Duration of HTTP client requests."),
            ("http.client.response.body.size", "By", "Size of HTTP client response bodies."),
        ]
    );
    let duration = scope.metrics().find(|metric| metric.name() == "http.client.request.duration").unwrap();
    let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = duration.data() else {
        panic!("durations are a histogram of f64")
    };
    let bounds: Vec<f64> = histogram.data_points().next().unwrap().bounds().collect();
    assert_eq!(bounds, [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]);
}

#[tokio::test]
async fn a_failed_attempt_has_its_kind_and_no_response() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = measuring(&spans, &metrics).build().layer(service_fn(|_: Request<Empty<Bytes>>| async {
        Err::<Answer, _>(io::Error::from(io::ErrorKind::ConnectionRefused))
    }));
    service.oneshot(get("http://shop.example/")).await.unwrap_err();
    metrics.assert(
        "
        error.type = connection_refused, http.request.method = GET, server.address = shop.example, server.port = 80, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
        http.request.method = GET, server.address = shop.example, server.port = 80, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn a_cancelled_attempt_is_measured_once_without_an_error() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let layer = measuring(&spans, &metrics).build();
    let mut service =
        layer.layer(service_fn(|_: Request<Empty<Bytes>>| pending::<Result<Answer, io::Error>>()));
    drop(Service::call(&mut service, get("http://shop.example/")));
    metrics.assert(
        "
        http.request.method = GET, server.address = shop.example, server.port = 80, url.scheme = http
          active_requests: 0
          request.body.size: 0 in 1
          request.duration: 1
        ",
    );
}

#[tokio::test]
async fn a_response_dropped_unread_is_measured_once() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = measuring(&spans, &metrics).build().layer(answering(|_| hello()));
    drop(service.oneshot(get("http://shop.example/")).await.unwrap());
    let drawn = metrics.draw("status_code = 200");
    assert!(drawn.contains("request.duration: 1") && drawn.contains("response.body.size: 0 in 1"), "{drawn}");
    assert!(!drawn.contains("error.type"), "{drawn}");
}

#[tokio::test]
async fn unknown_methods_and_schemes_are_one_series() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = measuring(&spans, &metrics).build().layer(answering(|_| hello()));
    for made_up in ["a", "b"] {
        let request = Request::builder().method(made_up).uri(format!("{made_up}://shop.example/"));
        service.clone().oneshot(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    }
    let drawn = metrics.draw("http.request.method = _OTHER, http.response.status_code");
    assert!(drawn.contains("url.scheme = _OTHER") && drawn.contains("request.duration: 2"), "{drawn}");
}

#[tokio::test]
async fn attempts_are_measured_sampled_or_not() {
    let metrics = Metrics::recorded();
    let unsampled = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let layer = HttpClientLayer::builder()
        .with_tracer_provider(&unsampled)
        .with_meter_provider(&metrics.provider)
        .build();
    layer.layer(answering(|_| hello())).oneshot(get("http://shop.example/")).await.unwrap();
    assert!(metrics.draw("status_code = 200").contains("request.duration: 1"));
}

#[tokio::test]
async fn filtered_requests_are_not_measured() {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let service = measuring(&spans, &metrics).filter(|_| false).build().layer(answering(|_| hello()));
    service.oneshot(get("http://shop.example/")).await.unwrap();
    assert_eq!(metrics.draw(""), "");
}
