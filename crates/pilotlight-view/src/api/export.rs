//! What was received, handed out again as OTLP/JSON.

use super::refusal::Refusals;
use utoipa::IntoParams;

/// Which telemetry to hand out.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ExportQuestion {
    /// Of one trace, 32 hexadecimal digits; of everything when it is not given.
    pub trace_id: Option<String>,
    /// `traces`, `metrics`, `logs`, separated by commas; all when it is not given.
    pub signals: Option<String>,
    /// From here on, milliseconds since 1970.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
}

/// What was received, oldest first, as lines of OTLP/JSON: one `Export…ServiceRequest` a line.
#[utoipa::path(get, path = "/api/export", tag = "files", params(ExportQuestion), responses((status = 200, description = "Lines of OTLP/JSON, as a download.", content_type = "application/x-ndjson", body = String), Refusals))]
pub(super) async fn export() {}
