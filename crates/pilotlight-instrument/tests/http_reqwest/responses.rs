//! What comes back, and what is told of it.

use crate::servers::{hanging_after, serve};
use crate::support::{Spans, plain};
use reqwest::StatusCode;

#[tokio::test]
async fn a_status_of_400_and_above_is_an_error() {
    let spans = Spans::recorded();
    let server = serve().await;
    let response = spans.client().get(format!("http://{server}/missing")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    spans.assert_drawn(
        server,
        "
        CLIENT GET
          status error
          error.type = 404
          http.request.method = GET
          http.response.status_code = 404
          network.peer.address = HOST
          network.peer.port = PORT
          network.protocol.version = 1.1
          server.address = HOST
          server.port = PORT
          url.full = http://HOST:PORT/missing
        ",
    );
}

#[tokio::test]
async fn nothing_of_a_response_is_lost_on_its_way() {
    let spans = Spans::recorded();
    let server = serve().await;
    let url = format!("http://{server}/hello?a=b");
    let response = spans.client().get(&url).send().await.unwrap();
    assert_eq!(response.url(), plain().get(&url).send().await.unwrap().url());
    assert_eq!(response.url().as_str(), url);
    assert_eq!(response.content_length(), Some(5));
    assert_eq!(response.remote_addr(), Some(server));
    assert_eq!(response.headers()["content-length"], "5");
}

#[tokio::test]
async fn a_body_that_is_dropped_half_way_ends_the_span() {
    let spans = Spans::recorded();
    let server = hanging_after(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await;
    let mut response = spans.client().get(format!("http://{server}/")).send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "hello");
    assert!(spans.finished().is_empty());
    drop(response);
    spans.assert_drawn(
        server,
        "
        CLIENT GET
          http.request.method = GET
          http.response.status_code = 200
          network.peer.address = HOST
          network.peer.port = PORT
          network.protocol.version = 1.1
          server.address = HOST
          server.port = PORT
          url.full = http://HOST:PORT/
          * response_dropped
        ",
    );
}

#[tokio::test]
async fn an_upgraded_connection_can_be_taken_over() {
    let spans = Spans::recorded();
    let server =
        hanging_after(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
            .await;
    let request = spans.client().get(format!("http://{server}/"));
    let request = request.header("connection", "upgrade").header("upgrade", "echo");
    let response = request.send().await.unwrap();
    assert_eq!(spans.finished().len(), 1);
    response.upgrade().await.unwrap();
}
