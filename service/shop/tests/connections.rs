//! What becomes of connections: those that keep the server waiting, and all of them at shutdown.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{MethodRouter, get};
use hyper::body::Frame;
use support::{last_words, send, start, start_with};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

#[tokio::test]
async fn a_head_that_does_not_end_loses_its_connection() {
    let shop = start(&["--read-timeout-ms=50"]).await;

    let heard = last_words(shop.connect().await, "GET /health HTTP/1.1\r\nHost: shop\r\nX-Slow: ").await;

    assert_eq!(heard, "");
}

#[tokio::test]
async fn a_connection_that_never_says_anything_is_closed() {
    let shop = start(&["--read-timeout-ms=50"]).await;

    assert_eq!(last_words(shop.connect().await, "").await, "");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_408() {
    let shop = start(&["--read-timeout-ms=200"]).await;
    let head = "POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n{";

    let heard = last_words(shop.connect().await, head).await;

    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
}

#[tokio::test]
async fn an_idle_connection_outlives_the_read_timeout_and_not_the_idle_timeout() {
    let shop = start(&["--read-timeout-ms=200", "--idle-timeout-ms=500"]).await;
    let connected = Instant::now();

    let heard = last_words(shop.connect().await, "GET /health HTTP/1.1\r\nHost: shop\r\n\r\n").await;

    assert!(heard.starts_with("HTTP/1.1 200 "), "{heard}");
    assert!(connected.elapsed() >= Duration::from_millis(500), "closed after {:?}", connected.elapsed());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_503() {
    let patient = ["--payment-latency-ms=60000", "--payments-timeout-ms=60000"];
    let shop = start(&[patient[0], patient[1], "--read-timeout-ms=400", "--write-timeout-ms=20"]).await;

    let answer = shop.order(r#"{"user_id":"1","items":["lamp"],"total":5}"#).await;

    assert_eq!(answer.status, 503);
}

#[tokio::test]
async fn a_client_that_stops_reading_its_answer_loses_its_connection() {
    let gone = Arc::new(Notify::new());
    let endless = Endless { gone: gone.clone() };
    let shop =
        start_with(&["--write-timeout-ms=50"], |router| router.route("/endless", endless.route())).await;

    let mut connection = shop.connect().await;
    connection.write_all(b"GET /endless HTTP/1.1\r\nHost: shop\r\n\r\n").await.unwrap();

    // The answer is dropped once nobody takes it; the client is still connected, and reads nothing.
    gone.notified().await;
    drop(connection);
}

#[tokio::test]
async fn at_shutdown_health_turns_503_first_and_the_request_in_flight_is_answered() {
    let held = Held::default();
    let shop = start_with(&["--notice-ms=3600000"], |router| held.route(router)).await;
    let in_flight = tokio::spawn(send_get(shop.addr, "/held"));
    held.entered.notified().await;

    shop.stop.send(()).unwrap();
    // Readiness is a flag to poll, as a load balancer would.
    while send_get(shop.addr, "/health").await != 503 {}
    held.release.notify_one();

    assert_eq!(in_flight.await.unwrap(), 200);
    assert!(!shop.server.is_finished(), "the notice is still on");
}

#[tokio::test]
async fn the_server_ends_when_the_request_in_flight_is_answered() {
    let held = Held::default();
    let shop = start_with(&[], |router| held.route(router)).await;
    let in_flight = tokio::spawn(send_get(shop.addr, "/held"));
    held.entered.notified().await;

    shop.stop.send(()).unwrap();
    while shop.readiness.is_on() {
        tokio::task::yield_now().await;
    }
    assert!(!shop.server.is_finished());
    held.release.notify_one();

    assert_eq!(in_flight.await.unwrap(), 200);
    assert_eq!(shop.server.await.unwrap().cut_off, 0);
    assert!(TcpStream::connect(shop.addr).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_request_that_outlasts_the_drain_is_cut_off_and_counted() {
    let held = Held::default();
    let shop = start_with(&["--drain-timeout-ms=20"], |router| held.route(router)).await;
    let connection = shop.connect().await;
    let in_flight = tokio::spawn(last_words(connection, "GET /held HTTP/1.1\r\nHost: shop\r\n\r\n"));
    held.entered.notified().await;

    shop.stop.send(()).unwrap();

    assert_eq!(shop.server.await.unwrap().cut_off, 1);
    assert_eq!(in_flight.await.unwrap(), "");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_shutdown() {
    let shop = start(&[]).await;
    let idle = shop.connect().await;
    assert_eq!(shop.get("/health").await.status, 200);

    shop.stop.send(()).unwrap();

    assert_eq!(shop.server.await.unwrap().cut_off, 0);
    drop(idle);
}

/// A route whose requests wait to be released.
#[derive(Clone, Default)]
struct Held {
    entered: Arc<Notify>,
    release: Arc<Notify>,
}

impl Held {
    fn route(&self, router: Router) -> Router {
        let held = self.clone();
        router.route(
            "/held",
            get(async move || {
                held.entered.notify_one();
                held.release.notified().await;
            }),
        )
    }
}

async fn send_get(addr: SocketAddr, path: &'static str) -> u16 {
    send(addr, hyper::Method::GET, path, "").await.status.as_u16()
}

/// A body that never ends, and which tells when it is dropped.
#[derive(Clone)]
struct Endless {
    gone: Arc<Notify>,
}

impl Endless {
    fn route(self) -> MethodRouter {
        get(async move || Body::new(UntilDropped(self)))
    }
}

struct UntilDropped(Endless);

impl hyper::body::Body for UntilDropped {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = Frame::data(Bytes::from_static(&[b'.'; 16 * 1024]));
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Drop for UntilDropped {
    fn drop(&mut self) {
        self.0.gone.notify_one();
    }
}
