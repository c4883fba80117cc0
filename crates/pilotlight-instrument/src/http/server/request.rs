//! The span as it starts: everything that the request's head tells, gathered in one pass.

use super::head::Head;
use super::options::Options;
use super::origin;
use super::route::HttpRoute;
use crate::http::message::content_length;
use crate::http::method;
use crate::http::query::redacted;
use crate::telemetry::text::{bounded, bounded_bytes};
use http::Uri;
use http::header::USER_AGENT;
use http::request::Parts;
use opentelemetry::trace::SpanBuilder;
use opentelemetry::{KeyValue, StringValue};

/// The attributes of a request that has all of them, without captured headers and those of hooks: enough for
/// one allocation in nearly every case. The span usually gains none before its status code.
const ATTRIBUTES_USUAL: usize = 14;

/// A span to be, and the word that its name starts with.
pub(super) struct RequestSpan {
    pub(super) builder: SpanBuilder,
    pub(super) verb: StringValue,
}

pub(super) fn span(options: &Options, head: &Head<'_>) -> RequestSpan {
    let parts = head.parts;
    let mut attributes = Vec::with_capacity(ATTRIBUTES_USUAL + options.request_headers.len());
    let verb = method::record(&parts.method, head.method.as_ref(), options.value_bytes_max, &mut attributes);
    record_url(options, parts, &mut attributes);
    origin::record(options, head, &mut attributes);
    record_protocol(options, head, &mut attributes);
    let name = match (&options.span_name, &head.route) {
        (Some(formatter), _) => formatter(parts),
        (None, route) => method::span_name(&verb, route.as_ref().map(HttpRoute::as_str)),
    };
    attributes.extend(head.route.as_ref().map(HttpRoute::attribute));
    options.request_headers.record(&parts.headers, options.value_bytes_max, &mut attributes);
    if let Some(hook) = &options.request_attributes {
        hook(parts, &mut attributes);
    }
    let mut builder = SpanBuilder::from_name(name);
    builder.attributes = Some(attributes);
    RequestSpan { builder, verb }
}

fn record_url(options: &Options, parts: &Parts, attributes: &mut Vec<KeyValue>) {
    let target = target(parts);
    attributes.push(KeyValue::new("url.path", bounded(target.path(), options.value_bytes_max)));
    if let Some(query) = target.query().filter(|query| !query.is_empty()) {
        let query = redacted(query, &options.sensitive_query_keys, options.value_bytes_max);
        attributes.push(KeyValue::new("url.query", query));
    }
}

/// The target as the client sent it: axum's nested routers cut their prefix off.
#[cfg(feature = "axum")]
fn target(parts: &Parts) -> &Uri {
    parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

#[cfg(not(feature = "axum"))]
fn target(parts: &Parts) -> &Uri {
    &parts.uri
}

fn record_protocol(options: &Options, head: &Head<'_>, attributes: &mut Vec<KeyValue>) {
    attributes.extend(head.version.map(|version| KeyValue::new("network.protocol.version", version)));
    let headers = &head.parts.headers;
    if let Some(agent) = headers.get(USER_AGENT) {
        let agent = bounded_bytes(agent.as_bytes(), options.value_bytes_max);
        attributes.push(KeyValue::new("user_agent.original", agent));
    }
    if let Some(bytes) = content_length(headers).filter(|_| options.body_sizes) {
        attributes.push(KeyValue::new("http.request.body.size", i64::try_from(bytes).unwrap_or(i64::MAX)));
    }
}
