//! New connections, and those that are used again.

use crate::support::{Spans, client, get, serve, serve_tls, tcp, tls};

#[tokio::test]
async fn a_new_connection_tells_its_steps_in_order_and_a_reused_one_none() {
    let spans = Spans::recorded();
    let port = serve().await.port();
    let mut client = client(tcp());
    let uri = format!("http://localhost:{port}/");

    let first = spans.events_of(async { get(&mut client, &uri).await.unwrap() }).await;
    // Where localhost has an address of version 6 as well, it is an answer too.
    assert!(
        first[2].starts_with("http.dns.done dns.answers=[") && first[2].contains("127.0.0.1"),
        "{first:?}"
    );
    assert_eq!(first[0], "http.connect.start");
    assert_eq!(first[1], "http.dns.start dns.question.name=localhost");
    assert_eq!(
        first[3],
        format!("http.connect.done network.peer.address=127.0.0.1 network.peer.port={port}")
    );
    assert_eq!(first[4..], ["http.receive.start"]);

    let second = spans.events_of(async { get(&mut client, &uri).await.unwrap() }).await;
    assert_eq!(second, ["http.receive.start"]);
}

#[tokio::test]
async fn an_address_needs_no_look_up() {
    let spans = Spans::recorded();
    let address = serve().await;
    let uri = format!("http://{address}/");
    let events = spans.events_of(async { get(&mut client(tcp()), &uri).await.unwrap() }).await;
    let port = address.port();
    assert_eq!(
        events,
        [
            "http.connect.start".to_owned(),
            format!("http.connect.done network.peer.address=127.0.0.1 network.peer.port={port}"),
            "http.receive.start".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_handshake_starts_when_tcp_is_done_and_tells_what_was_negotiated() {
    let spans = Spans::recorded();
    let (address, certificate) = serve_tls().await;
    let uri = format!("https://localhost:{}/", address.port());
    let mut client = client(tls(&certificate));
    let events = spans.events_of(async { get(&mut client, &uri).await.unwrap() }).await;
    let names: Vec<&str> = events.iter().map(|event| event.split(' ').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "http.connect.start",
            "http.dns.start",
            "http.dns.done",
            "http.connect.done",
            "http.tls.start",
            "http.tls.done",
            "http.receive.start"
        ]
    );
    assert_eq!(events[5], "http.tls.done network.protocol.version=2");
}

#[tokio::test]
async fn a_connection_without_tls_has_no_handshake() {
    let spans = Spans::recorded();
    let (_, certificate) = serve_tls().await;
    let uri = format!("http://{}/", serve().await);
    let mut client = client(tls(&certificate));
    let events = spans.events_of(async { get(&mut client, &uri).await.unwrap() }).await;
    assert!(events.iter().all(|event| !event.starts_with("http.tls")), "{events:?}");
}
