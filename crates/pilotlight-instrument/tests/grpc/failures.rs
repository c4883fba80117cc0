//! What goes wrong between the two sides.

use crate::measured::Metrics;
use crate::probe::{ProbeClient, Running, endless, read, script};
use crate::support::{Spans, attribute, draw, ending};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::Endpoint;
use tonic::{Code, Status};
use tower::{Layer, ServiceBuilder};

/// What a server of no framework answers: a head, some bytes, and then trailers or a reset.
#[derive(Clone)]
struct Answer {
    head: Response<()>,
    body: Bytes,
    end: Result<HeaderMap, h2::Reason>,
}

fn ok() -> Response<()> {
    Response::builder().header("content-type", "application/grpc").body(()).unwrap()
}

/// Answers every call like this, on one connection.
async fn answering(answer: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(socket).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let Answer { head, body, end } = answer.clone();
            let mut stream = respond.send_response(head, false).unwrap();
            stream.send_data(body, false).unwrap();
            match end {
                Ok(trailers) => stream.send_trailers(trailers).unwrap(),
                Err(reason) => stream.send_reset(reason),
            }
        }
    });
    address
}

/// Calls that server, and gives what the caller and what the span says.
async fn called(answer: Answer) -> (Status, String) {
    let mut spans = Spans::recorded();
    let endpoint = Endpoint::from_shared(format!("http://{}", answering(answer).await)).unwrap();
    let channel = spans.client().build().layer(endpoint.connect().await.unwrap());
    let mut probe = ProbeClient::new(channel);
    let status = match probe.down(String::new()).await {
        Ok(mut stream) => read(&mut stream).await.unwrap_err(),
        Err(status) => status,
    };
    (status, ending(&spans.next().await))
}

fn status(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static(code))])
}

const MESSAGE: &[u8] = &[0, 0, 0, 0, 2, b'h', b'i'];

#[tokio::test]
async fn a_reset_stream_ends_with_the_code_that_the_caller_gets() {
    for (reason, name) in [
        // hyper hides these two once the response's head is there, so that a status is missing.
        (h2::Reason::NO_ERROR, None),
        (h2::Reason::CANCEL, None),
        (h2::Reason::INTERNAL_ERROR, Some("INTERNAL")),
        (h2::Reason::REFUSED_STREAM, Some("UNAVAILABLE")),
        (h2::Reason::ENHANCE_YOUR_CALM, Some("RESOURCE_EXHAUSTED")),
        (h2::Reason::INADEQUATE_SECURITY, Some("PERMISSION_DENIED")),
    ] {
        let body = Bytes::from_static(MESSAGE);
        let (status, ending) = called(Answer { head: ok(), body, end: Err(reason) }).await;
        let seen = screaming(status.code());
        assert!(ending.starts_with(&format!("{seen}, error {seen}: ")), "{reason:?}: {ending}");
        assert!(name.is_none_or(|name| name == seen), "{reason:?}: {ending}");
    }
}

/// `NotFound` as `NOT_FOUND`.
fn screaming(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[tokio::test]
async fn trailers_without_a_status_are_unknown() {
    let answer = Answer { head: ok(), body: Bytes::from_static(MESSAGE), end: Ok(HeaderMap::new()) };
    let (status, ending) = called(answer).await;
    assert_eq!(status.code(), Code::Unknown);
    assert_eq!(ending, "UNKNOWN, error UNKNOWN: the response ended without a grpc-status");
}

#[tokio::test]
async fn a_proxys_error_is_known_by_its_http_status() {
    let head = Response::builder().status(503).header("content-type", "text/html").body(()).unwrap();
    let (status, ending) = called(Answer { head, body: Bytes::new(), end: Ok(HeaderMap::new()) }).await;
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(ending, "UNAVAILABLE, error UNAVAILABLE: no grpc-status came, but the HTTP status 503");
}

#[tokio::test]
async fn a_code_that_nobody_has_assigned_is_told_by_its_number() {
    let (seen, ending) = called(Answer { head: ok(), body: Bytes::new(), end: Ok(status("42")) }).await;
    assert_eq!((seen.code(), ending.as_str()), (Code::Unknown, "CODE(42), error CODE(42): "));
    let (seen, ending) = called(Answer { head: ok(), body: Bytes::new(), end: Ok(status("4711")) }).await;
    assert_eq!((seen.code(), ending.as_str()), (Code::Unknown, "UNKNOWN, error UNKNOWN: "));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let mut spans = Spans::recorded();
    // Bound and not listened to: nobody else can take the port, and nobody answers.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let uri: http::Uri = format!("http://{}", socket.local_addr().unwrap()).parse().unwrap();
    let layer = spans.client().endpoint(&uri).build();
    let channel = ServiceBuilder::new().layer(layer).service(Endpoint::from(uri).connect_lazy());
    let status = ProbeClient::new(channel).unary(String::new()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let span = spans.next().await;
    assert_eq!(ending(&span), format!("UNAVAILABLE, error UNAVAILABLE: {}", status.message()));
    assert_eq!(attribute(&span, "server.address").as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_of_a_stream_is_told_on_both_sides() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().build()).await;
    let mut stream = probe.down(endless(2)).await.unwrap();
    assert!(stream.message().await.unwrap().is_some());
    assert!(stream.message().await.unwrap().is_some());
    running.kill();
    let code = screaming(read(&mut stream).await.unwrap_err().code());
    let told = client.ending().await;
    assert!(told.starts_with(&format!("{code}, error {code}: h2 protocol error")), "{told}");
    assert_eq!(server.ending().await, "CANCELLED");
}

#[tokio::test]
async fn a_stream_that_the_client_leaves_half_way_is_cancelled_on_both_sides() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let metrics = Metrics::recorded();
    let running = Running::with(server.server().with_meter_provider(&metrics.provider).build()).await;
    let mut probe = running.client(client.client().build()).await;
    let mut stream = probe.down(endless(2)).await.unwrap();
    assert!(stream.message().await.unwrap().is_some());
    drop(stream);
    assert_eq!(client.ending().await, "CANCELLED, error CANCELLED: the call was dropped before its end");
    // Leaving is no fault of the server's.
    assert_eq!(server.ending().await, "CANCELLED");
    metrics.assert(
        "rpc.server.call.duration: 1 of rpc.method = test.Probe/Down, rpc.status_code = CANCELLED, rpc.system.name = grpc",
    );
}

#[tokio::test]
async fn a_channel_whose_time_is_up_says_what_its_caller_gets() {
    let (server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().build()).await;
    let mut request = tonic::Request::new(endless(0));
    request.set_timeout(Duration::from_millis(5));
    assert_eq!(probe.unary(request).await.unwrap_err().code(), Code::Cancelled);
    assert_eq!(client.ending().await, "CANCELLED, error CANCELLED: Timeout expired");
}

#[tokio::test]
async fn a_server_that_runs_out_of_its_callers_time_exceeds_the_deadline() {
    let mut spans = Spans::recorded();
    let running = Running::with(spans.server().build()).await;
    // No client of tonic's: that one would leave at the same time.
    let socket = TcpStream::connect(running.address).await.unwrap();
    let (sender, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("http://probe/test.Probe/Unary").header("grpc-timeout", "5m");
    let request = request.header("content-type", "application/grpc").body(()).unwrap();
    let (response, mut body) = sender.ready().await.unwrap().send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(b"\0\0\0\0\x060 hang"), true).unwrap();
    response.await.unwrap();
    assert_eq!(spans.ending().await, "DEADLINE_EXCEEDED, error DEADLINE_EXCEEDED: the deadline passed");
}

#[tokio::test]
async fn a_handler_that_panics_is_internal() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().build()).await;
    let status = probe.unary(String::from("0 panic")).await.unwrap_err();
    let span = server.next().await;
    assert_eq!(ending(&span), "INTERNAL, error INTERNAL: the service panicked");
    let drawn = draw(&span);
    assert!(
        drawn.ends_with("* exception exception.message = out of cheese, exception.type = panic"),
        "{drawn}"
    );
    assert!(client.ending().await.starts_with(&screaming(status.code())));
}

#[tokio::test]
async fn a_stream_that_panics_is_internal() {
    let mut server = Spans::recorded();
    let running = Running::with(server.server().build()).await;
    let mut probe = ProbeClient::new(running.channel().await);
    let mut stream = probe.down(String::from("1 panic")).await.unwrap();
    read(&mut stream).await.unwrap_err();
    assert_eq!(server.ending().await, "INTERNAL, error INTERNAL: the service panicked");
}

#[tokio::test]
async fn each_call_of_a_connection_has_its_own_end() {
    let (mut server, client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().build()).await;
    let mut other = probe.clone();
    let mut stream = probe.down(endless(1)).await.unwrap();
    stream.message().await.unwrap();
    other.unary(script(0, Code::NotFound)).await.unwrap_err();
    assert_eq!(server.ending().await, "NOT_FOUND");
    drop(stream);
    assert_eq!(server.ending().await, "CANCELLED");
}
