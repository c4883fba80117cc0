//! Dials the receiver: name, TCP, and TLS when the endpoint says `https`.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::BuildError;
use super::endpoint::Endpoint;
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

/// How far an attempt has come, for the message when it takes too long.
///
/// Shared by the client and the connector beneath it; relaxed, because both run on the exporter thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    Connecting = 1,
    Handshaking = 2,
    Waiting = 3,
    Reading = 4,
}

impl Progress {
    pub(super) fn reach(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Relaxed);
    }

    /// What was being done, as the subject of "took longer than …".
    pub(super) fn describe(&self) -> &'static str {
        match self.0.load(Ordering::Relaxed) {
            1 => "connecting",
            2 => "the TLS handshake",
            4 => "reading the response",
            _ => "sending the request and waiting for a response",
        }
    }
}

/// Makes connections for hyper's pool.
#[derive(Clone)]
pub(super) struct Connector {
    /// Resolves names off the thread and races IPv6 against IPv4.
    tcp: HttpConnector,
    #[cfg(feature = "tls")]
    tls: Option<super::tls::Tls>,
    progress: Progress,
}

impl Connector {
    /// Reads what TLS needs from files; dials nothing.
    pub(super) fn new(
        endpoint: &Endpoint,
        config: &OtlpConfig,
        versions: Versions,
        progress: Progress,
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
            progress,
        })
    }

    async fn dial(mut self, uri: Uri) -> Result<Stream, DialError> {
        self.progress.reach(Stage::Connecting);
        #[cfg(feature = "tls")]
        let host = uri.host().unwrap_or_default().to_owned();
        let tcp = self.tcp.call(uri).await.map_err(|error| DialError::Tcp(error.into()))?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            self.progress.reach(Stage::Handshaking);
            let stream = tls.handshake(&host, tcp.into_inner()).await.map_err(DialError::Tls)?;
            self.progress.reach(Stage::Waiting);
            return Ok(Stream::Tls(TokioIo::new(stream)));
        }
        self.progress.reach(Stage::Waiting);
        Ok(Stream::Plain(tcp))
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

/// A connection, encrypted or not.
pub(super) enum Stream {
    Plain(TokioIo<TcpStream>),
    #[cfg(feature = "tls")]
    Tls(TokioIo<tokio_rustls::client::TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Stream::Plain(stream) => stream.connected(),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) if stream.inner().get_ref().1.alpn_protocol() == Some(b"h2") => {
                Connected::new().negotiated_h2()
            }
            #[cfg(feature = "tls")]
            Stream::Tls(_) => Connected::new(),
        }
    }
}

/// Calls a method of whichever stream there is.
macro_rules! either {
    ($stream:expr, $method:ident, $($argument:expr),*) => {
        match $stream.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).$method($($argument),*),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_read, cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, poll_write, cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_flush, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_shutdown, cx)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, poll_write_vectored, cx, bufs)
    }
}
