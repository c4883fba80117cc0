//! The scheme, the server and the client of a request, as far as they can be believed.

use super::forwarded::Forwarded;
use super::head::Head;
use super::options::Options;
use super::peer;
use crate::http::address;
use crate::http::authority::Authority;
use crate::telemetry::text;
use http::header::HOST;
use http::request::Parts;
use http::uri::Scheme;
use opentelemetry::{KeyValue, StringValue};

/// Adds `url.scheme`, `server.*`, `client.address` and `network.peer.*`.
pub(super) fn record(options: &Options, head: &Head<'_>, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new("url.scheme", head.scheme.clone()));
    if let Some((address, port)) = server(options, head) {
        attributes.push(KeyValue::new("server.address", address));
        attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
    }
    record_client(head.parts, &head.forwarded, attributes);
}

/// HTTP/1 requests do not say their scheme, so there is always the configured one.
pub(super) fn scheme(options: &Options, parts: &Parts, forwarded: Option<&str>) -> StringValue {
    match forwarded.or_else(|| parts.uri.scheme().map(Scheme::as_str)) {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https".into(),
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => "http".into(),
        Some(scheme) => text::bounded(scheme, options.value_bytes_max),
        None => options.scheme.clone(),
    }
}

/// The server's address and port: the configured ones, or those the request asks for.
pub(super) fn server(options: &Options, head: &Head<'_>) -> Option<(StringValue, Option<u16>)> {
    if let Some(configured) = &options.server {
        return Some(configured.clone());
    }
    let authority = head.forwarded.server.or_else(|| requested(head.parts))?;
    Some((options.hosts.shared(authority.host), authority.port))
}

/// `:authority` or an absolute target first, then `Host`, as HTTP itself ranks them.
fn requested(parts: &Parts) -> Option<Authority<'_>> {
    let text = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => parts.headers.get(HOST)?.to_str().ok()?,
    };
    Authority::parse(text)
}

fn record_client(parts: &Parts, forwarded: &Forwarded<'_>, attributes: &mut Vec<KeyValue>) {
    let peer = peer::peer(&parts.extensions);
    let peer_address = peer.map(|peer| address::shared(peer.ip()));
    let client_address = forwarded.client.map(address::shared).or_else(|| peer_address.clone());
    attributes.extend(client_address.map(|address| KeyValue::new("client.address", address)));
    if let (Some(peer), Some(address)) = (peer, peer_address) {
        attributes.push(KeyValue::new("network.peer.address", address));
        attributes.push(KeyValue::new("network.peer.port", i64::from(peer.port())));
    }
}
