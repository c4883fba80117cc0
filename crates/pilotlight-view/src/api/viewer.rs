//! Questions about the viewer itself, and letting go of what it holds.

use super::asked::{Asked, Nothing};
use super::asker::{Answer, Asker};
use super::context::Context;
use super::refusal::{Refusal, Refusals};
use super::signals::signals;
use crate::query::State;
use http::StatusCode;
use utoipa::IntoParams;

/// What to let go of.
#[derive(Debug, Clone, Default, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ClearQuestion {
    /// `traces`, `metrics`, `logs`, separated by commas; everything when it is not given.
    signals: Option<String>,
}

/// What the viewer holds, let go of and refused, and where it listens.
#[utoipa::path(get, path = "/api/state", tag = "viewer", responses((status = 200, body = State), Refusals))]
pub(super) async fn state(asker: Asker, _: Asked<Nothing>) -> Answer {
    let context = asker.context.clone();
    asker.tell(move |_| whole(&context)).await
}

/// The store's own part, and what the server knows.
fn whole(context: &Context) -> State {
    let mut state = context.store.state();
    state.version = env!("CARGO_PKG_VERSION").to_owned();
    state.started = context.about.started;
    state.listening.clone_from(&context.about.listening);
    state.senders_need_token = context.about.senders_need_token;
    state.bounds.request_bytes_max = context.about.request_bytes_max;
    state.received = context.counters.snapshot();
    state.incidents = context.journal.counts();
    state.newest_incidents = context.journal.newest();
    state
}

/// Lets go of what is held, in memory and in the file.
#[utoipa::path(post, path = "/api/clear", tag = "viewer", params(ClearQuestion),
    responses((status = 204, description = "It is gone."), Refusals))]
pub(super) async fn clear(
    asker: Asker,
    Asked(question): Asked<ClearQuestion>,
) -> Result<StatusCode, Refusal> {
    let signals = signals(question.signals.as_deref())?;
    asker.tell(move |store| store.clear(&signals)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "viewer", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value), Refusals))]
pub(super) async fn description(asker: Asker, _: Asked<Nothing>) -> Answer {
    asker.tell(|_| super::document()).await
}
