//! The measurements of one attempt: active from its start on, then a duration and two sizes at its end.

use super::head::{Head, Server};
use super::instruments::Instruments;
use super::template::UrlTemplate;
use crate::http::method::OTHER;
use crate::http::version::version;
use crate::telemetry::Attributes;
use http::{StatusCode, Version};
use opentelemetry::StringValue;
use std::time::Instant;

/// What an attempt's measurements say of it.
pub(super) struct Measurement {
    began: Instant,
    method: StringValue,
    scheme: StringValue,
    server: Option<Server>,
    template: Option<UrlTemplate>,
    request_bytes: Option<u64>,
    /// Of the response, once there is one.
    answer: Option<(StatusCode, Version)>,
}

impl Measurement {
    pub(super) fn new(head: &Head<'_>, began: Instant) -> Self {
        Self {
            began,
            method: head.method.clone().unwrap_or(OTHER.into()),
            scheme: scheme(&head.scheme),
            server: head.server.clone(),
            template: head.template.clone(),
            request_bytes: head.body_bytes,
            answer: None,
        }
    }

    /// Counts the attempt among the active ones.
    pub(super) fn begin(&self, instruments: &Instruments) {
        instruments.active.add(1, self.always::<ALWAYS_MAX>().as_slice());
    }

    pub(super) fn responded(&mut self, status: StatusCode, version: Version) {
        self.answer = Some((status, version));
    }

    /// Records the attempt, of whose response `received` bytes were read. A response that never came has no size.
    pub(super) fn end(self, instruments: &Instruments, error_type: Option<StringValue>, received: u64) {
        let mut attributes = self.always::<ATTRIBUTES_MAX>();
        instruments.active.add(-1, attributes.as_slice());
        self.describe_end(error_type, &mut attributes);
        let attributes = attributes.as_slice();
        instruments.duration.record(self.began.elapsed().as_secs_f64(), attributes);
        if let Some(bytes) = self.request_bytes {
            instruments.request_bytes.record(bytes, attributes);
        }
        if self.answer.is_some() {
            instruments.response_bytes.record(received, attributes);
        }
    }

    /// The attributes that are the same from beginning to end, and all that active requests have: another set
    /// at the end would leave the count of the first where it was.
    fn always<const MAX: usize>(&self) -> Attributes<MAX> {
        let mut attributes = Attributes::new();
        attributes.push("http.request.method", self.method.clone());
        attributes.push("url.scheme", self.scheme.clone());
        if let Some(server) = &self.server {
            attributes.push("server.address", server.address.clone());
            attributes.push("server.port", i64::from(server.port));
        }
        if let Some(template) = &self.template {
            attributes.push(UrlTemplate::KEY, template.value());
        }
        attributes
    }

    /// `network.protocol.name` is for what is not `http`, so it never comes.
    fn describe_end(&self, error_type: Option<StringValue>, attributes: &mut Attributes<ATTRIBUTES_MAX>) {
        if let Some((status, negotiated)) = self.answer {
            attributes.push("http.response.status_code", i64::from(status.as_u16()));
            if let Some(version) = version(negotiated) {
                attributes.push("network.protocol.version", version);
            }
        }
        if let Some(error_type) = error_type {
            attributes.push("error.type", error_type);
        }
    }
}

/// A scheme that no HTTP client speaks came from a URL that somebody else wrote; it is folded away, as unknown
/// methods are.
fn scheme(scheme: &StringValue) -> StringValue {
    if matches!(scheme.as_str(), "http" | "https" | "ws" | "wss") { scheme.clone() } else { OTHER.into() }
}

/// What is there from the beginning: method, scheme, server address and port, template.
const ALWAYS_MAX: usize = 5;

/// And at the end: status, version, error.
const ATTRIBUTES_MAX: usize = ALWAYS_MAX + 3;
