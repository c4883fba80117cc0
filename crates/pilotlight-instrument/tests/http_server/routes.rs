//! Names and `http.route`.

use crate::support::{Spans, attribute, get};
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get as route};
use http::Request;
use pilotlight_instrument::http::HttpRoute;
use tower::{Layer, ServiceExt, service_fn};

#[tokio::test]
async fn a_span_is_named_by_method_and_route() {
    let mut spans = Spans::recorded();
    let app = Router::new().route("/users/{id}", route(|| async { "Ada" })).layer(spans.layer().build());
    let response = app.oneshot(get("/users/7?page=2")).await.unwrap();
    drop(axum::body::to_bytes(response.into_body(), 100).await.unwrap());
    spans
        .assert_one(
            "
            SERVER GET /users/{id}
              http.request.method = GET
              http.response.status_code = 200
              http.route = /users/{id}
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 8080
              url.path = /users/7
              url.query = page=2
              url.scheme = http
            ",
        )
        .await;
}

#[tokio::test]
async fn nested_routes_are_named_in_full_also_below_a_route_layer() {
    let mut spans = Spans::recorded();
    let users = Router::new().route("/{id}", route(|| async {})).route_layer(spans.layer().build());
    Router::new().nest("/users", users).oneshot(get("/users/7")).await.unwrap();
    assert_eq!(spans.next().await.name, "GET /users/{id}");
}

#[tokio::test]
async fn a_nested_routers_layer_records_the_path_as_the_client_sent_it() {
    let mut spans = Spans::recorded();
    let users = Router::new().route("/{id}", route(|| async {})).layer(spans.layer().build());
    Router::new().nest("/users", users).oneshot(get("/users/7?page=2")).await.unwrap();
    let span = spans.next().await;
    assert_eq!(attribute(&span, "http.route").as_deref(), Some("/users/{id}"));
    assert_eq!(attribute(&span, "url.path").as_deref(), Some("/users/7"));
    assert_eq!(attribute(&span, "url.query").as_deref(), Some("page=2"));
}

#[tokio::test]
async fn a_nested_routers_fallback_is_named_by_the_method_alone() {
    let mut spans = Spans::recorded();
    let users = Router::new().fallback(|| async {}).layer(spans.layer().build());
    Router::new().nest("/users", users).oneshot(get("/users/7/secret")).await.unwrap();
    let span = spans.next().await;
    assert_eq!(span.name, "GET");
    assert_eq!(attribute(&span, "http.route"), None);
    assert_eq!(attribute(&span, "url.path").as_deref(), Some("/users/7/secret"));
}

#[tokio::test]
async fn a_path_that_no_route_matches_is_not_part_of_the_name() {
    let mut spans = Spans::recorded();
    let app = Router::new().route("/", route(|| async {})).layer(spans.layer().build());
    app.oneshot(get("/wp-admin.php")).await.unwrap();
    spans
        .assert_one(
            "
            SERVER GET
              http.request.method = GET
              http.response.status_code = 404
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 8080
              url.path = /wp-admin.php
              url.scheme = http
            ",
        )
        .await;
}

#[tokio::test]
async fn a_response_may_bring_the_route() {
    let mut spans = Spans::recorded();
    let service = spans.layer().build().layer(service_fn(|_: Request<Body>| async {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(HttpRoute::new("/files/{*path}"));
        Ok::<_, std::convert::Infallible>(response)
    }));
    service.oneshot(get("/files/a/b")).await.unwrap();
    let span = spans.next().await;
    assert_eq!(span.name, "GET /files/{*path}");
    assert_eq!(attribute(&span, "http.route").as_deref(), Some("/files/{*path}"));
}

#[tokio::test]
async fn a_hook_or_a_request_extension_may_bring_the_route() {
    let mut spans = Spans::recorded();
    let layer =
        spans.layer().route(|request| (request.uri.path() == "/hook").then(|| HttpRoute::new("/from-hook")));
    let app = Router::new().fallback(any(|| async {})).layer(layer.build());
    app.clone().oneshot(get("/hook")).await.unwrap();
    let mut request = get("/");
    request.extensions_mut().insert(HttpRoute::new("/from-extension"));
    app.oneshot(request).await.unwrap();
    assert_eq!(spans.next().await.name, "GET /from-hook");
    assert_eq!(spans.next().await.name, "GET /from-extension");
}

#[tokio::test]
async fn a_formatter_has_the_last_word_on_the_name() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().span_name(|request| format!("my {}", request.method));
    let handler = || async {
        let mut response = ().into_response();
        response.extensions_mut().insert(HttpRoute::new("/later"));
        response
    };
    Router::new().fallback(handler).layer(layer.build()).oneshot(get("/")).await.unwrap();
    let span = spans.next().await;
    assert_eq!(span.name, "my GET");
    assert_eq!(attribute(&span, "http.route").as_deref(), Some("/later"));
}

#[tokio::test]
async fn tonics_router_is_a_service_like_others() {
    let mut spans = Spans::recorded();
    let service = spans.layer().build().layer(tonic::service::Routes::default());
    let call = Request::post("http://shop.example:8080/shop.Inventory/Reserve")
        .header("content-type", "application/grpc")
        .body(tonic::body::Body::empty())
        .unwrap();
    let response = service.oneshot(call).await.unwrap();
    drop(response.into_body());
    spans
        .assert_one(
            "
            SERVER POST
              http.request.method = POST
              http.response.status_code = 200
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 8080
              url.path = /shop.Inventory/Reserve
              url.scheme = http
            ",
        )
        .await;
}
