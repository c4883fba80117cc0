//! Layers that record into a test, and services and servers to put under them.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use pilotlight_instrument::http::{HttpClientLayer, HttpClientLayerBuilder};
use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower::{Service, service_fn};

#[path = "../http_server/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the server, which need other parts of it")]
mod recorded;

pub(crate) use recorded::{Spans, attribute, dedented, draw, listener, serve};

/// A layer that records into `spans`, measures nothing and knows W3C trace context.
pub(crate) fn layer(spans: &Spans) -> HttpClientLayerBuilder {
    HttpClientLayer::builder()
        .with_tracer_provider(&spans.provider)
        .without_metrics()
        .with_propagator(TraceContextPropagator::new())
}

pub(crate) fn get(url: &str) -> Request<Empty<Bytes>> {
    Request::get(url).body(Empty::new()).unwrap()
}

/// A client whose every request is answered by `answer`.
pub(crate) fn answering<B, A>(
    answer: impl Fn(Request<B>) -> Response<A> + Clone,
) -> impl Service<Request<B>, Response = Response<A>, Error = Infallible> + Clone {
    service_fn(move |request| ready(Ok(answer(request))))
}

pub(crate) fn hello() -> Response<Full<Bytes>> {
    Response::new(Full::from("hello"))
}

/// The client that most people have.
pub(crate) fn client() -> Client<HttpConnector, Empty<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

/// How a server of few words ends a connection.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    Close,
    Reset,
    Hang,
}

/// A server that answers one request with `answer`, and ends the connection when it is told to.
pub(crate) async fn terse(answer: &'static str, ending: Ending) -> (SocketAddr, Arc<Notify>) {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let end = Arc::new(Notify::new());
    let told = Arc::clone(&end);
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_head(&mut socket).await;
        socket.write_all(answer.as_bytes()).await.unwrap();
        told.notified().await;
        match ending {
            Ending::Close => {}
            Ending::Reset => socket.set_zero_linger().unwrap(),
            Ending::Hang => std::future::pending().await,
        }
    });
    (address, end)
}

async fn read_head(socket: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
}
