//! All that it takes to turn telemetry on.

use axum::Router;
use pilotlight::{Guard, InitError};
use pilotlight_instrument::http::HttpServerLayer;

/// Starts telemetry by the `OTEL_*` variables; without a collector to send to, traces and metrics are shown on the console. What is
/// logged becomes lines on standard output either way, with the fields of the spans that it is logged in.
pub(crate) fn start() -> Result<Guard, InitError> {
    pilotlight::builder()
        .default_service_name(env!("CARGO_PKG_NAME"))
        .default_service_version(env!("CARGO_PKG_VERSION"))
        .console_without_endpoint()
        .log_span_fields(true)
        .init()
}

/// Puts a server span and measurements around each request. Health checks too, here where every route is to be seen; a service that
/// is probed every second would leave them out with `.filter(…)`.
pub(crate) fn traced(router: Router) -> Router {
    router.layer(HttpServerLayer::new())
}
