//! Who may open the page.

use super::host::Hosts;
use super::token::Token;
use crate::receive::{Incident, IncidentKind, Journal};
use std::net::SocketAddr;
use std::sync::Arc;

/// Who may open the page: which names it answers to, and whether a token is asked for. A clone is the same.
#[derive(Debug, Clone)]
pub struct Access {
    address: SocketAddr,
    pub(super) hosts: Arc<Hosts>,
    token: Option<Token>,
    journal: Journal,
}

impl Access {
    /// The rules for a page on `address`, which also answers to `allowed_hosts`: names or addresses, with a port or for any.
    ///
    /// Beyond loopback a token is always asked for: when none is given, one is made.
    ///
    /// # Errors
    /// When the system has no random bytes to make a token of.
    pub fn new(
        address: SocketAddr,
        allowed_hosts: &[String],
        token: Option<Token>,
        journal: Journal,
    ) -> Result<Self, String> {
        let token = match token {
            None if !address.ip().to_canonical().is_loopback() => Some(Token::random()?),
            given => given,
        };
        Ok(Self { address, hosts: Arc::new(Hosts::new(address, allowed_hosts)), token, journal })
    }

    /// The token that is asked for; none when everybody who reaches the port may ask.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// What to open in a browser on this machine, with the token in it.
    pub fn link(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            // "All addresses" is none that a browser could open.
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        match &self.token {
            Some(token) => format!("http://{address}/?token={}", token.text()),
            None => format!("http://{address}/"),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Writes down what was refused, for the page and the findings.
    pub(super) fn refused(&self, kind: IncidentKind, detail: &str, user_agent: Option<&str>) {
        self.journal.record(Incident {
            kind,
            port: self.port(),
            protocol: None,
            detail: detail.chars().take(300).collect(),
            user_agent: user_agent.map(|agent| agent.chars().take(200).collect()),
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn access(address: &str, token: Option<Token>) -> Access {
        Access::new(address.parse().unwrap(), &[], token, Journal::default()).unwrap()
    }

    #[test]
    fn a_token_is_made_as_soon_as_others_can_reach_the_page() {
        for loopback in ["127.0.0.1:4316", "[::1]:4316", "[::ffff:127.0.0.1]:4316", "127.9.9.9:4316"] {
            assert!(access(loopback, None).token().is_none(), "{loopback}");
        }
        for beyond in ["0.0.0.0:4316", "[::]:4316", "192.168.1.5:4316"] {
            assert!(access(beyond, None).token().is_some(), "{beyond}");
        }
    }

    #[test]
    fn the_link_can_be_opened_on_this_machine_and_has_the_token() {
        let token = Token::parse("sixteen-or-longer").unwrap();
        assert_eq!(access("127.0.0.1:4316", None).link(), "http://127.0.0.1:4316/");
        assert_eq!(
            access("0.0.0.0:80", Some(token.clone())).link(),
            "http://127.0.0.1:80/?token=sixteen-or-longer"
        );
        assert_eq!(access("[::]:80", Some(token)).link(), "http://[::1]:80/?token=sixteen-or-longer");
    }
}
