//! Servers on real sockets: one that behaves, and some that do not.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use std::collections::HashMap;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves HTTP/1 until the test ends.
pub(crate) async fn serve() -> SocketAddr {
    let asked = Arc::new(AtomicU32::new(0));
    let app = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/echo", post(|body: Bytes| async { body }))
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
        .route("/traceparent", get(|headers: HeaderMap| async move { header(&headers, "traceparent") }))
        .route("/credentials", any(credentials))
        .route("/hops/{left}", get(hops))
        .route("/loop", get(|| async { redirect(StatusCode::FOUND, "/loop") }))
        .route("/redirect", any(to))
        .route("/flaky", get(flaky).with_state(asked))
        .route("/method", any(method));
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map_or("none", |value| value.to_str().unwrap()).to_owned()
}

/// All that should not go to just anybody.
async fn credentials(headers: HeaderMap) -> String {
    [AUTHORIZATION.as_str(), "cookie", "x-api-key"].map(|name| header(&headers, name)).join(" ")
}

fn redirect(status: StatusCode, location: &str) -> Response {
    (status, [(LOCATION, location)], "moved").into_response()
}

async fn hops(Path(left): Path<u32>) -> Response {
    match left.checked_sub(1) {
        Some(left) => redirect(StatusCode::FOUND, &format!("{left}")),
        None => redirect(StatusCode::FOUND, "/hello"),
    }
}

/// `?to=…&status=…`
async fn to(Query(query): Query<HashMap<String, String>>) -> Response {
    let status = query["status"].parse::<u16>().unwrap();
    redirect(StatusCode::from_u16(status).unwrap(), &query["to"])
}

/// Fails twice.
async fn flaky(State(asked): State<Arc<AtomicU32>>) -> Response {
    match asked.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => "at last".into_response(),
    }
}

async fn method(method: Method, headers: HeaderMap, body: Bytes) -> String {
    format!("{method} {} {}", header(&headers, "content-type"), String::from_utf8_lossy(&body))
}

pub(crate) async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address where nobody listens.
pub(crate) async fn closed() -> SocketAddr {
    listener().await.1
}

/// Reads a request, writes `answer`, and leaves the connection to `after`.
async fn answer<F, A>(answer: &'static [u8], after: F) -> SocketAddr
where
    F: FnOnce(TcpStream) -> A + Send + 'static,
    A: Future<Output = ()> + Send,
{
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        socket.write_all(answer).await.unwrap();
        after(socket).await;
    });
    address
}

/// Answers with this, and stays.
pub(crate) async fn hanging_after(bytes: &'static [u8]) -> SocketAddr {
    answer(bytes, async |socket| {
        let _open = socket;
        pending().await
    })
    .await
}

/// Answers with this, and closes the connection.
pub(crate) async fn closing_after(bytes: &'static [u8]) -> SocketAddr {
    answer(bytes, async |_| {}).await
}

/// Answers with this, and resets the connection.
pub(crate) async fn resetting_after(bytes: &'static [u8]) -> SocketAddr {
    answer(bytes, async |socket| socket.set_zero_linger().unwrap()).await
}

/// Speaks, but not TLS.
pub(crate) async fn garbage() -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"this is not a handshake\r\n\r\n").await.unwrap();
        pending::<()>().await;
    });
    address
}
