//! What goes wrong on the way there and back, told apart.

use crate::servers::{closed, closing_after, garbage, hanging_after, resetting_after};
use crate::support::{Spans, attributes};
use std::net::SocketAddr;
use std::time::Duration;

/// The `error.type` of a request that gets no response.
async fn without_response(url: String) -> String {
    let spans = Spans::recorded();
    spans.client().get(url).send().await.unwrap_err();
    let finished = spans.finished();
    assert_eq!(attributes(&finished, "http.response.status_code"), ["-"]);
    attributes(&finished, "error.type").join(" ")
}

fn http(server: SocketAddr) -> String {
    format!("http://{server}/")
}

#[tokio::test]
async fn requests_that_get_no_response_are_told_apart() {
    for (url, expected) in [
        (http(closed().await), "connection_refused"),
        ("http://does-not-exist.invalid/".to_owned(), "dns"),
        (format!("https://{}/", garbage().await), "tls"),
        (http(resetting_after(b"").await), "connection_reset"),
        (http(closing_after(b"").await), "connection_reset"),
    ] {
        assert_eq!(without_response(url.clone()).await, expected, "{url}");
    }
}

#[tokio::test]
async fn a_span_of_a_refused_connection_still_says_whom_it_was_for() {
    let spans = Spans::recorded();
    let server = closed().await;
    let error = spans.client().get(http(server)).send().await.unwrap_err();
    assert!(error.is_connect());
    spans.assert_drawn(
        server,
        "
        CLIENT GET
          status error there was no response
          error.type = connection_refused
          http.request.method = GET
          server.address = HOST
          server.port = PORT
          url.full = http://HOST:PORT/
        ",
    );
}

#[tokio::test]
async fn a_time_limit_before_the_response_is_a_timeout() {
    let spans = Spans::recorded();
    let server = hanging_after(b"").await;
    let request = spans.client().get(http(server)).timeout(Duration::from_millis(20));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(attributes(&spans.finished(), "error.type"), ["timeout"]);
}

#[tokio::test]
async fn a_time_limit_inside_the_body_is_a_timeout() {
    let spans = Spans::recorded();
    let server = hanging_after(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await;
    let request = spans.client().get(http(server)).timeout(Duration::from_millis(200));
    let response = request.send().await.unwrap();
    assert!(response.bytes().await.unwrap_err().is_timeout());
    let finished = spans.finished();
    assert_eq!(attributes(&finished, "error.type"), ["timeout"]);
    assert_eq!(attributes(&finished, "http.response.status_code"), ["200"]);
}

#[tokio::test]
async fn bodies_that_end_too_early_are_told_apart() {
    const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";
    for (server, expected) in
        [(closing_after(HALF).await, "body"), (resetting_after(HALF).await, "connection_reset")]
    {
        let spans = Spans::recorded();
        let response = spans.client().get(http(server)).send().await.unwrap();
        response.bytes().await.unwrap_err();
        assert_eq!(attributes(&spans.finished(), "error.type"), [expected]);
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_is_cancelled_and_no_error() {
    let spans = Spans::recorded();
    let server = hanging_after(b"").await;
    let client = spans.client();
    let sending = client.get(http(server)).send();
    assert!(tokio::time::timeout(Duration::from_millis(20), sending).await.is_err());
    let finished = spans.finished();
    assert_eq!(attributes(&finished, "error.type"), ["-"]);
    assert_eq!(finished[0].events.events[0].name, "cancelled");
}
