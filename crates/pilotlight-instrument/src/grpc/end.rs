//! The end of a call: what its span and its measurements say of how it went.

use super::code::Code;
use super::method::Method;
use super::options::{Options, Server};
use super::side::Side;
use super::start::{OTHER, SYSTEM};
use crate::telemetry::Attributes;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanRef;
use std::time::Duration;

/// Adds the status code to the span, and what kind of error it is if it is one on this side.
pub(super) fn record_code(options: &Options, code: Code, span: &SpanRef<'_>) {
    if options.names.current {
        span.set_attribute(KeyValue::new("rpc.status_code", code.name()));
        if code.is_error(options.side) {
            span.set_attribute(KeyValue::new("error.type", code.name()));
        }
    }
    if options.names.older {
        span.set_attribute(KeyValue::new("rpc.grpc.status_code", code.number()));
    }
}

/// Records the call's duration under each generation of names. Of what the caller chose only names of methods
/// that exist are attributes: every distinct value would be a series.
pub(super) fn measure(
    options: &Options,
    method: &Method,
    server: Option<&Server>,
    code: Code,
    duration: Duration,
) {
    let Some(instruments) = options.meter.instruments() else { return };
    // What the caller says the server's name is stays out of a server's metrics.
    let server = server.filter(|_| options.side == Side::Client);
    if options.names.current {
        let attributes = current(options, method, server, code);
        instruments.current(options.side).record(duration.as_secs_f64(), attributes.as_slice());
    }
    if options.names.older {
        let attributes = older(method, server, code);
        instruments.older(options.side).record(duration.as_secs_f64() * 1e3, attributes.as_slice());
    }
}

type Measured = Attributes<ATTRIBUTES_MAX>;

/// System, method, status, error, server's address and port; with the older names service instead of error.
const ATTRIBUTES_MAX: usize = 6;

fn current(options: &Options, method: &Method, server: Option<&Server>, code: Code) -> Measured {
    let mut attributes = Measured::new();
    attributes.push("rpc.system.name", SYSTEM);
    attributes.push("rpc.method", method.name().map_or(OTHER.into(), |name| name.full.clone()));
    attributes.push("rpc.status_code", code.name());
    if code.is_error(options.side) {
        attributes.push("error.type", code.name());
    }
    push_server(server, &mut attributes);
    attributes
}

fn older(method: &Method, server: Option<&Server>, code: Code) -> Measured {
    let mut attributes = Measured::new();
    let name = method.name();
    attributes.push("rpc.system", SYSTEM);
    attributes.push("rpc.service", name.map_or(OTHER.into(), |name| name.service.clone()));
    attributes.push("rpc.method", name.map_or(OTHER.into(), |name| name.short.clone()));
    attributes.push("rpc.grpc.status_code", code.number());
    push_server(server, &mut attributes);
    attributes
}

fn push_server(server: Option<&Server>, attributes: &mut Measured) {
    if let Some((address, port)) = server {
        attributes.push("server.address", address.clone());
        if let Some(port) = port {
            attributes.push("server.port", i64::from(*port));
        }
    }
}
