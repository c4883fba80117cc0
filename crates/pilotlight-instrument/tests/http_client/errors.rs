//! What goes wrong on real connections, each by its word.

use crate::support::{Ending, Spans, attribute, client, get, layer, listener, terse};
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Uri};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry::trace::Status;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

/// The `error.type` of a request that gets no response.
async fn unanswered(url: &str) -> String {
    let mut spans = Spans::recorded();
    layer(&spans).build().layer(client()).oneshot(get(url)).await.unwrap_err();
    let span = spans.next().await;
    assert_eq!(span.status, Status::error("there was no response"));
    attribute(&span, "error.type").unwrap()
}

/// The same, from a server that ends the connection after `answer`.
async fn answered(answer: &'static str, ending: Ending) -> String {
    let (address, end) = terse(answer, ending).await;
    end.notify_one();
    unanswered(&format!("http://{address}/")).await
}

#[tokio::test]
async fn a_port_where_nobody_listens_refuses() {
    let address = listener().await.local_addr().unwrap();
    assert_eq!(unanswered(&format!("http://{address}/")).await, "connection_refused");
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_a_matter_of_dns() {
    assert_eq!(unanswered("http://does-not-exist.invalid/").await, "dns");
}

#[tokio::test]
async fn a_server_that_hangs_up_instead_of_answering_resets() {
    assert_eq!(answered("", Ending::Close).await, "connection_reset");
    assert_eq!(answered("", Ending::Reset).await, "connection_reset");
    assert_eq!(answered("HTTP/1.1 200", Ending::Close).await, "connection_reset");
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_an_error_of_its_type() {
    let error_type = answered("220 mail.example ESMTP\r\n\r\n", Ending::Close).await;
    assert_eq!(error_type, "hyper_util::client::legacy::client::Error");
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_inside_the_layer_is_a_timeout() {
    let mut spans = Spans::recorded();
    let (address, _never) = terse("", Ending::Hang).await;
    let service =
        ServiceBuilder::new().layer(layer(&spans).build()).timeout(Duration::from_secs(1)).service(client());
    service.oneshot(get(&format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_around_the_layer_is_a_cancellation() {
    let mut spans = Spans::recorded();
    let (address, _never) = terse("", Ending::Hang).await;
    let service =
        ServiceBuilder::new().timeout(Duration::from_secs(1)).layer(layer(&spans).build()).service(client());
    service.oneshot(get(&format!("http://{address}/"))).await.unwrap_err();
    let span = spans.next().await;
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.events[0].name, "cancelled");
}

#[tokio::test]
async fn bodies_that_end_early_are_told_apart() {
    for (answer, ending, error) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello", Ending::Close, "body"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", Ending::Close, "body"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n", Ending::Close, "body"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello", Ending::Reset, "connection_reset"),
    ] {
        let mut spans = Spans::recorded();
        let (address, end) = terse(answer, ending).await;
        let service = layer(&spans).build().layer(client());
        let response = service.oneshot(get(&format!("http://{address}/"))).await.unwrap();
        assert!(spans.so_far().is_empty());
        end.notify_one();
        response.into_body().collect().await.unwrap_err();
        let span = spans.next().await;
        assert_eq!(attribute(&span, "error.type").as_deref(), Some(error), "{answer}");
        assert_eq!(attribute(&span, "http.response.status_code").as_deref(), Some("200"));
        assert_eq!(span.status, Status::error("the response's body failed"));
    }
}

#[tokio::test]
async fn a_request_whose_own_body_fails_blames_the_body_and_not_the_connection() {
    let mut spans = Spans::recorded();
    let (address, _never) = terse("", Ending::Hang).await;
    let broken = || stream::iter([Err::<Frame<Bytes>, _>(io::Error::from(io::ErrorKind::InvalidData))]);
    let client: Client<_, StreamBody<_>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("http://{address}/")).body(StreamBody::new(broken())).unwrap();
    layer(&spans).build().layer(client).oneshot(request).await.unwrap_err();
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("body"));
}

#[tokio::test]
async fn a_stream_reset_by_its_server_is_a_reset() {
    let mut spans = Spans::recorded();
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let refuse = hyper::service::service_fn(|_: Request<hyper::body::Incoming>| async {
            Err::<http::Response<Empty<Bytes>>, _>(io::Error::other("no"))
        });
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        server.serve_connection(TokioIo::new(socket), refuse).await
    });
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let service = layer(&spans).build().layer(client);
    service.oneshot(get(&format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(attribute(&spans.next().await, "error.type").as_deref(), Some("connection_reset"));
}

/// A client that speaks TLS, trusts nobody, and never gets as far as a request.
async fn encrypted(address: SocketAddr) -> String {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let tls = TlsConnector::from(Arc::new(config));
    let connector = service_fn(move |_: Uri| {
        let tls = tls.clone();
        Box::pin(async move {
            let socket = TcpStream::connect(address).await?;
            let name = ServerName::try_from("localhost").unwrap();
            let encrypted = tls.connect(name, socket).await?;
            Ok::<_, io::Error>(TokioIo::new(encrypted.into_inner().0))
        })
    });
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let mut spans = Spans::recorded();
    layer(&spans).build().layer(client).oneshot(get("https://localhost/")).await.unwrap_err();
    attribute(&spans.next().await, "error.type").unwrap()
}

async fn accept_once<F: Future<Output = ()> + Send>(
    then: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener: TcpListener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { then(listener.accept().await.unwrap().0).await });
    address
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_fails_the_handshake() {
    let garbage = accept_once(async |mut socket: TcpStream| {
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    assert_eq!(encrypted(garbage.await).await, "tls");
}

#[tokio::test]
async fn a_server_that_hangs_up_during_the_handshake_fails_it() {
    let gone = accept_once(async |mut socket: TcpStream| {
        // Having read what the client says first, the socket closes without a reset.
        let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut [0; 4096]).await;
    });
    assert_eq!(encrypted(gone.await).await, "tls");
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_fails_the_handshake() {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let untrusted = accept_once(async move |socket: TcpStream| {
        // The client refuses the certificate, so this fails too.
        let _ = acceptor.accept(socket).await;
    });
    assert_eq!(encrypted(untrusted.await).await, "tls");
}

#[tokio::test]
async fn an_error_that_cannot_be_is_no_hindrance() {
    let mut spans = Spans::recorded();
    let service = layer(&spans)
        .build()
        .layer(service_fn(|_: Request<Empty<Bytes>>| async { Ok::<_, Infallible>(crate::support::hello()) }));
    service.oneshot(get("http://shop.example/")).await.unwrap();
    assert_eq!(spans.next().await.name, "GET");
}
