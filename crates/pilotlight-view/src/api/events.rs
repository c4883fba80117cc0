//! What is pushed: log records as they come, and the news that something came.

use super::refusal::Refusals;
use crate::query::TailQuestion;
use serde::Serialize;
use utoipa::ToSchema;

/// Data of `event: missed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Missed {
    /// How many log records could not be handed out because the page was too slow.
    pub count: u64,
}

/// Data of `event: changed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Changed {
    /// Rises with each request that is kept.
    pub number: u64,
}

/// Log records as they come: `event: logs` with an array of `LogRow`, and `event: missed` with a `Missed`.
#[utoipa::path(get, path = "/api/tail", tag = "pushed", params(TailQuestion), responses((status = 200, description = "Server-sent events.", content_type = "text/event-stream", body = String), Refusals))]
pub(super) async fn tail() {}

/// That something came: `event: changed` with a `Changed`, once at the start and then at most four times a second.
#[utoipa::path(get, path = "/api/changes", tag = "pushed", responses((status = 200, description = "Server-sent events.", content_type = "text/event-stream", body = String), Refusals))]
pub(super) async fn changes() {}
