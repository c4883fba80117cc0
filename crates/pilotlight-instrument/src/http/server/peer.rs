//! Who is at the other end of the connection.

use http::Extensions;
use opentelemetry::StringValue;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
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

/// An address as text that several attributes share, with one allocation.
pub(crate) fn shared(address: IpAddr) -> StringValue {
    // The longest text of an address, an IPv6 one with an embedded IPv4, has 45 bytes.
    let mut text = [0; 45];
    // An IPv6 address that maps an IPv4 one is the latter, seen through a dual-stack socket.
    let length = match address.to_canonical() {
        IpAddr::V4(address) => write_v4(address, &mut text),
        IpAddr::V6(address) => {
            let mut rest = &mut text[..];
            // Cannot fail in a buffer that holds every address; if it did, the text would be cut.
            let _ = write!(rest, "{address}");
            45 - rest.len()
        }
    };
    Arc::<str>::from(std::str::from_utf8(&text[..length]).unwrap_or_default()).into()
}

/// Writes `a.b.c.d` and returns its length, without the formatting machinery: nearly every request has one.
fn write_v4(address: Ipv4Addr, text: &mut [u8; 45]) -> usize {
    let mut length = 0;
    let mut push = |byte| {
        text[length] = byte;
        length += 1;
    };
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            push(b'.');
        }
        if octet >= 100 {
            push(b'0' + octet / 100);
        }
        if octet >= 10 {
            push(b'0' + octet / 10 % 10);
        }
        push(b'0' + octet % 10);
    }
    length
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
