//! How requests end, without a network.

use crate::support::{Spans, attribute, draw, get};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{any, get as route};
use http::{Request, StatusCode};
use opentelemetry::trace::Status;
use std::future::pending;
use std::io::Error;
use tokio::sync::oneshot;
use tower::{Layer, ServiceExt, service_fn};

#[tokio::test]
async fn only_5xx_is_an_error() {
    for (code, error) in
        [(200, None), (404, None), (499, None), (500, Some("500")), (503, Some("503")), (600, Some("600"))]
    {
        let mut spans = Spans::recorded();
        let status = StatusCode::from_u16(code).unwrap();
        let app = Router::new().route("/", any(move || async move { status })).layer(spans.layer().build());
        app.oneshot(get("/")).await.unwrap();
        let span = spans.next().await;
        assert_eq!(attribute(&span, "error.type").as_deref(), error, "{code}");
        assert_eq!(span.status == Status::error(""), error.is_some(), "{code}");
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_recorded_and_goes_on() {
    let mut spans = Spans::recorded();
    async fn handler() -> &'static str {
        panic!("out of cheese")
    }
    let app = Router::new().route("/", route(handler)).layer(spans.layer().build());
    let outcome = tokio::spawn(app.oneshot(get("/"))).await;
    assert!(outcome.unwrap_err().is_panic());
    spans
        .assert_one(
            "
            SERVER GET /
              status error the service panicked
              error.type = panic
              http.request.method = GET
              http.route = /
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 8080
              url.path = /
              url.scheme = http
              * exception exception.message = out of cheese, exception.type = panic
            ",
        )
        .await;
}

#[tokio::test]
async fn a_panic_before_there_is_a_future_is_recorded_too() {
    let mut spans = Spans::recorded();
    let service = spans.layer().build().layer(service_fn(|request: Request<Body>| {
        assert!(request.uri().path().is_empty(), "no path is good enough");
        async { Ok::<_, Error>(Response::new(Body::empty())) }
    }));
    assert!(tokio::spawn(async { service.oneshot(get("/")).await }).await.unwrap_err().is_panic());
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("panic"));
}

#[tokio::test]
async fn a_service_error_is_recorded_by_its_type() {
    let mut spans = Spans::recorded();
    let service = spans.layer().build().layer(service_fn(|_: Request<Body>| async {
        Err::<Response, _>(Error::other("user 7 is not welcome"))
    }));
    service.oneshot(get("/")).await.unwrap_err();
    let span = spans.next().await;
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("std::io::error::Error"));
    assert_eq!(span.status, Status::error("the service answered with an error"));
}

#[tokio::test]
async fn a_request_dropped_before_its_response_is_cancelled() {
    let mut spans = Spans::recorded();
    let (started, begun) = oneshot::channel();
    let started = std::sync::Mutex::new(Some(started));
    let service = spans.layer().build().layer(service_fn(move |_: Request<Body>| {
        let started = started.lock().unwrap().take();
        async move {
            started.unwrap().send(()).unwrap();
            pending::<Result<Response, Error>>().await
        }
    }));
    let request = tokio::spawn(service.oneshot(get("/slow")));
    begun.await.unwrap();
    request.abort();
    spans
        .assert_one(
            "
            SERVER GET
              status error the request was dropped before its response
              error.type = cancelled
              http.request.method = GET
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 8080
              url.path = /slow
              url.scheme = http
            ",
        )
        .await;
}

#[tokio::test]
async fn a_future_dropped_unpolled_still_ends_its_span() {
    let mut spans = Spans::recorded();
    let mut service =
        spans.layer().build().layer(service_fn(|_: Request<Body>| pending::<Result<Response, Error>>()));
    drop(tower::Service::call(&mut service, get("/")));
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("cancelled"));
}

#[tokio::test]
async fn leaving_need_not_be_an_error() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().disconnect_is_error(false).build();
    let mut service = layer.layer(service_fn(|_: Request<Body>| pending::<Result<Response, Error>>()));
    drop(tower::Service::call(&mut service, get("/")));
    let drawn = draw(&spans.next().await);
    assert!(drawn.ends_with("* cancelled") && !drawn.contains("error"), "{drawn}");
}
