//! Ports, and what to do when one is taken.

use super::{Error, other_family};
use crate::receive::PortRole;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpListener;

/// What an address is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Page,
    Otlp(PortRole),
}

impl Purpose {
    fn words(self) -> &'static str {
        match self {
            Self::Page => "the page",
            Self::Otlp(PortRole::Grpc) => "OTLP over gRPC",
            Self::Otlp(PortRole::Http) => "OTLP over HTTP",
            Self::Otlp(PortRole::Any) => "OTLP",
        }
    }

    fn flag(self) -> &'static str {
        match self {
            Self::Page => "--port (PILOTLIGHT_VIEW_PORT)",
            Self::Otlp(PortRole::Grpc) => "--grpc-port (PILOTLIGHT_VIEW_GRPC_PORT)",
            Self::Otlp(PortRole::Http | PortRole::Any) => "--http-port (PILOTLIGHT_VIEW_HTTP_PORT)",
        }
    }

    fn usual_holder(self) -> &'static str {
        match self {
            Self::Page => "another viewer",
            Self::Otlp(_) => "a collector, Jaeger or another viewer",
        }
    }
}

pub(super) async fn bind(address: SocketAddr, purpose: Purpose) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|error| {
        let words = purpose.words();
        let message =
            format!("{address}, for {words}, cannot be listened on: {}", advice(&error, address, purpose));
        Error { message, source: Some(Box::new(error)) }
    })
}

fn advice(error: &io::Error, address: SocketAddr, purpose: Purpose) -> String {
    let flag = purpose.flag();
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "another program has it already, perhaps {}. Stop that, or choose another port with {flag}",
            purpose.usual_holder()
        ),
        ErrorKind::PermissionDenied => {
            format!("the system does not permit port {}. Choose one from 1024 on with {flag}", address.port())
        }
        ErrorKind::AddrNotAvailable => {
            format!(
                "{} is no address of this machine. Choose one with --host (PILOTLIGHT_VIEW_HOST)",
                address.ip()
            )
        }
        _ => format!("{error}. Choose another with --host or {flag}"),
    }
}

/// The same port on `[::1]`, for senders that take `localhost` for that. None when the address is not 127.0.0.1's family, when the
/// system chooses the port, or when `[::1]` cannot be had: there may be no IPv6, and most senders try both.
pub(super) async fn other_loopback(address: SocketAddr) -> Option<TcpListener> {
    let IpAddr::V4(first) = address.ip() else { return None };
    if address.port() == 0 {
        return None;
    }
    let other = SocketAddr::from((other_family(first)?, address.port()));
    match TcpListener::bind(other).await {
        Ok(listener) => Some(listener),
        Err(error) => {
            tracing::info!(%error, %other, "senders that take localhost for [::1] alone will not get through");
            None
        }
    }
}
