//! Questions about the viewer itself, and letting go of what it holds.

use super::refusal::Refusals;
use crate::query::State;
use utoipa::IntoParams;

/// What to let go of.
#[derive(Debug, Clone, Default, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ClearQuestion {
    /// `traces`, `metrics`, `logs`, separated by commas; everything when it is not given.
    pub signals: Option<String>,
}

/// What the viewer holds, let go of and refused, and where it listens.
#[utoipa::path(get, path = "/api/state", tag = "viewer", responses((status = 200, body = State), Refusals))]
pub(super) async fn state() {}

/// Lets go of what is held, in memory and in the file.
#[utoipa::path(post, path = "/api/clear", tag = "viewer", params(ClearQuestion), responses((status = 204, description = "It is gone."), Refusals))]
pub(super) async fn clear() {}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "viewer", operation_id = "openapi", responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value), Refusals))]
pub(super) async fn description() {}
