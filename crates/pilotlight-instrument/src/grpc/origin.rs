//! Which server a call is for, and who is at the other end of the connection.

use super::options::{Options, Server};
use super::side::Side;
use crate::http::address;
use crate::http::authority::Authority;
use crate::http::server::peer;
use crate::telemetry::names::SharedNames;
use http::header::HOST;
use http::request::Parts;
use http::{Extensions, Uri};
use opentelemetry::KeyValue;
use std::net::SocketAddr;

/// The server as it was configured, or as the request names it: servers are asked for by `:authority`, clients by
/// their target. Never what the network says.
pub(super) fn server(options: &Options, parts: &Parts) -> Option<Server> {
    if let Some(configured) = &options.server {
        return Some(configured.clone());
    }
    match options.side {
        Side::Client => target(&options.hosts, &parts.uri),
        Side::Server => match parts.uri.authority() {
            Some(authority) => named(&options.hosts, authority.as_str()),
            None => named(&options.hosts, parts.headers.get(HOST)?.to_str().ok()?),
        },
    }
}

/// The server that a client's target names, with the port that its scheme stands for if it names none.
pub(super) fn target(hosts: &SharedNames, uri: &Uri) -> Option<Server> {
    let (address, port) = named(hosts, uri.authority()?.as_str())?;
    let usual = match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    Some((address, port.or(usual)))
}

fn named(hosts: &SharedNames, authority: &str) -> Option<Server> {
    let Authority { host, port } = Authority::parse(authority)?;
    Some((hosts.shared(host), port))
}

pub(super) fn record_server(server: &Server, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new("server.address", server.0.clone()));
    attributes.extend(server.1.map(|port| KeyValue::new("server.port", i64::from(port))));
}

/// Adds `network.peer.*`, of a request on the server's side or of a response on the client's.
pub(super) fn record_peer(extensions: &Extensions, attributes: &mut Vec<KeyValue>) {
    if let Some(peer) = peer::peer(extensions).or_else(|| of_tonic(extensions)) {
        attributes.push(KeyValue::new("network.peer.address", address::shared(peer.ip())));
        attributes.push(KeyValue::new("network.peer.port", i64::from(peer.port())));
    }
}

#[cfg(feature = "tonic")]
fn of_tonic(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<tonic::transport::server::TcpConnectInfo>()?.remote_addr()
}

#[cfg(not(feature = "tonic"))]
fn of_tonic(_: &Extensions) -> Option<SocketAddr> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_a_port_has_the_one_of_its_scheme() {
        let named = |uri: &str| {
            target(&SharedNames::default(), &uri.parse().unwrap())
                .map(|(host, port)| (host.to_string(), port))
        };
        assert_eq!(named("http://inventory"), Some(("inventory".into(), Some(80))));
        assert_eq!(named("https://inventory"), Some(("inventory".into(), Some(443))));
        assert_eq!(named("http://inventory:50051/a.B/C"), Some(("inventory".into(), Some(50051))));
        assert_eq!(named("/a.B/C"), None);
    }
}
