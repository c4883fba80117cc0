//! The span as it starts: everything that the request's head tells.

use super::method::{Method, MethodName};
use super::options::{Options, Server};
use super::origin;
use super::side::Side;
use crate::telemetry::text::bounded;
use http::request::Parts;
use opentelemetry::trace::SpanBuilder;
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;

/// The attributes of a request that has all of them, without metadata: enough for one allocation in nearly every
/// case, together with the two that come at the end.
const ATTRIBUTES_USUAL: usize = 8;

pub(super) fn span(
    options: &Options,
    parts: &Parts,
    method: &Method,
    server: Option<&Server>,
) -> SpanBuilder {
    let mut attributes = Vec::with_capacity(ATTRIBUTES_USUAL + options.request_metadata.len());
    record_system(options, &mut attributes);
    match method {
        Method::Known(name) => record_method(options, name, &mut attributes),
        // Said at the end, when it is known which of the two it is: SDKs exist that would keep both.
        Method::Claimed(_) => {}
        Method::Other => {
            record_unknown(options, original(parts, options.value_bytes_max), &mut attributes);
        }
    }
    if let Some(server) = server {
        origin::record_server(server, &mut attributes);
    }
    if options.side == Side::Server {
        origin::record_peer(&parts.extensions, &mut attributes);
    }
    options.request_metadata.record(&parts.headers, options.value_bytes_max, &mut attributes);
    let mut builder = SpanBuilder::from_name(span_name(method));
    builder.attributes = Some(attributes);
    builder
}

fn span_name(method: &Method) -> Cow<'static, str> {
    match method.name() {
        Some(name) => Cow::Owned(name.full.as_str().to_owned()),
        None => Cow::Borrowed(SYSTEM),
    }
}

/// The name of spans whose method has none, and the system of all.
pub(super) const SYSTEM: &str = "grpc";

pub(super) const OTHER: &str = "_OTHER";

fn record_system(options: &Options, attributes: &mut Vec<KeyValue>) {
    if options.names.current {
        attributes.push(KeyValue::new("rpc.system.name", SYSTEM));
    }
    if options.names.older {
        attributes.push(KeyValue::new("rpc.system", SYSTEM));
    }
}

/// The current convention has the better use for `rpc.method`, when both are asked for.
pub(super) fn record_method(options: &Options, name: &MethodName, attributes: &mut Vec<KeyValue>) {
    if options.names.older {
        attributes.push(KeyValue::new("rpc.service", name.service.clone()));
    }
    let method = if options.names.current { &name.full } else { &name.short };
    attributes.push(KeyValue::new("rpc.method", method.clone()));
}

/// What there is to say of a method that is none. The older names had no place for the original.
pub(super) fn record_unknown(options: &Options, original: StringValue, attributes: &mut Vec<KeyValue>) {
    attributes.push(KeyValue::new("rpc.method", OTHER));
    if options.names.current {
        attributes.push(KeyValue::new("rpc.method_original", original));
    }
    if options.names.older {
        attributes.push(KeyValue::new("rpc.service", OTHER));
    }
}

/// The path as the caller wrote it, up to its first slash.
fn original(parts: &Parts, bytes_max: usize) -> StringValue {
    let path = parts.uri.path();
    bounded(path.strip_prefix('/').unwrap_or(path), bytes_max)
}
