//! What a request's head says that both its span and its measurements repeat, read once.

use super::options::Options;
use super::template::UrlTemplate;
use crate::http::authority::Authority;
use crate::http::message::content_length;
use crate::telemetry::text::bounded;
use http::header::HOST;
use http::request::Parts;
use http::uri::Scheme;
use opentelemetry::StringValue;

pub(super) struct Head<'a> {
    pub(super) parts: &'a Parts,
    /// `None` for a method that is not known.
    pub(super) method: Option<StringValue>,
    pub(super) scheme: StringValue,
    /// The authority as the request has it, with user information in front if there is any.
    pub(super) authority: Option<&'a str>,
    /// `None` for a request that does not say whom it is for.
    pub(super) server: Option<Server>,
    pub(super) template: Option<UrlTemplate>,
    /// The length of the request's body, if that is known before it is sent.
    pub(super) body_bytes: Option<u64>,
}

/// `server.address` and `server.port`.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: StringValue,
    pub(super) port: u16,
}

impl<'a> Head<'a> {
    /// `body_bytes` is what the body itself says of its length.
    pub(super) fn read(options: &Options, parts: &'a Parts, body_bytes: Option<u64>) -> Self {
        let scheme = scheme(options, parts);
        let authority = authority(parts);
        Self {
            parts,
            method: options.known_methods.name(&parts.method),
            server: authority.and_then(|text| server(options, text, scheme.as_str())),
            authority,
            scheme,
            template: template(options, parts),
            body_bytes: content_length(&parts.headers).or(body_bytes),
        }
    }
}

/// A request in origin form, which goes to a connection that is already there, does not say its scheme.
fn scheme(options: &Options, parts: &Parts) -> StringValue {
    match parts.uri.scheme().map(Scheme::as_str) {
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => "http".into(),
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https".into(),
        Some(scheme) => bounded(scheme, options.value_bytes_max),
        None => options.scheme.clone(),
    }
}

fn authority(parts: &Parts) -> Option<&str> {
    match parts.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => parts.headers.get(HOST)?.to_str().ok(),
    }
}

fn server(options: &Options, authority: &str, scheme: &str) -> Option<Server> {
    let Authority { host, port } = Authority::parse(authority)?;
    Some(Server { address: options.hosts.shared(host), port: port.unwrap_or(default_port(scheme)) })
}

fn default_port(scheme: &str) -> u16 {
    if matches!(scheme, "https" | "wss") { 443 } else { 80 }
}

/// The hook's word comes first.
fn template(options: &Options, parts: &Parts) -> Option<UrlTemplate> {
    let found = options.url_template.as_ref().and_then(|template| template(parts));
    found.or_else(|| parts.extensions.get::<UrlTemplate>().cloned())
}
