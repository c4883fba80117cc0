//! However a request ends, it is measured once, and is no longer active.

use crate::measured::Metrics;
use crate::support::{Spans, get, listener, serve};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::{get as route, post};
use futures_util::{StreamExt, stream};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::future::pending;
use std::io::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tower::{Layer, Service, ServiceExt, service_fn};

/// A client that has sent a request's head by hand, and asked for an upgrade in case somebody answers that.
async fn asking(app: Router, head: &str) -> TcpStream {
    let mut client = TcpStream::connect(serve(app).await).await.unwrap();
    let upgrade = "connection: upgrade\r\nupgrade: echo";
    let request = format!("{head} HTTP/1.1\r\nhost: shop.example\r\n{upgrade}\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    client
}

async fn read_head(client: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_response_is_measured_as_cancelled() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let (started, mut begun) = mpsc::unbounded_channel();
    let handler = move || async move {
        started.send(()).unwrap();
        pending::<()>().await
    };
    let app = Router::new().route("/slow", route(handler)).layer(metrics.layer(&spans).build());
    let client = asking(app, "GET /slow").await;
    begun.recv().await.unwrap();
    drop(client);
    spans.next().await;
    metrics.assert(
        "
        error.type = cancelled, http.request.method = GET, http.route = /slow, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_body_is_measured_as_disconnected() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let endless = || async {
        Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[7; 4096]))))
    };
    let app = Router::new().route("/endless", route(endless)).layer(metrics.layer(&spans).build());
    let mut client = asking(app, "GET /endless").await;
    client.read_exact(&mut [0; 1000]).await.unwrap();
    drop(client);
    spans.next().await;
    let drawn = metrics.draw("");
    let (ended, active) = drawn.split_once("\nhttp.request.method").unwrap();
    assert!(active.ends_with("active_requests: 0"), "{drawn}");
    assert!(ended.starts_with("error.type = client_disconnected, http.request.method = GET, "), "{drawn}");
    assert!(ended.contains("http.response.status_code = 200"), "{drawn}");
    assert!(ended.contains("request.duration: 1\n"), "{drawn}");
    let sent = ended.rsplit_once("response.body.size: ").unwrap().1.trim_end_matches(" in 1");
    assert!(sent.parse::<u64>().unwrap() >= 4096, "{drawn}");
}

#[tokio::test]
async fn an_upgraded_connection_is_measured_to_its_handshake() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let (ended, mut end) = mpsc::unbounded_channel();
    let echo = move |mut request: Request<Body>| async move {
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut io = TokioIo::new(upgraded.await.unwrap());
            io.write_all(b"welcome").await.unwrap();
            drop(io);
            ended.send(()).unwrap();
        });
        (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")]).into_response()
    };
    let app = Router::new().route("/ws", route(echo)).layer(metrics.layer(&spans).build());
    let mut client = asking(app, "GET /ws").await;
    read_head(&mut client).await;
    spans.next().await;
    let handshake = "
        http.request.method = GET, http.response.status_code = 101, http.route = /ws, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
          response.body.size: 0 in 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ";
    metrics.assert(handshake);
    client.read_exact(&mut [0; 7]).await.unwrap();
    end.recv().await.unwrap();
    metrics.assert(handshake);
}

#[tokio::test]
async fn an_accepted_connect_is_measured_to_its_handshake() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let tunnel = service_fn(|_: Request<Body>| async {
        Ok::<_, Infallible>(Response::new(Body::from("never part of the response")))
    });
    let request = Request::connect("shop.example:443").body(Body::empty()).unwrap();
    let _response = metrics.layer(&spans).build().layer(tunnel).oneshot(request).await.unwrap();
    spans.next().await;
    let drawn = metrics.draw("CONNECT");
    assert!(drawn.contains("active_requests: 0") && drawn.contains("response.body.size: 0 in 1"), "{drawn}");
}

#[tokio::test]
async fn an_answer_to_head_sends_no_bytes_whatever_its_length_says() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let app = Router::new().route("/", route(|| async { "hello" })).layer(metrics.layer(&spans).build());
    let mut client = asking(app, "HEAD /").await;
    read_head(&mut client).await;
    spans.next().await;
    let drawn = metrics.draw("HEAD");
    assert!(drawn.contains("active_requests: 0") && drawn.contains("response.body.size: 0 in 1"), "{drawn}");
}

#[tokio::test]
async fn http2_streams_are_measured_each_and_resets_are_seen() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let endless = || async {
        Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"tick"))))
    };
    let app = Router::new().route("/hello", route(|| async { "hello" })).route("/endless", route(endless));
    let mut sender = http2(app.layer(metrics.layer(&spans).build())).await;
    let ask = |path| Request::get(format!("http://shop.example{path}")).body(Empty::<Bytes>::new()).unwrap();
    sender.send_request(ask("/hello")).await.unwrap().into_body().collect().await.unwrap();
    let mut body = sender.send_request(ask("/endless")).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    for _ in ["hello", "endless"] {
        spans.next().await;
    }
    assert_eq!(metrics.draw("").matches("network.protocol.version = 2").count(), 2);
    assert!(metrics.draw("client_disconnected").contains("http.route = /endless"));
    assert!(metrics.draw("").ends_with("active_requests: 0"), "{}", metrics.draw(""));
}

/// An HTTP/2 client of `app`, over a real socket.
async fn http2(app: Router) -> hyper::client::conn::http2::SendRequest<Empty<Bytes>> {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(move |request| app.clone().oneshot(request));
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        server.serve_connection(TokioIo::new(socket), service).await
    });
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    sender
}

#[tokio::test]
async fn a_panic_in_a_handler_is_measured_as_one() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    async fn handler() -> &'static str {
        panic!("out of cheese")
    }
    let app = Router::new().route("/", route(handler)).layer(metrics.layer(&spans).build());
    assert!(tokio::spawn(app.oneshot(get("/"))).await.unwrap_err().is_panic());
    spans.next().await;
    metrics.assert(
        "
        error.type = panic, http.request.method = GET, http.route = /, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn a_service_error_is_measured_by_its_type() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let failing = service_fn(|_: Request<Body>| async { Err::<Response, _>(Error::other("no")) });
    metrics.layer(&spans).build().layer(failing).oneshot(get("/")).await.unwrap_err();
    spans.next().await;
    metrics.assert(
        "
        error.type = std::io::error::Error, http.request.method = GET, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ",
    );
}

/// Asks `/` for a body of these chunks, `None` being an error, and drops it when it failed or gave so many.
async fn stream_of(metrics: &Metrics, spans: &mut Spans, chunks: &'static [Option<&str>], taken: usize) {
    let handler = move || async move {
        let chunks = stream::iter(chunks).map(|chunk| chunk.ok_or_else(|| Error::other("disk on fire")));
        Body::from_stream(chunks)
    };
    let app = Router::new().route("/", route(handler)).layer(metrics.layer(spans).build());
    let mut body = app.oneshot(get("/")).await.unwrap().into_body();
    for _ in 0..taken {
        let _ = body.frame().await;
    }
    drop(body);
    spans.next().await;
}

#[tokio::test]
async fn a_stream_that_fails_is_measured_with_what_was_sent_and_its_error() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    stream_of(&metrics, &mut spans, &[Some("abc"), None], 2).await;
    metrics.assert(
        "
        error.type = axum_core::error::Error, http.request.method = GET, http.response.status_code = 200, http.route = /, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
          response.body.size: 3 in 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn a_response_dropped_unread_is_measured_and_no_error() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    stream_of(&metrics, &mut spans, &[Some("abc")], 0).await;
    metrics.assert(
        "
        http.request.method = GET, http.response.status_code = 200, http.route = /, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
          response.body.size: 0 in 1
        http.request.method = GET, url.scheme = http
          active_requests: 0
        ",
    );
}

#[tokio::test]
async fn only_what_was_read_of_a_request_by_its_end_counts() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let unread = |_: Request<Body>| async {};
    let first = |request: Request<Body>| async move {
        request.into_body().frame().await.unwrap().unwrap();
    };
    let app = Router::new().route("/unread", post(unread)).route("/first", post(first));
    let app = app.layer(metrics.layer(&spans).build());
    for path in ["/unread", "/first"] {
        let chunks = stream::iter([Ok::<_, Infallible>("abc"), Ok("defg")]);
        let request = Request::post(path).body(Body::from_stream(chunks)).unwrap();
        app.clone().oneshot(request).await.unwrap();
        spans.next().await;
    }
    let (unread, first) = (metrics.draw("http.route = /unread"), metrics.draw("http.route = /first"));
    assert!(unread.contains("request.body.size: 0 in 1"), "{unread}");
    assert!(first.contains("request.body.size: 3 in 1"), "{first}");
}

#[tokio::test]
async fn leaving_is_an_error_of_the_metrics_only_where_it_is_one_of_the_span() {
    let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let layer = metrics.layer(&spans).disconnect_is_error(false).build();
    let mut service = layer.layer(service_fn(|_: Request<Body>| pending::<Result<Response, Error>>()));
    drop(Service::call(&mut service, Request::builder().method(Method::PUT).body(Body::empty()).unwrap()));
    spans.next().await;
    metrics.assert(
        "
        http.request.method = PUT, network.protocol.version = 1.1, url.scheme = http
          request.body.size: 0 in 1
          request.duration: 1
        http.request.method = PUT, url.scheme = http
          active_requests: 0
        ",
    );
}
