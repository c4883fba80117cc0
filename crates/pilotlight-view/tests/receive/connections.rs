//! Connections that are not what they should be, or do not do what they should.

use crate::harness::{Harness, TRACES, frame};
use crate::telemetry::{span, traces};
use http::StatusCode;
use pilotlight_view::receive::{IncidentKind, Limits};
use prost::Message;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Patience for tests that wait for its end.
const SHORT: Duration = Duration::from_millis(50);

const REQUEST: &[u8] =
    b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn a_tls_hello_is_answered_with_an_alert() {
    let harness = Harness::start().await;
    // The beginning of a ClientHello as OpenSSL sends it.
    let mut stream = TcpStream::connect(harness.address).await.unwrap();
    stream
        .write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, b"\x15\x03\x01\x00\x02\x02\x46");
    let incident = harness.incident();
    assert_eq!(incident.kind, IncidentKind::Tls);
    assert!(incident.detail.contains("http://"));
}

#[tokio::test]
async fn bytes_that_nobody_can_read_are_shown_in_the_journal() {
    let harness = Harness::start().await;
    assert_eq!(harness.raw(b"\x00\x01\x02secret").await, b"");
    let incident = harness.incident();
    assert_eq!(incident.kind, IncidentKind::Unreadable);
    assert!(incident.detail.contains("00 01 02"), "{}", incident.detail);
}

#[tokio::test]
async fn what_only_begins_like_http_is_unreadable_as_well() {
    for (bytes, answer) in [
        (&b"HELO mail.example\r\n\r\n"[..], &b"HTTP/1.1 400"[..]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame of HTTP/2, it is text", b"\x00\x00"),
    ] {
        let harness = Harness::start().await;
        assert!(harness.raw(bytes).await.starts_with(answer), "{bytes:?}");
        assert_eq!(harness.incident_of(IncidentKind::Unreadable).await.times, 1);
    }
}

#[tokio::test]
async fn a_probe_of_the_port_is_no_incident() {
    let harness = Harness::start().await;
    drop(TcpStream::connect(harness.address).await.unwrap());
    let mut half_closed = TcpStream::connect(harness.address).await.unwrap();
    half_closed.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut half_closed).await, b"");
    let mut greeting = TcpStream::connect(harness.address).await.unwrap();
    greeting
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .await
        .unwrap();
    let mut settings = [0; 9];
    greeting.read_exact(&mut settings).await.unwrap();
    assert_eq!(settings[3], 4, "a SETTINGS frame, by which doctors know gRPC");
    drop(greeting);
    assert!(harness.receiver.stop(Duration::from_secs(10)).await);
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_and_is_no_incident() {
    let harness = Harness::with(Limits { header_timeout: SHORT, ..Limits::default() }).await;
    let mut silent = TcpStream::connect(harness.address).await.unwrap();
    assert_eq!(read_to_end(&mut silent).await, b"");
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_not_waited_for_forever() {
    let harness =
        Harness::with(Limits { header_timeout: SHORT, idle_timeout: SHORT, ..Limits::default() }).await;
    for beginning in [&b"P"[..], b"POST /v1/traces HTTP/1.1\r\nx: ", b"PRI * HT"] {
        let mut slow = TcpStream::connect(harness.address).await.unwrap();
        // On a busy machine it may have been closed by now.
        let _ = slow.write_all(beginning).await;
        let answer = read_to_end(&mut slow).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_forever() {
    let harness = Harness::with(Limits { body_timeout: SHORT, ..Limits::default() }).await;
    let mut slow = TcpStream::connect(harness.address).await.unwrap();
    slow.write_all(&REQUEST[..REQUEST.len() - 1]).await.unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert_eq!(harness.incident().kind, IncidentKind::Malformed);
}

#[tokio::test]
async fn a_connection_at_rest_is_closed_and_one_in_use_is_not() {
    let harness = Harness::with(Limits { idle_timeout: SHORT, ..Limits::default() }).await;
    harness.recorder.gate.forget_permits(usize::MAX);
    let mut stream = TcpStream::connect(harness.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    // The request waits in the sink for longer than a connection may rest.
    harness.recorder.at_gate.acquire().await.unwrap().forget();
    tokio::time::sleep(SHORT * 3).await;
    harness.recorder.gate.add_permits(1);
    assert!(read_to_end(&mut stream).await.starts_with(b"HTTP/1.1 200"), "answered, and closed later");

    let stream = TcpStream::connect(harness.address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    connection.await.unwrap();
    drop(client);
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn a_sender_that_goes_away_in_the_middle_of_a_body_is_noted_and_the_next_is_served() {
    let harness = Harness::start().await;
    let mut gone = TcpStream::connect(harness.address).await.unwrap();
    gone.write_all(&REQUEST[..REQUEST.len() - 1]).await.unwrap();
    drop(gone);
    let incident = harness.incident_of(IncidentKind::Malformed).await;
    assert!(incident.detail.contains("ended after"), "{}", incident.detail);
    assert_eq!(harness.post("/v1/traces", "application/json", b"{}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn there_are_only_so_many_connections_and_a_place_is_free_again_when_one_ends() {
    let harness = Harness::with(Limits { connections_max: 3, ..Limits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(harness.address).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        held.push(stream);
    }
    let mut fourth = TcpStream::connect(harness.address).await.unwrap();
    assert_eq!(read_to_end(&mut fourth).await, b"");
    assert_eq!(harness.incident_of(IncidentKind::Busy).await.times, 1);
    drop(held);
    loop {
        // The places are free when the ends have been seen.
        let mut stream = TcpStream::connect(harness.address).await.unwrap();
        let mut answer = [0; 12];
        let _ = stream.write_all(REQUEST).await;
        if stream.read_exact(&mut answer).await.is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 200");
            break;
        }
    }
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let harness = Harness::start().await;
    let head = format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    assert!(harness.raw(head.as_bytes()).await.starts_with(b"HTTP/1.1 431"));
    let answer = harness.http2("/v1/traces", &[("x", &"x".repeat(100_000))], &b""[..]).await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn many_senders_at_once_are_all_served() {
    let harness = Harness::start().await;
    let message = frame(0, &traces(vec![span("a"); 20]).encode_to_vec());
    let calls = (0..100).map(|number| {
        let (harness, message) = (&harness, message.clone());
        async move {
            match number % 2 {
                0 => harness.call(TRACES, &[], message).await.grpc_status().to_owned(),
                _ => harness.post("/v1/traces", "application/json", b"{}").await.status.as_u16().to_string(),
            }
        }
    });
    let answers = futures_util::future::join_all(calls).await;
    assert!(
        answers.iter().enumerate().all(|(number, answer)| answer == ["0", "200"][number % 2]),
        "{answers:?}"
    );
    assert_eq!(harness.counters.snapshot().spans, 1000);
    assert_eq!(harness.journal.newest(), []);
}
