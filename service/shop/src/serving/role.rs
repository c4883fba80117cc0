//! One of the three programs, from the first request to the last.

use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tracing::info;

use super::{Drained, Readiness, Server, Timeouts};

/// A program that serves.
pub trait Role: Send + Sync + 'static {
    /// What its log calls it.
    const TITLE: &'static str;

    /// Its routes, with a span and measurements around each request.
    fn router(self: Arc<Self>) -> Router;

    /// What its health route reports, for the server that turns it off.
    fn readiness(&self) -> Readiness;

    /// How long it waits, and for what.
    fn timeouts(&self) -> Timeouts;

    /// Finishes what answers have left to do.
    fn close(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Serves until `shutdown` is ready and the requests in flight are answered, then closes the role.
///
/// The role itself should be kept until telemetry is shut down: the last collection looks at it, too.
pub async fn serve<R: Role>(role: &Arc<R>, listener: TcpListener, shutdown: impl Future) -> Drained {
    let title = R::TITLE;
    if let Ok(addr) = listener.local_addr() {
        info!("{title} listens on http://{addr}");
    }
    let server = Server::new(role.clone().router(), role.readiness(), role.timeouts());
    let drained = server.run(listener, shutdown).await;
    info!(connections.cut_off = drained.cut_off, "{title} stops: {drained}");
    role.close().await;
    drained
}
