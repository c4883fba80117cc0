//! Dials the receiver: name, TCP, and TLS when the endpoint says `https`.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Uri;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::BuildError;
use super::endpoint::Endpoint;
use super::trail::{Stage, Trail};
use crate::config::OtlpConfig;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The HTTP versions a connection may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// HTTP/2 alone, without negotiation when there is no TLS ("prior knowledge"): gRPC.
    #[cfg(feature = "otlp-grpc")]
    Http2,
    /// HTTP/1.1, and HTTP/2 where TLS negotiates it.
    #[cfg(feature = "otlp-http")]
    Any,
}

/// Makes connections for hyper's pool.
#[derive(Clone)]
pub(super) struct Connector {
    /// Resolves names off the thread and races IPv6 against IPv4.
    tcp: HttpConnector,
    #[cfg(feature = "tls")]
    tls: Option<super::tls::Tls>,
    trail: Trail,
}

impl Connector {
    /// Reads what TLS needs from files; dials nothing.
    pub(super) fn new(
        endpoint: &Endpoint,
        config: &OtlpConfig,
        versions: Versions,
        trail: Trail,
    ) -> Result<Self, BuildError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // A request is written whole: waiting to fill a packet would only add latency.
        tcp.set_nodelay(true);
        // Split evenly among a name's addresses, so that one dead address does not use up the attempt.
        tcp.set_connect_timeout(config.timeout);
        #[cfg(feature = "tls")]
        let tls = if endpoint.is_https() { Some(super::tls::Tls::new(&config.tls, versions)?) } else { None };
        #[cfg(not(feature = "tls"))]
        if endpoint.is_https() {
            let _ = versions;
            return Err(BuildError::feature(&format!("TLS, which {endpoint} needs,"), "tls"));
        }
        Ok(Self {
            tcp,
            #[cfg(feature = "tls")]
            tls,
            trail,
        })
    }

    async fn dial(mut self, uri: Uri) -> Result<Stream, DialError> {
        self.trail.restart();
        self.trail.reach(Stage::Connecting);
        #[cfg(feature = "tls")]
        let host = uri.host().unwrap_or_default().to_owned();
        let tcp = self.tcp.call(uri).await.map_err(|error| DialError::Tcp(error.into()))?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            self.trail.reach(Stage::Handshaking);
            let stream = tls.handshake(&host, tcp.into_inner()).await.map_err(DialError::Tls)?;
            self.trail.reach(Stage::Waiting);
            return Ok(Stream::new(Transport::Tls(TokioIo::new(Box::new(stream))), self.trail));
        }
        self.trail.reach(Stage::Waiting);
        Ok(Stream::new(Transport::Plain(tcp), self.trail))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, DialError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        self.tcp.poll_ready(cx).map_err(|error| DialError::Tcp(error.into()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().dial(uri))
    }
}

/// Where dialing failed.
#[derive(Debug)]
pub(super) enum DialError {
    /// No connection: name resolution, refusal, routing.
    Tcp(BoxError),
    /// A connection, and no TLS on it.
    #[cfg(feature = "tls")]
    Tls(io::Error),
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DialError::Tcp(_) => "cannot connect",
            #[cfg(feature = "tls")]
            DialError::Tls(_) => "TLS handshake failed",
        })
    }
}

impl std::error::Error for DialError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DialError::Tcp(error) => Some(&**error),
            #[cfg(feature = "tls")]
            DialError::Tls(error) => Some(error),
        }
    }
}

/// A connection that remembers how the peer greeted us.
pub(super) struct Stream {
    transport: Transport,
    trail: Trail,
    greeted: bool,
}

/// Encrypted or not.
enum Transport {
    Plain(TokioIo<TcpStream>),
    /// Boxed: a TLS session is a kilobyte, and there is one.
    #[cfg(feature = "tls")]
    Tls(TokioIo<Box<tokio_rustls::client::TlsStream<TcpStream>>>),
}

impl Transport {
    fn negotiated(&self) -> Option<&[u8]> {
        match self {
            Transport::Plain(_) => None,
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.inner().get_ref().1.alpn_protocol(),
        }
    }
}

/// Calls a method of whichever stream there is.
macro_rules! either {
    ($stream:expr, $method:ident, $($argument:expr),*) => {
        match &mut $stream.transport {
            Transport::Plain(stream) => Pin::new(stream).$method($($argument),*),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl Stream {
    fn new(transport: Transport, trail: Trail) -> Self {
        // Where TLS negotiated the protocol, nothing is left to find out.
        let greeted = transport.negotiated().is_some();
        Self { transport, trail, greeted }
    }

    /// Reads the first few bytes by a detour of their own, to have a look at them.
    fn poll_greeting(&mut self, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 8];
        let length = bytes.len().min(buf.remaining());
        let mut first = ReadBuf::new(&mut bytes[..length]);
        ready!(either!(self, poll_read, cx, first.unfilled()))?;
        self.greeted = true;
        self.trail.hear(first.filled());
        buf.put_slice(first.filled());
        Poll::Ready(Ok(()))
    }

    /// Holds a write's error back until the peer's last words are in.
    ///
    /// A peer that hangs up may have said why, and HTTP stops reading at the first error. The wait is short: a socket
    /// that cannot be written to any more is readable, be it for its end.
    fn written<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(_)) = &result {
            ready!(self.poll_last_words(cx));
        }
        result
    }

    fn poll_last_words(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let (Transport::Plain(stream), false) = (&self.transport, self.greeted) {
            let mut bytes = [0; 8];
            let mut first = tokio::io::ReadBuf::new(&mut bytes);
            // An error is not news here.
            let _ = ready!(stream.inner().poll_peek(cx, &mut first));
            self.trail.hear(first.filled());
        }
        Poll::Ready(())
    }

    /// HTTP/2 passes a read's error on as text: what TLS said is kept here.
    fn remember(&self, _error: &io::Error) {
        #[cfg(feature = "tls")]
        if let Some(tokio_rustls::rustls::Error::AlertReceived(alert)) = super::tls::cause(_error) {
            self.trail.ended_by(*alert);
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self.transport.negotiated() {
            Some(b"h2") => Connected::new().negotiated_h2(),
            _ => Connected::new(),
        }
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = if self.greeted { either!(self, poll_read, cx, buf) } else { self.poll_greeting(cx, buf) };
        if let Poll::Ready(Err(error)) = &read {
            self.remember(error);
        }
        read
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = either!(self, poll_write, cx, buf);
        self.written(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = either!(self, poll_flush, cx);
        self.written(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_shutdown, cx)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = either!(self, poll_write_vectored, cx, bufs);
        self.written(cx, written)
    }
}

#[cfg(test)]
#[cfg(not(feature = "tls"))]
mod tests {
    use crate::config::{Compression, OtlpConfig, Protocol, TlsConfig};

    #[test]
    fn an_https_endpoint_without_tls_compiled_in_names_the_feature() {
        let protocol = if cfg!(feature = "otlp-grpc") { Protocol::Grpc } else { Protocol::HttpProtobuf };
        let error = crate::transport::otlp(OtlpConfig {
            signal: crate::transport::Signal::Traces,
            protocol,
            endpoint: "https://collector:4317".parse().unwrap(),
            headers: Vec::new(),
            timeout: None,
            compression: Compression::None,
            tls: TlsConfig::default(),
            request_bytes_max: usize::MAX,
            response_bytes_max: usize::MAX,
        })
        .err()
        .unwrap()
        .to_string();
        assert!(error.contains("https://collector:4317") && error.contains("`tls`"), "{error}");
    }
}
