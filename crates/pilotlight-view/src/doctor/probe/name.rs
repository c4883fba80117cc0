//! From a name to somebody who listens.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Names with more addresses are balanced: the first few tell enough.
const ADDRESSES_MAX: usize = 4;

/// What became of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// It stands for addresses, or is one.
    Known,
    /// It stands for nothing: what the system says.
    Unknown(String),
    /// Nobody answered in time.
    Silent,
}

/// One address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Address and port.
    pub at: SocketAddr,
    /// Whether somebody listens.
    pub reached: Reached,
}

/// What became of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// Somebody listens.
    Connected,
    /// The host is there, and nobody listens.
    Refused,
    /// No answer in time: a firewall, or no such host.
    Silent,
    /// The system will not even try: what it says.
    Failed(String),
}

/// The addresses of `host`; of `localhost` both families, whatever the system says.
pub(super) async fn resolve(host: &str, port: u16, limit: Duration) -> (Names, Vec<SocketAddr>) {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return (Names::Known, vec![SocketAddr::new(ip, port)]);
    }
    let mut found = match timeout(limit, lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) if !is_localhost(host) => return (Names::Unknown(error.to_string()), Vec::new()),
        Err(_) if !is_localhost(host) => return (Names::Silent, Vec::new()),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    if is_localhost(host) {
        found.extend(
            [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
                .map(|ip| SocketAddr::new(ip, port)),
        );
    }
    let mut unique = Vec::new();
    for at in found {
        if !unique.contains(&at) {
            unique.push(at);
        }
    }
    unique.truncate(ADDRESSES_MAX);
    (Names::Known, unique)
}

fn is_localhost(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
}

/// Whether somebody listens at `at`.
pub(super) async fn reach(at: SocketAddr, limit: Duration) -> Address {
    let reached = match timeout(limit, TcpStream::connect(at)).await {
        Ok(Ok(_)) => Reached::Connected,
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Reached::Refused,
        Ok(Err(error)) => Reached::Failed(error.to_string()),
        Err(_) => Reached::Silent,
    };
    Address { at, reached }
}
