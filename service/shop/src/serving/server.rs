//! Accepts connections, keeps their time, and winds them down.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Version;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;
use tracing::warn;

use super::connection::{Requests, TimedStream};
use super::{Readiness, Timeouts};

/// How long the server pauses when the system refuses it another connection, as when it is out of file
/// descriptors: long enough not to spin, short enough not to be noticed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a router over HTTP/1 and HTTP/2.
#[derive(Debug)]
pub struct Server {
    router: Router,
    readiness: Readiness,
    timeouts: Timeouts,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections whose requests took longer than the drain timeout, and were cut off.
    pub cut_off: usize,
}

impl Server {
    /// A server that turns `readiness` off before it stops.
    #[must_use]
    pub fn new(router: Router, readiness: Readiness, timeouts: Timeouts) -> Self {
        Self { router, readiness, timeouts }
    }

    /// Serves until `shutdown` is ready; then, in this order: turns readiness off, keeps serving for the notice,
    /// stops accepting, and lets requests in flight finish. If this is dropped, all connections are cut off.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future) -> Drained {
        let mut connections = Connections::default();
        self.accept_until(&listener, &mut connections, shutdown).await;
        self.readiness.turn_off();
        self.accept_until(&listener, &mut connections, tokio::time::sleep(self.timeouts.notice)).await;
        drop(listener);
        connections.drain(self.timeouts.drain).await
    }

    async fn accept_until(&self, listener: &TcpListener, connections: &mut Connections, end: impl Future) {
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                _ = &mut end => return,
                Some(_) = connections.tasks.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.serve(stream, peer, connections),
                    Err(refusal) => {
                        warn!(error = &refusal as &dyn Error, "cannot accept a connection; trying again");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    /// Serves one connection in a task of its own.
    fn serve(&self, stream: TcpStream, peer: SocketAddr, connections: &mut Connections) {
        // Answers are written whole: waiting to fill a packet would only delay them. Should the system refuse, they
        // are late, no more.
        let _ = stream.set_nodelay(true);
        let requests = Arc::new(Requests::default());
        let stream = TokioIo::new(TimedStream::new(stream, self.timeouts, requests.clone()));
        let router = self.router.clone();
        let service = service_fn(move |request| answer(router.clone(), request, peer, requests.clone()));
        let mut http = auto::Builder::new(TokioExecutor::new());
        // The stream keeps the time.
        http.http1().header_read_timeout(None);
        let connection = connections.graceful.watch(http.serve_connection(stream, service).into_owned());
        connections.tasks.spawn(async move {
            // A connection fails when its client misbehaves or goes away, which is the client's affair.
            let _ = connection.await;
        });
    }
}

/// Hands a request to the router, with its peer's address for whoever asks.
async fn answer(
    router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    requests: Arc<Requests>,
) -> Result<Response, Infallible> {
    let _in_flight = requests.begin(request.version() == Version::HTTP_2);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request.map(Body::new)).await
}

/// The connections that are open.
#[derive(Default)]
struct Connections {
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
}

impl Connections {
    /// Closes idle connections, and the others after their answer; those that take too long are cut off, so that
    /// their spans end before telemetry does.
    async fn drain(self, timeout: Duration) -> Drained {
        let Self { graceful, mut tasks } = self;
        // Whether they all made it shows in the tasks that are left.
        let _ = tokio::time::timeout(timeout, async {
            graceful.shutdown().await;
            while tasks.join_next().await.is_some() {}
        })
        .await;
        let cut_off = tasks.len();
        tasks.shutdown().await;
        Drained { cut_off }
    }
}

impl fmt::Display for Drained {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cut_off {
            0 => out.write_str("all requests were answered"),
            1 => out.write_str("1 connection was cut off before its answer"),
            more => write!(out, "{more} connections were cut off before their answers"),
        }
    }
}
