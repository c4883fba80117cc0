//! The span as it starts: everything that the request's head tells.

use super::method::Method;
use super::options::{Options, Server};
use super::origin;
use super::side::Side;
use crate::http::text::bounded;
use http::request::Parts;
use opentelemetry::trace::SpanBuilder;
use opentelemetry::{KeyValue, StringValue};

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
    let name = match method.name() {
        Some(name) => {
            record_method(options, method, &mut attributes);
            String::from(name.full.as_str()).into()
        }
        None => {
            let original = original(parts, options.value_bytes_max);
            record_unknown(options, original, &mut attributes);
            SYSTEM.into()
        }
    };
    if let Some(server) = server {
        origin::record_server(server, &mut attributes);
    }
    if options.side == Side::Server {
        origin::record_peer(&parts.extensions, &mut attributes);
    }
    options.request_metadata.record(&parts.headers, options.value_bytes_max, &mut attributes);
    let mut builder = SpanBuilder::from_name::<std::borrow::Cow<'static, str>>(name);
    builder.attributes = Some(attributes);
    builder
}

/// The name of spans whose method has none, and the system of all.
pub(super) const SYSTEM: &str = "grpc";

pub(super) const OTHER: &str = "_OTHER";

fn record_method(options: &Options, method: &Method, attributes: &mut Vec<KeyValue>) {
    let Some(name) = method.name() else { return };
    if options.names.current {
        attributes.push(KeyValue::new("rpc.system.name", SYSTEM));
        attributes.push(KeyValue::new("rpc.method", name.full.clone()));
    }
    if options.names.older {
        attributes.push(KeyValue::new("rpc.system", SYSTEM));
        attributes.push(KeyValue::new("rpc.service", name.service.clone()));
        // The current convention has a better use for this key, when both are asked for.
        if !options.names.current {
            attributes.push(KeyValue::new("rpc.method", name.short.clone()));
        }
    }
}

/// What there is to say of a method that is none. The older names had no place for it.
pub(super) fn record_unknown(options: &Options, original: StringValue, attributes: &mut Vec<KeyValue>) {
    if options.names.current {
        attributes.push(KeyValue::new("rpc.system.name", SYSTEM));
        attributes.push(KeyValue::new("rpc.method", OTHER));
        attributes.push(KeyValue::new("rpc.method_original", original));
    }
    if options.names.older {
        attributes.push(KeyValue::new("rpc.system", SYSTEM));
        attributes.push(KeyValue::new("rpc.service", OTHER));
        if !options.names.current {
            attributes.push(KeyValue::new("rpc.method", OTHER));
        }
    }
}

/// The path as the caller wrote it, up to its first slash.
fn original(parts: &Parts, bytes_max: usize) -> StringValue {
    let path = parts.uri.path();
    bounded(path.strip_prefix('/').unwrap_or(path), bytes_max)
}
