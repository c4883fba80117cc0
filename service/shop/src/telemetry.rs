//! All that it takes to turn telemetry on.

use opentelemetry::KeyValue;
use pilotlight::{Guard, InitError};

/// Starts telemetry by the `OTEL_*` variables; without a collector to send to, traces and metrics are shown on the console. What is
/// logged becomes lines on standard output either way, with the fields of the spans that it is logged in.
///
/// Each program is a service of its own, in the namespace that makes them one system.
pub(crate) fn start(service: &'static str) -> Result<Guard, InitError> {
    pilotlight::builder()
        .default_service_name(service)
        .default_service_version(env!("CARGO_PKG_VERSION"))
        .resource_attribute(KeyValue::new("service.namespace", "shop"))
        .console_without_endpoint()
        .log_span_fields(true)
        .init()
}
