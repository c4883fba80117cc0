//! What every resource says, whoever else has something to say.

use super::set::Resource;
use super::{service, telemetry};

/// `telemetry.*` and a `service.name`, as the specification demands of every provider.
///
/// Specification: "SDK-provided resource attributes",
/// <https://opentelemetry.io/docs/specs/otel/resource/sdk/#sdk-provided-resource-attributes>.
pub(crate) fn provided() -> Resource {
    // Both follow our own schema.
    let (resource, _no_conflict) = telemetry::detect().merge(service::fallback_name());
    resource
}
