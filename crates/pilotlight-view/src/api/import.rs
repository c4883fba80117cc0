//! Telemetry from a file.

use super::refusal::Refusals;
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Imported {
    /// How many requests were in it that could be read.
    pub requests: u64,
    /// Spans that were taken.
    pub spans: u64,
    /// Log records that were taken.
    pub logs: u64,
    /// Data points that were taken.
    pub points: u64,
    /// Spans, log records and data points that were refused.
    pub rejected: u64,
    /// What was refused and why, at most 20.
    pub faults: Vec<ImportFault>,
    /// How many more such faults there are.
    pub faults_left_out: u64,
}

/// Something that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ImportFault {
    /// In which line of the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub message: String,
}

/// Takes telemetry from a file: lines of OTLP/JSON as `/api/export` writes them, or one such document; also gzip.
#[utoipa::path(post, path = "/api/import", tag = "files",
    request_body(content = String, content_type = "application/x-ndjson", description = "64 MiB at most, uncompressed."),
    responses((status = 200, body = Imported), (status = 413, description = "It is too large.", body = crate::query::QuestionError), Refusals))]
pub(super) async fn import() -> axum::http::StatusCode {
    axum::http::StatusCode::OK
}
