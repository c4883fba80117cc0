//! Network addresses as text.

use opentelemetry::StringValue;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

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
