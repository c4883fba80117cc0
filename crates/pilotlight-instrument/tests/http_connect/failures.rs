//! Steps that fail, and steps that are given up.

use crate::support::{Spans, client, get, serve_tls, tcp, tls};
use hyper_util::rt::TokioIo;
use pilotlight_instrument::http::connect::ConnectEventsLayer;
use std::convert::Infallible;
use std::future::pending;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, Service, service_fn};

#[tokio::test]
async fn a_refused_connection_says_so() {
    let spans = Spans::recorded();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let uri = format!("http://{closed}/");
    let events = spans.events_of(async { get(&mut client(tcp()), &uri).await.unwrap_err() }).await;
    assert_eq!(events, ["http.connect.start", "http.connect.done error.type=connection_refused"]);
}

#[tokio::test]
async fn a_name_that_does_not_exist_fails_the_look_up_and_the_connection() {
    let spans = Spans::recorded();
    let uri = "http://does-not-exist.invalid/";
    let events = spans.events_of(async { get(&mut client(tcp()), uri).await.unwrap_err() }).await;
    assert_eq!(
        events,
        [
            "http.connect.start",
            "http.dns.start dns.question.name=does-not-exist.invalid",
            "http.dns.done error.type=dns",
            "http.connect.done error.type=dns"
        ]
    );
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_fails_the_handshake_and_not_the_connection() {
    let spans = Spans::recorded();
    let (_, certificate) = serve_tls().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        // Open until the client has seen enough.
        pending::<()>().await;
    });
    let mut client = client(tls(&certificate));
    let events = spans.events_of(async { get(&mut client, &uri).await.unwrap_err() }).await;
    assert_eq!(events[2..], ["http.tls.start", "http.tls.done error.type=tls"]);
}

#[tokio::test]
async fn a_connection_that_is_given_up_has_a_start_and_no_end() {
    let spans = Spans::recorded();
    let hangs = service_fn(|()| pending::<Result<TokioIo<TcpStream>, Infallible>>());
    let mut connector = ConnectEventsLayer::connection().layer(hangs);
    let events = spans
        .events_of(async {
            let connecting = connector.call(());
            drop(connecting);
        })
        .await;
    assert_eq!(events, ["http.connection.start"]);
}
