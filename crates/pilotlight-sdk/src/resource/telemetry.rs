//! Which SDK is telling: `telemetry.sdk.*` and `telemetry.distro.*`.

use opentelemetry::KeyValue;

use super::set::{Resource, SCHEMA_URL};

/// The name `opentelemetry` is reserved for the project's own SDK; everyone else names themselves.
const NAME: &str = "pilotlight";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The attributes that identify this SDK.
///
/// Specification: <https://opentelemetry.io/docs/specs/semconv/resource/#telemetry-sdk>.
pub(super) fn detect() -> Resource {
    Resource::builder()
        .attributes([
            KeyValue::new("telemetry.sdk.name", NAME),
            KeyValue::new("telemetry.sdk.language", "rust"),
            KeyValue::new("telemetry.sdk.version", VERSION),
            KeyValue::new("telemetry.distro.name", NAME),
            KeyValue::new("telemetry.distro.version", VERSION),
        ])
        .schema_url(SCHEMA_URL)
        .build()
}
