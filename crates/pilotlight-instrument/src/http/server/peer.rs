//! Who is at the other end of the connection.

use http::Extensions;
use std::net::SocketAddr;

/// The address at the other end of the connection, put into a request's extensions by whoever accepted it.
///
/// It becomes `network.peer.address`, `network.peer.port` and, unless a trusted proxy named the client,
/// `client.address`. With the feature `axum` its `ConnectInfo<SocketAddr>` does the same without this type.
///
/// ```
/// use pilotlight_instrument::http::PeerAddr;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(PeerAddr("192.0.2.7:50123".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<PeerAddr>().map(|peer| peer.0).or_else(|| connect_info(extensions))
}

#[cfg(feature = "axum")]
fn connect_info(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0)
}

#[cfg(not(feature = "axum"))]
fn connect_info(_: &Extensions) -> Option<SocketAddr> {
    None
}
