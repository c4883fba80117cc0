//! A server that answers as a test tells it to and remembers what it was asked.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use ::http::{HeaderMap, Request, Response};
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

pub(super) type Answer = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Answers requests on a port of its own, on the test's runtime.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Asked>>,
}

#[derive(Default)]
pub(super) struct Asked {
    pub(super) requests: Vec<Request<Bytes>>,
    pub(super) connections: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Speaks {
    Http1,
    Http2,
}

impl Receiver {
    pub(super) async fn start(speaks: Speaks, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), speaks, answer)
    }

    pub(super) fn on(
        listener: TcpListener,
        speaks: Speaks,
        answer: impl Fn() -> Answer + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (asked, answer) = (Arc::<Mutex<Asked>>::default(), Arc::new(answer));
        let remembered = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                remembered.lock().unwrap().connections += 1;
                tokio::spawn(serve(speaks, stream, remembered.clone(), answer.clone()));
            }
        });
        Self { address, asked }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn request(&self) -> Request<Bytes> {
        self.asked.lock().unwrap().requests.last().unwrap().clone()
    }

    pub(super) fn requests(&self) -> usize {
        self.asked.lock().unwrap().requests.len()
    }

    pub(super) fn connections(&self) -> usize {
        self.asked.lock().unwrap().connections
    }
}

/// Serves one connection, encrypted or not.
pub(super) async fn serve<S>(
    speaks: Speaks,
    stream: S,
    asked: Arc<Mutex<Asked>>,
    answer: Arc<impl Fn() -> Answer + Send + Sync + 'static>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (asked, answer) = (asked.clone(), answer.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            asked.lock().unwrap().requests.push(Request::from_parts(head, body));
            Ok::<_, hyper::Error>(answer())
        }
    });
    let stream = TokioIo::new(stream);
    // A client that goes away is no failure of the test.
    let _ = match speaks {
        Speaks::Http1 => http1::Builder::new().serve_connection(stream, service).await,
        Speaks::Http2 => http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await,
    };
}

/// A response with a body.
pub(super) fn answer(status: u16, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(whole(body).boxed_unsync());
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

fn whole(body: impl Into<Bytes>) -> impl Body<Data = Bytes, Error = io::Error> + Send + 'static {
    Full::new(body.into()).map_err(|never| match never {})
}

/// A gRPC response: a message in its frame, and the status in trailers.
pub(super) fn grpc_answer(message: &[u8]) -> Answer {
    let frame = [&[0], &u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat();
    grpc_body(frame)
}

/// A gRPC response with any bytes for a body, and success in its trailers.
pub(super) fn grpc_body(body: impl Into<Bytes>) -> Answer {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let body = whole(body).with_trailers(async move { Some(Ok(trailers)) }).boxed_unsync();
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    response
}

/// A gRPC call that failed at once: its status is among the headers.
pub(super) fn grpc_failure(code: u32, headers: &[(&'static str, &str)]) -> Answer {
    let mut response = answer(200, headers, "");
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    response.headers_mut().insert("grpc-status", code.into());
    response
}

/// Accepts one connection after another, reads what comes first, writes `bytes`, and closes or holds the connection.
pub(super) async fn raw(bytes: &'static [u8], hold: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            greet(&mut stream, bytes).await;
            if hold {
                held.push(stream);
            }
        }
    });
    address
}

async fn greet(stream: &mut TcpStream, bytes: &[u8]) {
    let mut heard = vec![0; 64 << 10];
    let _ = stream.read(&mut heard).await;
    let _ = stream.write_all(bytes).await;
    let _ = stream.flush().await;
}

/// A port that refuses connections for as long as the socket is held, and until it listens.
pub(super) fn nobody() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}
