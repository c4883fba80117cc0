//! Servers of every kind that may sit at a port.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
#[cfg(target_os = "linux")]
use tokio::net::TcpSocket;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A server that lives as long as the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    running: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Server {
    pub(crate) fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn https(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

async fn serve<F>(each: impl Fn(TcpStream) -> F + Send + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    serve_at(Ipv4Addr::LOCALHOST.into(), each).await.unwrap()
}

async fn serve_at<F>(
    address: IpAddr,
    each: impl Fn(TcpStream) -> F + Send + 'static,
) -> std::io::Result<Server>
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((address, 0)).await?;
    let port = listener.local_addr()?.port();
    let running = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(each(stream));
        }
    });
    Ok(Server { port, running })
}

/// A port that nobody listens at.
pub(crate) async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Takes connections and says nothing.
pub(crate) async fn silent() -> Server {
    serve(|stream| async move {
        let _stream = stream;
        std::future::pending().await
    })
    .await
}

/// Takes connections and hangs up.
pub(crate) async fn hanging_up() -> Server {
    serve(|stream| async move { drop(stream) }).await
}

/// Has no room for one more connection: what asks for one is dropped, as a firewall does.
#[cfg(target_os = "linux")]
pub(crate) async fn full() -> Server {
    /// The system keeps one connection more than it is asked to.
    const WAITING_MAX: u32 = 1;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(WAITING_MAX).unwrap();
    let at = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..=WAITING_MAX {
        waiting.push(TcpStream::connect(at).await.unwrap());
    }
    let running = tokio::spawn(async move {
        let _held = (listener, waiting);
        std::future::pending().await
    });
    Server { port: at.port(), running }
}

/// Says hello before anybody asked, as mail and SSH servers do.
pub(crate) async fn talking(words: &'static [u8]) -> Server {
    serve(move |mut stream| async move {
        let _ = stream.write_all(words).await;
        read_some(&mut stream).await;
    })
    .await
}

/// Takes requests and answers none.
pub(crate) async fn slow_http() -> Server {
    greeting(std::future::pending).await
}

/// Takes requests and hangs up on them.
pub(crate) async fn breaking_off() -> Server {
    greeting(|| std::future::ready(Err(std::io::Error::other("enough of this")))).await
}

type Answered = std::io::Result<http::Response<String>>;

/// The doctor's greeting is answered, its requests get this.
async fn greeting<F>(answer: impl Fn() -> F + Copy + Send + Sync + 'static) -> Server
where
    F: Future<Output = Answered> + Send + 'static,
{
    serve(move |stream| async move {
        let service = service_fn(|request: http::Request<Incoming>| async move {
            match request.headers().contains_key("connection") {
                true => Ok(http::Response::new(String::new())),
                false => answer().await,
            }
        });
        let _ =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    })
    .await
}

/// An HTTP/1 server with an answer for each request head, in lower case. Everything else gets status 400.
pub(crate) async fn http1(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Server {
    let answer = Arc::new(answer);
    serve(move |stream| answer_http1(stream, answer.clone())).await
}

/// An OTLP receiver at an address that this machine may not have.
pub(crate) async fn receiver_at(address: IpAddr) -> std::io::Result<Server> {
    serve_at(address, |stream| answer_http1(stream, Arc::new(|_: &str| TAKEN))).await
}

/// A status and headers.
#[derive(Clone, Copy)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) &'static str);

/// What an OTLP receiver answers.
pub(crate) const TAKEN: Answer = Answer(200, "content-type: application/x-protobuf\r\n");

/// The status for everything, and nothing else.
pub(crate) async fn status(status: u16) -> Server {
    http1(move |_| Answer(status, "")).await
}

async fn answer_http1<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answer: Arc<impl Fn(&str) -> Answer>,
) {
    let head = read_some(&mut stream).await;
    let Answer(status, headers) = match head.starts_with("post ") {
        true => answer(&head),
        false => Answer(400, ""),
    };
    let text =
        format!("HTTP/1.1 {status} Whatever\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A request's head, or what came instead.
async fn read_some<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut heard = Vec::new();
    let mut room = [0; 4096];
    while !heard.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut room).await {
            Ok(length) if length > 0 => heard.extend_from_slice(&room[..length]),
            _ => break,
        }
        // A TLS hello, or HTTP/2 after its preface, will never have the end of a head.
        if heard.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            break;
        }
    }
    String::from_utf8_lossy(&heard).to_ascii_lowercase()
}

/// A gRPC server, which answers by the request's headers.
pub(crate) async fn grpc(status: impl Fn(&http::HeaderMap) -> i32 + Send + Sync + 'static) -> Server {
    let status = Arc::new(status);
    serve(move |stream| answer_grpc(stream, status.clone())).await
}

async fn answer_grpc<S>(stream: S, status: Arc<impl Fn(&http::HeaderMap) -> i32 + Send + Sync + 'static>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: http::Request<Incoming>| {
        let code = status(request.headers());
        async move {
            let response = http::Response::builder()
                .header("content-type", "application/grpc")
                .header("grpc-status", code);
            response.body(String::new()).map_err(std::io::Error::other)
        }
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An HTTP/2 server that knows nothing of gRPC.
pub(crate) async fn http2(status: u16) -> Server {
    serve(move |stream| answer_http2(stream, status)).await
}

async fn answer_http2<S>(stream: S, status: u16)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |_: http::Request<Incoming>| async move {
        let response = http::Response::builder().status(status).header("content-type", "text/html");
        response.body(String::new()).map_err(std::io::Error::other)
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// HTTP/1 over TLS, and where HTTP/2 is agreed upon, one that knows nothing of gRPC; plain text is hung up on.
pub(crate) async fn https(
    config: ServerConfig,
    answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
) -> Server {
    let (acceptor, answer) = (TlsAcceptor::from(Arc::new(config)), Arc::new(answer));
    serve(move |stream| {
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => answer_http2(stream, 404).await,
                _ => answer_http1(stream, answer).await,
            }
        }
    })
    .await
}

/// gRPC over TLS.
pub(crate) async fn secure_grpc(config: ServerConfig) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer_grpc(stream, Arc::new(|_: &http::HeaderMap| 0)).await;
            }
        }
    })
    .await
}

/// An HTTP/1 server that reads a request's body before it answers, by the head and the body's length.
pub(crate) async fn reading(
    answer: impl Fn(&http::HeaderMap, usize) -> Option<(u16, Vec<u8>)> + Send + Sync + 'static,
) -> Server {
    let answer = Arc::new(answer);
    serve(move |stream| {
        let answer = answer.clone();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let answer = answer.clone();
            async move {
                let (head, body) = request.into_parts();
                let length = body.collect().await.map_err(std::io::Error::other)?.to_bytes().len();
                // None: no answer at all.
                let Some((status, body)) = answer(&head.headers, length) else {
                    return std::future::pending().await;
                };
                let response =
                    http::Response::builder().status(status).header("content-type", "application/x-protobuf");
                response.body(Full::new(Bytes::from(body))).map_err(std::io::Error::other)
            }
        });
        async move {
            let io = TokioIo::new(stream);
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
        }
    })
    .await
}
