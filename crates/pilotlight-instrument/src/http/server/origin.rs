//! The scheme, the server and the client of a request, as far as they can be believed.

use super::authority::Authority;
use super::forwarded::Forwarded;
use super::options::Options;
use super::{peer, text};
use http::header::HOST;
use http::request::Parts;
use http::uri::Scheme;
use opentelemetry::{KeyValue, StringValue};

/// Adds `url.scheme`, `server.*`, `client.address` and `network.peer.*`.
pub(super) fn record(options: &Options, parts: &Parts, attributes: &mut Vec<KeyValue>) {
    let forwarded =
        if options.trust_forwarded { Forwarded::read(&parts.headers) } else { Forwarded::default() };
    attributes.push(KeyValue::new("url.scheme", scheme(options, parts, forwarded.scheme)));
    record_server(options, parts, forwarded.server, attributes);
    record_client(parts, &forwarded, attributes);
}

/// HTTP/1 requests do not say their scheme, so there is always the configured one.
fn scheme(options: &Options, parts: &Parts, forwarded: Option<&str>) -> StringValue {
    match forwarded.or_else(|| parts.uri.scheme().map(Scheme::as_str)) {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https".into(),
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => "http".into(),
        Some(scheme) => text::bounded(scheme, options.value_bytes_max),
        None => options.scheme.clone(),
    }
}

fn record_server(
    options: &Options,
    parts: &Parts,
    forwarded: Option<Authority<'_>>,
    attributes: &mut Vec<KeyValue>,
) {
    let (address, port) = match (&options.server, forwarded.or_else(|| requested(parts))) {
        (Some((address, port)), _) => (address.clone(), *port),
        (None, Some(authority)) => (String::from(authority.host).into(), authority.port),
        (None, None) => return,
    };
    attributes.push(KeyValue::new("server.address", address));
    if let Some(port) = port {
        attributes.push(KeyValue::new("server.port", i64::from(port)));
    }
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
    let peer_address = peer.map(|peer| peer::shared(peer.ip()));
    let client_address = forwarded.client.map(peer::shared).or_else(|| peer_address.clone());
    attributes.extend(client_address.map(|address| KeyValue::new("client.address", address)));
    if let (Some(peer), Some(address)) = (peer, peer_address) {
        attributes.push(KeyValue::new("network.peer.address", address));
        attributes.push(KeyValue::new("network.peer.port", i64::from(peer.port())));
    }
}
