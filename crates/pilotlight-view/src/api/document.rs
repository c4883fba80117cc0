//! The API's description, made from the functions that answer and the types that they answer with.

use super::{events, export, import, telemetry, viewer};
use utoipa::OpenApi;

/// The description as OpenAPI 3.1.
///
/// `openapi.json` beside the manifest is its printed form; the page's TypeScript types are made from that file.
pub fn document() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

#[derive(OpenApi)]
#[openapi(
    // The version of what is asked and answered, not the program's: it changes when a caller has to.
    info(
        title = "Pilotlight viewer",
        version = "1",
        description = "What the viewer's page asks. All times are UTC. `filter` is one line of words that must all hold: \
            `key=value`, `key!=value`, `key~part`, `key!~part`, `key>=1`, `key?`, `!key?`, or a bare word that is looked for everywhere.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    paths(
        viewer::state,
        viewer::clear,
        viewer::description,
        telemetry::keys,
        telemetry::values,
        telemetry::traces,
        telemetry::trace_durations,
        telemetry::trace,
        telemetry::find_spans,
        telemetry::span,
        telemetry::operations,
        telemetry::operation,
        telemetry::map,
        telemetry::metrics,
        telemetry::metric,
        telemetry::logs,
        telemetry::log,
        telemetry::exceptions,
        telemetry::resources,
        telemetry::losses,
        telemetry::findings,
        events::tail,
        events::changes,
        export::export,
        import::import,
    ),
    components(schemas(
        crate::receive::Signal,
        crate::query::TraceSort,
        crate::query::MetricKind,
        crate::query::SpanKind,
        crate::query::LogRow,
        events::Missed,
        events::Changed,
    ))
)]
struct Description;
