//! hyper-util's client against real servers.

use crate::support::{Spans, attribute, client, get, layer, serve};
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get as route;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Layer, ServiceExt};

async fn told(headers: HeaderMap) -> String {
    headers["traceparent"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_request_over_a_socket_names_its_peer_and_is_told_to_it() {
    let mut spans = Spans::recorded();
    let address = serve(Router::new().route("/", route(told))).await;
    let service = layer(&spans).build().layer(client());
    let response = service.oneshot(get(&format!("http://{address}/"))).await.unwrap();
    let told = response.into_body().collect().await.unwrap().to_bytes();
    let span = spans.next().await;
    assert!(String::from_utf8_lossy(&told).contains(&span.span_context.span_id().to_string()));
    for (key, value) in [
        ("network.peer.address", "127.0.0.1".to_owned()),
        ("network.peer.port", address.port().to_string()),
        ("network.protocol.version", "1.1".to_owned()),
        ("server.address", "127.0.0.1".to_owned()),
        ("server.port", address.port().to_string()),
    ] {
        assert_eq!(attribute(&span, key), Some(value), "{key}");
    }
}

#[tokio::test]
async fn the_version_is_the_negotiated_one() {
    let mut spans = Spans::recorded();
    let address = serve(Router::new().route("/", route(told))).await;
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let service = layer(&spans).build().layer(client);
    let response = service.oneshot(get(&format!("http://{address}/"))).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert_eq!(attribute(&spans.next().await, "network.protocol.version").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_connection_of_ones_own_needs_only_a_host() {
    let mut spans = Spans::recorded();
    let address = serve(Router::new().route("/", route(told))).await;
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(socket);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let service = tower::service_fn(move |request| sender.send_request(request));
    let mut request = get("/");
    request.headers_mut().insert("host", "shop.example:8080".parse().unwrap());
    let response = layer(&spans).build().layer(service).oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    let full = attribute(&spans.next().await, "url.full");
    assert_eq!(full.as_deref(), Some("http://shop.example:8080/"));
}
