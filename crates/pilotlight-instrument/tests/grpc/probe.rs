//! A service that does as it is told, its server and its client, as generated code would have them.

use bytes::{Buf, BufMut};
use http::uri::PathAndQuery;
use opentelemetry::baggage::BaggageExt;
use pilotlight_instrument::grpc::{GrpcCallService, GrpcClientLayer, GrpcServerLayer};
use std::convert::Infallible;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::server::{Grpc, NamedService};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request, Response, Status, Streaming};
use tower::{Service, ServiceBuilder, service_fn};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Messages = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

/// Messages that are text.
#[derive(Clone, Copy, Default)]
pub(crate) struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        String::from_utf8(bytes.into()).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// What a call is told to do: to send so many messages, then to end with a code, or not at all.
pub(crate) fn script(messages: usize, end: Code) -> String {
    format!("{messages} {}", end as i32)
}

pub(crate) fn endless(messages: usize) -> String {
    format!("{messages} hang")
}

/// The description of what goes wrong on purpose, with a character that has to be encoded.
pub(crate) const WRONG: &str = "told to: ü";

async fn end(script: &str) -> Result<(), Status> {
    match script.split(' ').nth(1).unwrap_or("0") {
        "hang" => std::future::pending().await,
        "panic" => panic!("out of cheese"),
        "0" => Ok(()),
        "silent" => Err(Status::unimplemented("")),
        code => Err(wrong(Code::from(code.parse::<i32>().unwrap()))),
    }
}

fn wrong(code: Code) -> Status {
    let mut status = Status::new(code, WRONG);
    status.metadata_mut().insert("x-reason", MetadataValue::from_static("told to"));
    status.metadata_mut().insert_bin("x-detail-bin", MetadataValue::from_bytes(&[0, 1, 255]));
    status
}

fn messages(script: String) -> Messages {
    let count = script.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
    let some = tokio_stream::iter((0..count).map(|number| Ok(format!("message {number}"))));
    let last = async move { end(&script).await.err().map(Err) };
    let last = futures_util::stream::once(last).filter_map(|last| last);
    Box::pin(some.chain(last))
}

/// Also says what the caller's baggage has for `user`, and gives metadata back in the response's head.
async fn unary(request: Request<String>) -> Result<Response<String>, Status> {
    end(request.get_ref()).await?;
    let user = opentelemetry::Context::current().baggage().get("user").map(ToString::to_string);
    let mut response = Response::new(user.unwrap_or_default());
    if let Some(given) = request.metadata().get("x-echo") {
        response.metadata_mut().insert("x-echo", given.clone());
    }
    Ok(response)
}

/// Fails before there is a stream if there are no messages to send.
async fn down(request: Request<String>) -> Result<Response<Messages>, Status> {
    let script = request.into_inner();
    if script.starts_with("0 ") {
        end(&script).await?;
    }
    Ok(Response::new(messages(script)))
}

/// Does as the last message says.
async fn up(request: Request<Streaming<String>>) -> Result<Response<String>, Status> {
    let (mut stream, mut last) = (request.into_inner(), String::new());
    while let Some(message) = stream.message().await? {
        last = message;
    }
    end(&last).await?;
    Ok(Response::new(last))
}

/// Does as each message says, one after the other.
async fn both(request: Request<Streaming<String>>) -> Result<Response<Messages>, Status> {
    let scripts = request.into_inner();
    let stream = futures_util::StreamExt::flat_map(scripts, |script| match script {
        Ok(script) => messages(script),
        Err(status) => Box::pin(tokio_stream::once(Err(status))),
    });
    Ok(Response::new(Box::pin(stream)))
}

#[derive(Clone)]
pub(crate) struct Probe;

impl NamedService for Probe {
    const NAME: &'static str = "test.Probe";
}

impl Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(Text);
            Ok(match request.uri().path() {
                "/test.Probe/Unary" => grpc.unary(service_fn(unary), request).await,
                "/test.Probe/Down" => grpc.server_streaming(service_fn(down), request).await,
                "/test.Probe/Up" => grpc.client_streaming(service_fn(up), request).await,
                "/test.Probe/Both" => grpc.streaming(service_fn(both), request).await,
                _ => unknown(),
            })
        })
    }
}

/// What generated code answers for a method that its service does not have.
fn unknown() -> http::Response<Body> {
    let response =
        http::Response::builder().header("grpc-status", 12).header("content-type", "application/grpc");
    response.body(Body::empty()).unwrap()
}

/// A running server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    sockets: Arc<Mutex<Vec<std::net::TcpStream>>>,
}

impl Running {
    /// Serves on a real socket until the test ends.
    pub(crate) async fn with(layer: GrpcServerLayer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sockets = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&sockets);
        let incoming = TcpListenerStream::new(listener).map(move |socket| keep(socket?, &kept));
        let server = Server::builder().layer(layer).add_service(Probe);
        tokio::spawn(server.serve_with_incoming(incoming));
        Self { address, sockets }
    }

    /// Cuts every connection, as the death of the process would.
    pub(crate) fn kill(&self) {
        for socket in self.sockets.lock().unwrap().drain(..) {
            socket.shutdown(Shutdown::Both).unwrap();
        }
    }

    pub(crate) async fn channel(&self) -> Channel {
        self.endpoint().connect().await.unwrap()
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(format!("http://localhost:{}", self.address.port())).unwrap()
    }

    /// A client of it.
    pub(crate) async fn client(&self, layer: GrpcClientLayer) -> ProbeClient<GrpcCallService<Channel>> {
        ProbeClient::new(ServiceBuilder::new().layer(layer).service(self.channel().await))
    }
}

/// Remembers a way to cut the connection.
fn keep(socket: TcpStream, kept: &Mutex<Vec<std::net::TcpStream>>) -> std::io::Result<TcpStream> {
    let socket = socket.into_std()?;
    kept.lock().unwrap().push(socket.try_clone()?);
    TcpStream::from_std(socket)
}

/// With the bounds that generated clients have.
#[derive(Clone)]
pub(crate) struct ProbeClient<T> {
    inner: tonic::client::Grpc<T>,
}

type StdError = Box<dyn std::error::Error + Send + Sync + 'static>;

impl<T> ProbeClient<T>
where
    T: GrpcService<Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <T::ResponseBody as http_body::Body>::Error: Into<StdError> + Send,
{
    pub(crate) fn new(inner: T) -> Self {
        Self { inner: tonic::client::Grpc::new(inner) }
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.inner.ready().await.map_err(|error| Status::unknown(error.into().to_string()))
    }

    pub(crate) async fn call(
        &mut self,
        path: &'static str,
        request: Request<String>,
    ) -> Result<Response<String>, Status> {
        self.ready().await?;
        self.inner.unary(request, PathAndQuery::from_static(path), Text).await
    }

    pub(crate) async fn unary(&mut self, script: impl tonic::IntoRequest<String>) -> Result<String, Status> {
        self.call("/test.Probe/Unary", script.into_request()).await.map(Response::into_inner)
    }

    pub(crate) async fn down(
        &mut self,
        script: impl tonic::IntoRequest<String>,
    ) -> Result<Streaming<String>, Status> {
        self.ready().await?;
        let path = PathAndQuery::from_static("/test.Probe/Down");
        let response = self.inner.server_streaming(script.into_request(), path, Text).await;
        response.map(Response::into_inner)
    }

    pub(crate) async fn up(&mut self, scripts: Vec<String>) -> Result<String, Status> {
        self.ready().await?;
        let path = PathAndQuery::from_static("/test.Probe/Up");
        let request = Request::new(tokio_stream::iter(scripts));
        self.inner.client_streaming(request, path, Text).await.map(Response::into_inner)
    }

    pub(crate) async fn both(
        &mut self,
        scripts: impl Stream<Item = String> + Send + 'static,
    ) -> Result<Streaming<String>, Status> {
        self.ready().await?;
        let path = PathAndQuery::from_static("/test.Probe/Both");
        self.inner.streaming(Request::new(scripts), path, Text).await.map(Response::into_inner)
    }
}

/// Everything that a stream has to give.
pub(crate) async fn read(stream: &mut Streaming<String>) -> Result<usize, Status> {
    let mut count = 0;
    while stream.message().await?.is_some() {
        count += 1;
    }
    Ok(count)
}
