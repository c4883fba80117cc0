//! The span as it starts: everything that the request's head tells, gathered in one pass.

use super::head::Head;
use super::options::Options;
use super::template::UrlTemplate;
use super::url;
use crate::http::method;
use crate::telemetry::text::bounded_bytes;
use http::header::USER_AGENT;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanBuilder;

/// The attributes of a request that has all of them, without captured headers and those of hooks, and those that
/// its response adds: enough for one allocation in nearly every case.
const ATTRIBUTES_USUAL: usize = 12;

/// The span of attempt `resend`, 0 being the first.
pub(super) fn span(options: &Options, head: &Head<'_>, resend: u32) -> SpanBuilder {
    let parts = head.parts;
    let mut attributes = Vec::with_capacity(ATTRIBUTES_USUAL + options.request_headers.len());
    let verb = method::record(&parts.method, head.method.as_ref(), options.value_bytes_max, &mut attributes);
    record_target(options, head, &mut attributes);
    if resend > 0 {
        attributes.push(KeyValue::new("http.request.resend_count", i64::from(resend)));
    }
    record_asked(options, head, &mut attributes);
    let name = match &options.span_name {
        Some(formatter) => formatter(parts),
        None => method::span_name(&verb, head.template.as_ref().map(UrlTemplate::as_str)),
    };
    if let Some(hook) = &options.request_attributes {
        hook(parts, &mut attributes);
    }
    let mut builder = SpanBuilder::from_name(name);
    builder.attributes = Some(attributes);
    builder
}

fn record_target(options: &Options, head: &Head<'_>, attributes: &mut Vec<KeyValue>) {
    // Without a host there is no absolute URL to tell.
    if let (Some(server), Some(authority)) = (&head.server, head.authority) {
        let (scheme, uri) = (head.scheme.as_str(), &head.parts.uri);
        let full = url::full(scheme, authority, uri, &options.sensitive_query_keys, options.value_bytes_max);
        attributes.push(KeyValue::new("url.full", full));
        attributes.push(KeyValue::new("server.address", server.address.clone()));
        attributes.push(KeyValue::new("server.port", i64::from(server.port)));
    }
    if options.url_scheme {
        attributes.push(KeyValue::new("url.scheme", head.scheme.clone()));
    }
    attributes.extend(head.template.as_ref().map(UrlTemplate::attribute));
}

/// What is only recorded on demand.
fn record_asked(options: &Options, head: &Head<'_>, attributes: &mut Vec<KeyValue>) {
    let headers = &head.parts.headers;
    if let Some(agent) = headers.get(USER_AGENT).filter(|_| options.user_agent) {
        let agent = bounded_bytes(agent.as_bytes(), options.value_bytes_max);
        attributes.push(KeyValue::new("user_agent.original", agent));
    }
    if let Some(bytes) = head.body_bytes.filter(|_| options.body_sizes) {
        attributes.push(KeyValue::new("http.request.body.size", i64::try_from(bytes).unwrap_or(i64::MAX)));
    }
    options.request_headers.record(headers, options.value_bytes_max, attributes);
}
