//! Who is at the other end of the connection.

use http::Extensions;
use opentelemetry::StringValue;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

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

pub(super) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
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

/// An address as text that several attributes share, with one allocation.
pub(super) fn shared(address: IpAddr) -> StringValue {
    // An IPv6 address that maps an IPv4 one is the latter, seen through a dual-stack socket.
    let address = address.to_canonical();
    // The longest text of an address, an IPv6 one with an embedded IPv4, has 45 bytes.
    let mut text = [0; 45];
    let mut rest = &mut text[..];
    let written = write!(rest, "{address}").is_ok();
    let free = rest.len();
    let text = std::str::from_utf8(&text[..text.len() - free]);
    Arc::<str>::from(text.ok().filter(|_| written).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mapped_address_is_shown_as_ipv4() {
        assert_eq!(shared("::ffff:192.0.2.1".parse().unwrap()).as_str(), "192.0.2.1");
    }

    proptest! {
        #[test]
        fn addresses_are_written_as_the_standard_library_does(address: IpAddr) {
            prop_assert_eq!(shared(address).as_str().to_owned(), address.to_canonical().to_string());
        }
    }
}
