//! What a request's head says that both its span and its measurements repeat, read once.

use super::forwarded::Forwarded;
use super::options::Options;
use super::route::HttpRoute;
use super::{origin, route};
use crate::http::version::version;
use http::request::Parts;
use opentelemetry::StringValue;

pub(super) struct Head<'a> {
    pub(super) parts: &'a Parts,
    /// `None` for a method that is not known.
    pub(super) method: Option<StringValue>,
    pub(super) scheme: StringValue,
    pub(super) route: Option<HttpRoute>,
    pub(super) version: Option<&'static str>,
    pub(super) forwarded: Forwarded<'a>,
}

impl<'a> Head<'a> {
    pub(super) fn read(options: &Options, parts: &'a Parts) -> Self {
        let forwarded =
            if options.trust_forwarded { Forwarded::read(&parts.headers) } else { Forwarded::default() };
        Self {
            parts,
            method: options.known_methods.name(&parts.method),
            scheme: origin::scheme(options, parts, forwarded.scheme),
            route: route::of_request(options, parts),
            version: version(parts.version),
            forwarded,
        }
    }
}
