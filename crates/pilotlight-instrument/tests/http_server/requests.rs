//! What is recorded of a request, however hostile.

use crate::support::{Spans, attribute, get};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::any;
use http::{HeaderValue, Method, Request};
use opentelemetry_sdk::trace::SpanData;
use pilotlight_instrument::http::{HttpServerLayer, PeerAddr};
use proptest::prelude::*;
use std::net::SocketAddr;
use tower::ServiceExt;

async fn recorded(spans: &mut Spans, layer: HttpServerLayer, request: Request<axum::body::Body>) -> SpanData {
    let app = Router::new().route("/{*path}", any(|| async {})).layer(layer);
    app.oneshot(request).await.unwrap();
    spans.next().await
}

fn forwarded() -> Request<axum::body::Body> {
    let mut request = get("/a");
    let headers = request.headers_mut();
    headers.insert("forwarded", HeaderValue::from_static("for=192.0.2.60;proto=https;host=public.example"));
    headers.insert("x-forwarded-for", HeaderValue::from_static("198.51.100.1, 10.0.0.1"));
    request.extensions_mut().insert(PeerAddr(SocketAddr::from(([10, 0, 0, 9], 4321))));
    request
}

#[tokio::test]
async fn forwarding_headers_are_believed_only_on_request() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().build();
    let told = |span: &SpanData| {
        [
            "client.address",
            "network.peer.address",
            "network.peer.port",
            "server.address",
            "server.port",
            "url.scheme",
        ]
        .map(|key| attribute(span, key).unwrap_or("-".to_owned()))
        .join(" ")
    };
    let span = recorded(&mut spans, layer, forwarded()).await;
    assert_eq!(told(&span), "10.0.0.9 10.0.0.9 4321 shop.example 8080 http");
    let layer = spans.layer().trust_forwarded(true).build();
    let span = recorded(&mut spans, layer, forwarded()).await;
    assert_eq!(told(&span), "192.0.2.60 10.0.0.9 4321 public.example - https");
}

#[tokio::test]
async fn the_peer_comes_from_axums_connect_info() {
    let mut spans = Spans::recorded();
    let mut request = get("/a");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 5))));
    let layer = spans.layer().build();
    let span = recorded(&mut spans, layer, request).await;
    assert_eq!(attribute(&span, "client.address").as_deref(), Some("::1"));
    assert_eq!(attribute(&span, "network.peer.port").as_deref(), Some("5"));
}

#[tokio::test]
async fn an_unknown_method_is_folded_into_one_name() {
    let mut spans = Spans::recorded();
    let mut request = get("/a");
    *request.method_mut() = Method::from_bytes(b"get").unwrap();
    let layer = spans.layer().build();
    let span = recorded(&mut spans, layer, request).await;
    assert_eq!(span.name, "HTTP /{*path}");
    assert_eq!(attribute(&span, "http.request.method").as_deref(), Some("_OTHER"));
    assert_eq!(attribute(&span, "http.request.method_original").as_deref(), Some("get"));
}

#[tokio::test]
async fn the_known_methods_can_be_replaced() {
    let mut spans = Spans::recorded();
    let mut purge = get("/a");
    *purge.method_mut() = Method::from_bytes(b"PURGE").unwrap();
    let layer = spans.layer().known_methods(["PURGE"]).build();
    let span = recorded(&mut spans, layer.clone(), purge).await;
    assert_eq!(span.name, "PURGE /{*path}");
    assert_eq!(attribute(&span, "http.request.method_original"), None);
    assert_eq!(recorded(&mut spans, layer, get("/a")).await.name, "HTTP /{*path}");
}

/// Runs itself again in a process that has the variable: this one's environment belongs to all tests.
#[test]
fn the_known_methods_come_from_the_environment_unless_the_builder_names_them() {
    const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";
    if std::env::var_os(VARIABLE).is_none() {
        let name = std::thread::current().name().unwrap().to_owned();
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let output = again.args(["--exact", &name]).env(VARIABLE, "PURGE").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut spans = Spans::recorded();
    let (from_env, told) = (spans.layer().build(), spans.layer().known_methods(["GET"]).build());
    assert_eq!(runtime.block_on(recorded(&mut spans, from_env, get("/a"))).name, "HTTP /{*path}");
    assert_eq!(runtime.block_on(recorded(&mut spans, told, get("/a"))).name, "GET /{*path}");
}

#[tokio::test]
async fn secrets_in_the_query_are_redacted() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().build();
    let span = recorded(&mut spans, layer, get("/a?sig=hunter2&token=t")).await;
    assert_eq!(attribute(&span, "url.query").as_deref(), Some("sig=REDACTED&token=t"));
    let layer = spans.layer().sensitive_query_keys(["token"]).build();
    let span = recorded(&mut spans, layer, get("/a?sig=s&token=hunter2")).await;
    assert_eq!(attribute(&span, "url.query").as_deref(), Some("sig=s&token=REDACTED"));
}

#[tokio::test]
async fn an_absolute_target_beats_the_host_header() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().build();
    let request = Request::get("https://me:pw@other.example:9/a").header("host", "shop.example");
    let span = recorded(&mut spans, layer, request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(attribute(&span, "server.address").as_deref(), Some("other.example"));
    assert_eq!(attribute(&span, "server.port").as_deref(), Some("9"));
    assert_eq!(attribute(&span, "url.scheme").as_deref(), Some("https"));
}

#[tokio::test]
async fn scheme_and_server_can_be_told() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().scheme("https").server("canonical.example", Some(443)).build();
    let span = recorded(&mut spans, layer, get("/a")).await;
    assert_eq!(attribute(&span, "url.scheme").as_deref(), Some("https"));
    assert_eq!(attribute(&span, "server.address").as_deref(), Some("canonical.example"));
    assert_eq!(attribute(&span, "server.port").as_deref(), Some("443"));
}

#[tokio::test]
async fn giant_values_are_cut_and_garbage_hosts_left_out() {
    let mut spans = Spans::recorded();
    let mut request = get(&format!("/{}", "p".repeat(20_000)));
    let headers = request.headers_mut();
    headers.insert("host", HeaderValue::from_bytes(b"<\xff>").unwrap());
    headers.insert("user-agent", HeaderValue::from_bytes(&[0xff; 50_000]).unwrap());
    let layer = spans.layer().build();
    let span = recorded(&mut spans, layer, request).await;
    assert_eq!(attribute(&span, "server.address"), None);
    assert_eq!(attribute(&span, "url.path").unwrap().len(), 4096);
    assert!(attribute(&span, "user_agent.original").unwrap().len() <= 4096);
}

#[tokio::test]
async fn listed_headers_are_recorded_and_no_others() {
    let mut spans = Spans::recorded();
    let layer = spans.layer().capture_request_headers(["x-tag".parse().unwrap(), "x-key".parse().unwrap()]);
    let mut request = get("/a");
    let mut secret = HeaderValue::from_static("hunter2");
    secret.set_sensitive(true);
    request.headers_mut().append("x-tag", HeaderValue::from_static("a"));
    request.headers_mut().append("x-tag", HeaderValue::from_static("b"));
    request.headers_mut().append("x-key", secret);
    request.headers_mut().append("x-other", HeaderValue::from_static("c"));
    let span = recorded(&mut spans, layer.build(), request).await;
    assert_eq!(attribute(&span, "http.request.header.x-tag").as_deref(), Some(r#"["a","b"]"#));
    assert_eq!(attribute(&span, "http.request.header.x-key").as_deref(), Some(r#"["REDACTED"]"#));
    assert_eq!(attribute(&span, "http.request.header.x-other"), None);
}

proptest! {
    #[test]
    fn no_header_breaks_a_request(
        host in prop::collection::vec(32u8..=255, 0..64),
        forwarded in prop::collection::vec(32u8..=255, 0..128),
        traceparent in prop::collection::vec(32u8..=255, 0..64),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut spans = Spans::recorded();
        let mut request = get("/a");
        for (name, value) in [("host", host), ("forwarded", forwarded.clone()), ("x-forwarded-for", forwarded), ("traceparent", traceparent)] {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.headers_mut().insert(name, value);
            }
        }
        let layer = spans.layer().trust_forwarded(true).capture_request_headers([http::header::HOST]).build();
        let span = runtime.block_on(recorded(&mut spans, layer, request));
        prop_assert_ne!(attribute(&span, "url.scheme").unwrap_or_default(), "");
    }
}
