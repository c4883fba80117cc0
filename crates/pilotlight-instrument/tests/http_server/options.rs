//! Hooks that add to spans.

use crate::support::{Spans, attribute, get};
use axum::Router;
use axum::routing::get as route;
use opentelemetry::KeyValue;
use tower::ServiceExt;

#[tokio::test]
async fn hooks_add_attributes_from_requests_and_responses() {
    let mut spans = Spans::recorded();
    let layer = spans
        .layer()
        .request_attributes(|request, attributes| {
            attributes.push(KeyValue::new("shop.path_bytes", request.uri.path().len() as i64));
        })
        .response_attributes(|response, attributes| {
            attributes.push(KeyValue::new("shop.headers", response.headers.len() as i64));
        })
        .capture_response_headers([http::header::ETAG])
        .build();
    let app = Router::new().route("/a", route(|| async { [("etag", "v1")] })).layer(layer);
    app.oneshot(get("/a")).await.unwrap();
    let span = spans.next().await;
    assert_eq!(attribute(&span, "shop.path_bytes").as_deref(), Some("2"));
    assert_eq!(attribute(&span, "shop.headers").as_deref(), Some("1"));
    assert_eq!(attribute(&span, "http.response.header.etag").as_deref(), Some(r#"["v1"]"#));
}
