//! The measurements of one request: active from its head on, then a duration and two sizes at its end.

use super::head::Head;
use super::instruments::Instruments;
use super::options::Options;
use super::origin;
use super::request_body::BytesRead;
use super::route::HttpRoute;
use crate::http::method::OTHER;
use crate::telemetry::Attributes;
use http::StatusCode;
use opentelemetry::StringValue;
use std::time::Instant;

/// What a request's measurements say of it. None of it is text that a stranger chose, unless
/// `server.address` was asked for: every distinct value would be a series.
pub(super) struct Measurement {
    began: Instant,
    method: StringValue,
    scheme: StringValue,
    /// Boxed, for few ask for it and every response's body carries this around.
    server: Option<Box<(StringValue, Option<u16>)>>,
    version: Option<&'static str>,
    route: Option<HttpRoute>,
    status: Option<StatusCode>,
    pub(super) read: BytesRead,
}

impl Measurement {
    pub(super) fn new(options: &Options, head: &Head<'_>, began: Instant) -> Self {
        let server = if options.server_in_metrics { origin::server(options, head) } else { None };
        Self {
            began,
            method: head.method.clone().unwrap_or(OTHER.into()),
            scheme: scheme(options, head),
            server: server.map(Box::new),
            version: head.version,
            route: head.route.clone(),
            status: None,
            read: BytesRead::default(),
        }
    }

    /// Counts the request among the active ones.
    pub(super) fn begin(&self, instruments: &Instruments) {
        instruments.active.add(1, self.always::<ALWAYS_MAX>().as_slice());
    }

    pub(super) fn responded(&mut self, status: StatusCode, route: Option<&HttpRoute>) {
        self.status = Some(status);
        if let Some(route) = route {
            self.route = Some(route.clone());
        }
    }

    /// Records the request, of whose response `sent` bytes were handed to the server. A response that never
    /// was has no size.
    pub(super) fn end(self, instruments: &Instruments, error_type: Option<StringValue>, sent: u64) {
        let mut attributes = self.always::<ATTRIBUTES_MAX>();
        instruments.active.add(-1, attributes.as_slice());
        self.describe_end(error_type, &mut attributes);
        let attributes = attributes.as_slice();
        instruments.duration.record(self.began.elapsed().as_secs_f64(), attributes);
        if let Some(read) = self.read.bytes() {
            instruments.request_bytes.record(read, attributes);
        }
        if self.status.is_some() {
            instruments.response_bytes.record(sent, attributes);
        }
    }

    /// The attributes that are the same from beginning to end, and all that active requests have: another set
    /// at the end would leave the count of the first where it was.
    fn always<const MAX: usize>(&self) -> Attributes<MAX> {
        let mut attributes = Attributes::new();
        attributes.push("http.request.method", self.method.clone());
        attributes.push("url.scheme", self.scheme.clone());
        if let Some(server) = &self.server {
            attributes.push("server.address", server.0.clone());
            if let Some(port) = server.1 {
                attributes.push("server.port", i64::from(port));
            }
        }
        attributes
    }

    /// `network.protocol.name` is for what is not `http`, so it never comes.
    fn describe_end(&self, error_type: Option<StringValue>, attributes: &mut Attributes<ATTRIBUTES_MAX>) {
        if let Some(status) = self.status {
            attributes.push("http.response.status_code", i64::from(status.as_u16()));
        }
        if let Some(route) = &self.route {
            attributes.push(HttpRoute::KEY, route.value());
        }
        if let Some(version) = self.version {
            attributes.push("network.protocol.version", version);
        }
        if let Some(error_type) = error_type {
            attributes.push("error.type", error_type);
        }
    }
}

/// The scheme of an absolute target is whatever the client made up; one that nobody expects is folded away,
/// as unknown methods are.
fn scheme(options: &Options, head: &Head<'_>) -> StringValue {
    let expected = ["http", "https", options.scheme.as_str()].contains(&head.scheme.as_str());
    if expected { head.scheme.clone() } else { OTHER.into() }
}

/// What is there from the beginning: method, scheme, server address and port.
const ALWAYS_MAX: usize = 4;

/// And at the end: status, route, version, error.
const ATTRIBUTES_MAX: usize = ALWAYS_MAX + 4;
