//! Ports, and what to do when one is taken.

use super::Error;
use crate::receive::PortRole;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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

/// Where programs of this machine reach what listens there.
pub(crate) fn from_this_machine(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The same port on `[::1]`, for senders that take `localhost` for that.
///
/// None when the address is not an IPv4 loopback one, when the system chooses the port, or when there is no IPv6.
///
/// # Errors
/// A warning, when another program has it: senders that try `[::1]` first would reach that one.
pub(crate) async fn other_loopback(address: SocketAddr) -> Result<Option<TcpListener>, String> {
    if !address.is_ipv4() || !address.ip().is_loopback() || address.port() == 0 {
        return Ok(None);
    }
    let other = SocketAddr::from((Ipv6Addr::LOCALHOST, address.port()));
    match TcpListener::bind(other).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(format!(
            "another program listens on {other}: senders that take localhost for ::1 will reach that instead. Give them {address}"
        )),
        Err(_) => Ok(None),
    }
}
