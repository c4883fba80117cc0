//! Which names the page answers to.
//!
//! A page of somebody else's can make its own name point to 127.0.0.1 and then read from there as if it were its own origin (DNS
//! rebinding). The browser still sends the name it was told in `Host`, so names that are not ours are refused.

use http::HeaderMap;
use http::Uri;
use http::header::HOST;
use http::uri::Authority;
use std::net::{IpAddr, SocketAddr};

/// The names and addresses that are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hosts {
    port: u16,
    /// Listens on addresses that others can reach: then those addresses are ours as well. An address needs no name server, so
    /// that nobody can make one point here.
    beyond_loopback: bool,
    /// In lower case, each with a port or without.
    allowed: Vec<String>,
}

impl Hosts {
    pub(super) fn new(address: SocketAddr, allowed: &[String]) -> Self {
        Self {
            port: address.port(),
            beyond_loopback: !address.ip().to_canonical().is_loopback(),
            allowed: allowed.iter().map(|host| host.trim().to_ascii_lowercase()).collect(),
        }
    }

    /// Checks what a request says whom it is for, wherever it says so.
    ///
    /// # Errors
    /// With the name that is not ours, at most 100 characters of it.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
        let mut named = false;
        let in_uri = uri.authority().map(|authority| Some(authority.as_str()));
        for host in in_uri.into_iter().chain(headers.get_all(HOST).iter().map(|value| value.to_str().ok())) {
            named = true;
            let host = host.unwrap_or("(not text)");
            if !self.ours(host) {
                return Err(host.chars().take(100).collect());
            }
        }
        if named { Ok(()) } else { Err("(none)".to_owned()) }
    }

    fn ours(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        // `user@host` has no place here, and a port has to be a number that exists.
        if host.contains('@') || (authority.port().is_some() && authority.port_u16().is_none()) {
            return false;
        }
        let name = authority.host().to_ascii_lowercase();
        self.allowed(&name, authority.port_u16()) || (self.ours_by_itself(&name) && self.our_port(&authority))
    }

    fn allowed(&self, name: &str, port: Option<u16>) -> bool {
        let with_port = port.map(|port| format!("{name}:{port}"));
        self.allowed.iter().any(|allowed| allowed == name || Some(allowed) == with_port.as_ref())
    }

    fn our_port(&self, authority: &Authority) -> bool {
        // Without one it is http's own.
        authority.port_u16().unwrap_or(80) == self.port
    }

    fn ours_by_itself(&self, name: &str) -> bool {
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address {
            Ok(address) => self.beyond_loopback || address.to_canonical().is_loopback(),
            Err(_) => name == "localhost",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn hosts(address: &str) -> Hosts {
        Hosts::new(address.parse().unwrap(), &["viewer.example".to_owned(), "Other.example:8080".to_owned()])
    }

    #[test]
    fn loopback_by_name_and_address_is_ours_on_our_port_only() {
        let hosts = hosts("127.0.0.1:4316");
        for ours in ["localhost:4316", "LOCALHOST:4316", "127.0.0.1:4316", "127.1.2.3:4316", "[::1]:4316"] {
            assert!(hosts.ours(ours), "{ours}");
        }
        for not_ours in [
            "evil.example",
            "evil.example:4316",
            "localhost",
            "localhost:4317",
            "127.0.0.1",
            "127.0.0.1.evil.example:4316",
            "localhost.evil.example:4316",
            "me@localhost:4316",
            "localhost:4316@evil.example",
            "192.168.1.5:4316",
            "",
            "localhost:99999",
            "localhost:",
            "[::1",
            "127.0.0.1:4316/x",
        ] {
            assert!(!hosts.ours(not_ours), "{not_ours}");
        }
    }

    #[test]
    fn without_a_port_it_is_port_80() {
        assert!(hosts("127.0.0.1:80").ours("localhost"));
    }

    #[test]
    fn a_name_that_is_allowed_is_ours_with_its_port_or_with_any() {
        let hosts = hosts("127.0.0.1:4316");
        for ours in ["viewer.example", "viewer.example:443", "VIEWER.example:4316", "other.example:8080"] {
            assert!(hosts.ours(ours), "{ours}");
        }
        assert!(!hosts.ours("other.example:4316"));
    }

    #[test]
    fn beyond_loopback_addresses_are_ours_and_names_are_not() {
        let hosts = hosts("0.0.0.0:4316");
        assert!(hosts.ours("192.168.1.5:4316"));
        assert!(hosts.ours("[fe80::1]:4316"));
        assert!(!hosts.ours("evil.example:4316"));
    }

    #[test]
    fn each_name_that_a_request_gives_has_to_be_ours() {
        let hosts = hosts("127.0.0.1:4316");
        let with = |names: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for name in names {
                headers.append(HOST, http::HeaderValue::from_static(name));
            }
            headers
        };
        let path = Uri::from_static("/");
        assert_eq!(hosts.check(&path, &with(&["localhost:4316"])), Ok(()));
        assert_eq!(hosts.check(&path, &with(&[])), Err("(none)".to_owned()));
        assert_eq!(
            hosts.check(&path, &with(&["localhost:4316", "evil.example"])),
            Err("evil.example".to_owned())
        );
        let whole = Uri::from_static("http://evil.example/");
        assert_eq!(hosts.check(&whole, &with(&["localhost:4316"])), Err("evil.example".to_owned()));
    }
}
