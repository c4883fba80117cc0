//! Real sockets: clients that leave, gigabytes, upgrades, HTTP/2.

use crate::support::{Spans, attribute, listener, serve};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::get as route;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::future::pending;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tower::ServiceExt;

const MEBIBYTE: &[u8] = &[7; 1 << 20];

/// A client that has sent `GET {path}` by hand.
async fn asking(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: shop.example\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    client
}

#[tokio::test]
async fn a_client_that_leaves_while_the_handler_works_cancels_the_request() {
    let mut spans = Spans::recorded();
    let (started, mut begun) = mpsc::unbounded_channel();
    let handler = move || async move {
        started.send(()).unwrap();
        pending::<()>().await
    };
    let address = serve(Router::new().route("/slow", route(handler)).layer(spans.layer().build())).await;
    let client = asking(address, "/slow").await;
    begun.recv().await.unwrap();
    drop(client);
    spans
        .assert_one(
            "
            SERVER GET /slow
              status error the request was dropped before its response
              error.type = cancelled
              http.request.method = GET
              http.route = /slow
              network.protocol.version = 1.1
              server.address = shop.example
              url.path = /slow
              url.scheme = http
            ",
        )
        .await;
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_of_a_body_is_a_disconnect() {
    let mut spans = Spans::recorded();
    let endless = || async {
        Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(MEBIBYTE))))
    };
    let address = serve(Router::new().route("/endless", route(endless)).layer(spans.layer().build())).await;
    let mut client = asking(address, "/endless").await;
    client.read_exact(&mut [0; 1000]).await.unwrap();
    drop(client);
    spans
        .assert_one(
            "
            SERVER GET /endless
              status error the response was dropped before its end
              error.type = client_disconnected
              http.request.method = GET
              http.response.status_code = 200
              http.route = /endless
              network.protocol.version = 1.1
              server.address = shop.example
              url.path = /endless
              url.scheme = http
            ",
        )
        .await;
}

#[tokio::test]
async fn a_gibibyte_streamed_is_one_span_that_ends_with_the_last_byte() {
    let mut spans = Spans::recorded();
    let (release, released) = oneshot::channel::<()>();
    let released = std::sync::Arc::new(std::sync::Mutex::new(Some(released)));
    let handler = move || async move {
        let last = released.lock().unwrap().take().unwrap();
        let most = stream::iter(0..1023).map(|_| Ok::<_, Infallible>(Bytes::from_static(MEBIBYTE)));
        let last = stream::once(async { last.await.map(|()| Ok(Bytes::from_static(MEBIBYTE))).unwrap() });
        Body::from_stream(most.chain(last))
    };
    let layer = spans.layer().body_sizes(true).build();
    let address = serve(Router::new().route("/large", route(handler)).layer(layer)).await;
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/large").header("host", "shop.example").body(Empty::<Bytes>::new()).unwrap();
    let mut body = sender.send_request(request).await.unwrap().into_body();
    let mut received = 0;
    while received < 1023 << 20 {
        received += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    }
    assert!(spans.so_far().is_empty());
    release.send(()).unwrap();
    received += body.collect().await.unwrap().to_bytes().len();
    assert_eq!(received, 1 << 30);
    spans
        .assert_one(
            "
            SERVER GET /large
              http.request.method = GET
              http.response.body.size = 1073741824
              http.response.status_code = 200
              http.route = /large
              network.protocol.version = 1.1
              server.address = shop.example
              url.path = /large
              url.scheme = http
            ",
        )
        .await;
}

/// Answers 101 and echoes what follows.
async fn echo(mut request: Request<Body>) -> Response {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut io = TokioIo::new(upgraded.await.unwrap());
        let mut buffer = [0; 4];
        io.read_exact(&mut buffer).await.unwrap();
        io.write_all(&buffer).await.unwrap();
    });
    (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")]).into_response()
}

#[tokio::test]
async fn an_upgraded_connection_works_and_its_span_ends_with_the_handshake() {
    let mut spans = Spans::recorded();
    let address = serve(Router::new().route("/ws", route(echo)).layer(spans.layer().build())).await;
    let mut client = asking(address, "/ws").await;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    spans
        .assert_one(
            "
            SERVER GET /ws
              http.request.method = GET
              http.response.status_code = 101
              http.route = /ws
              network.protocol.version = 1.1
              server.address = shop.example
              url.path = /ws
              url.scheme = http
            ",
        )
        .await;
    client.write_all(b"ping").await.unwrap();
    let mut answer = [0; 4];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"ping");
}

#[tokio::test]
async fn http2_streams_are_spans_each_and_resets_are_seen() {
    let mut spans = Spans::recorded();
    let endless = || async {
        Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"tick"))))
    };
    let app = Router::new().route("/hello", route(|| async { "hello" })).route("/endless", route(endless));
    let mut sender = http2(app.layer(spans.layer().build())).await;

    let ask = |path: &str| {
        Request::get(format!("http://shop.example:81{path}")).body(Empty::<Bytes>::new()).unwrap()
    };
    let response = sender.send_request(ask("/hello")).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
    spans
        .assert_one(
            "
            SERVER GET /hello
              http.request.method = GET
              http.response.status_code = 200
              http.route = /hello
              network.protocol.version = 2
              server.address = shop.example
              server.port = 81
              url.path = /hello
              url.scheme = http
            ",
        )
        .await;

    let mut endless = sender.send_request(ask("/endless")).await.unwrap().into_body();
    endless.frame().await.unwrap().unwrap();
    drop(endless);
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("client_disconnected"));
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
