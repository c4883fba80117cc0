//! Ports for servers that cannot say which one they chose.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Ports that no system hands out by itself, to a listener that does not care or to a connection that goes out: one of those could
/// take the port of a server that is killed and will be started again.
const FIRST: u16 = 15_000;
const COUNT: u16 = 15_000;

/// A port of 127.0.0.1 that no other test's server has while this exists.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    /// The same number in another protocol: free for exactly one owner on this machine, and given back by the system when that ends.
    _reservation: UdpSocket,
}

impl Port {
    /// A port that nobody has, chosen by chance.
    pub(super) fn free() -> Self {
        let start = RandomState::new().hash_one(std::process::id());
        let candidates = (0..u64::from(COUNT)).map(|step| start.wrapping_add(step) % u64::from(COUNT));
        let ports = candidates.filter_map(|offset| Self::reserved(FIRST + u16::try_from(offset).ok()?));
        ports.into_iter().find(Self::is_free).expect("one of many thousand ports is free")
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }

    /// Whether nobody listens there.
    pub(super) fn is_free(&self) -> bool {
        TcpListener::bind((Ipv4Addr::LOCALHOST, self.number)).is_ok()
    }

    fn reserved(number: u16) -> Option<Self> {
        let reservation = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self { number, _reservation: reservation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_free_for_one_owner_at_a_time() {
        let port = Port::free();
        let number = port.number();

        assert!(Port::reserved(number).is_none());
        drop(port);
        assert!(Port::reserved(number).is_some());
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free() {
        let port = Port::free();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number())).unwrap();

        assert!(!port.is_free());
        drop(listener);
        assert!(port.is_free());
    }
}
