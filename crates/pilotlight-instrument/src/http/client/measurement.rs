//! The measurements of one attempt: active from its start on, then a duration and two sizes at its end.

use super::head::Head;
use super::instruments::Instruments;
use super::template::UrlTemplate;
use crate::http::method::OTHER;
use crate::http::version::version;
use crate::telemetry::Attributes;
use http::{StatusCode, Version};
use opentelemetry::{KeyValue, StringValue};
use std::time::Instant;

/// What an attempt's measurements say of it.
pub(super) struct Measurement {
    began: Instant,
    /// Gathered once, for all five records.
    attributes: Attributes<ATTRIBUTES_MAX>,
    /// So many of them, the first, are the same from beginning to end, and all that active requests have: another
    /// set at the end would leave the count of the first where it was.
    lasting: usize,
    request_bytes: Option<u64>,
    /// There was a response.
    answered: bool,
}

impl Measurement {
    pub(super) fn new(head: &Head<'_>, began: Instant) -> Self {
        let mut attributes = Attributes::new();
        attributes.push("http.request.method", head.method.clone().unwrap_or(OTHER.into()));
        attributes.push("url.scheme", scheme(&head.scheme));
        if let Some(server) = &head.server {
            attributes.push("server.address", server.address.clone());
            attributes.push("server.port", i64::from(server.port));
        }
        if let Some(template) = &head.template {
            attributes.push(UrlTemplate::KEY, template.value());
        }
        Self { began, lasting: attributes.len(), attributes, request_bytes: head.body_bytes, answered: false }
    }

    /// Counts the attempt among the active ones.
    pub(super) fn begin(&self, instruments: &Instruments) {
        instruments.active.add(1, self.lasting());
    }

    /// Takes note of the one response. `network.protocol.name` is for what is not `http`, so it never comes.
    pub(super) fn responded(&mut self, status: StatusCode, negotiated: Version) {
        self.answered = true;
        self.attributes.push("http.response.status_code", i64::from(status.as_u16()));
        if let Some(version) = version(negotiated) {
            self.attributes.push("network.protocol.version", version);
        }
    }

    /// Records the attempt, of whose response `received` bytes were read. A response that never came has no size.
    pub(super) fn end(&mut self, instruments: &Instruments, error_type: Option<StringValue>, received: u64) {
        instruments.active.add(-1, self.lasting());
        if let Some(error_type) = error_type {
            self.attributes.push("error.type", error_type);
        }
        let attributes = self.attributes.as_slice();
        instruments.duration.record(self.began.elapsed().as_secs_f64(), attributes);
        if let Some(bytes) = self.request_bytes {
            instruments.request_bytes.record(bytes, attributes);
        }
        if self.answered {
            instruments.response_bytes.record(received, attributes);
        }
    }

    fn lasting(&self) -> &[KeyValue] {
        &self.attributes.as_slice()[..self.lasting]
    }
}

/// A scheme that no HTTP client speaks came from a URL that somebody else wrote; it is folded away, as unknown
/// methods are.
fn scheme(scheme: &StringValue) -> StringValue {
    if matches!(scheme.as_str(), "http" | "https" | "ws" | "wss") { scheme.clone() } else { OTHER.into() }
}

/// Method, scheme, server address and port, template; at the end status, version, error.
const ATTRIBUTES_MAX: usize = 8;
