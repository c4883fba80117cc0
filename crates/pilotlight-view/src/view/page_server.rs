//! Serves the page: connections, their number and patience, and the end.

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct PageServer {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<GracefulShutdown>,
}

/// Connections at a time: some pages with some streams each. Beyond it a connection is closed at once, and the browser tries again.
const CONNECTIONS_MAX: usize = 256;

/// How long a connection may take for a request's head, and rest between two.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait when the process has no more sockets: until some connection ends.
const NO_SOCKETS: Duration = Duration::from_millis(50);

impl PageServer {
    pub(super) fn start(listener: TcpListener, router: Router) -> Self {
        let stop = watch::Sender::new(false);
        let accepting = tokio::spawn(accept(listener, router, stop.subscribe()));
        Self { stop, accepting }
    }

    /// Closes the listener and lets what was begun finish within this time.
    pub(super) async fn stop(self, within: Duration) {
        self.stop.send_replace(true);
        if let Ok(connections) = self.accepting.await {
            // What takes longer is cut off when the runtime ends.
            let _ = tokio::time::timeout(within, connections.shutdown()).await;
        }
    }
}

async fn accept(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) -> GracefulShutdown {
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let http = http();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return connections,
        };
        match accepted {
            Ok((stream, _)) => match Arc::clone(&permits).try_acquire_owned() {
                Ok(permit) => serve(&http, &connections, &router, stream, permit),
                Err(_) => {
                    tracing::warn!(CONNECTIONS_MAX, "a connection to the page was closed: there are too many")
                }
            },
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection to the page");
                tokio::time::sleep(NO_SOCKETS).await;
            }
        }
    }
}

fn http() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    http
}

fn serve(
    http: &auto::Builder<TokioExecutor>,
    connections: &GracefulShutdown,
    router: &Router,
    stream: TcpStream,
    permit: OwnedSemaphorePermit,
) {
    // Pushed news are to leave at once. A connection that cannot be told so is about to fail anyway.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router.clone());
    let connection = http.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // However it ends: the page asks again.
        let _ = connection.await;
        drop(permit);
    });
}
