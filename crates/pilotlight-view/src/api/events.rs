//! What is pushed: log records as they come, and the news that something came.

use super::asked::{Asked, Nothing};
use super::context::Context;
use super::refusal::{Refusal, Refusals};
use crate::query::TailQuestion;
use crate::store::{News, Tail};
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, StreamExt, unfold};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;

/// Data of `event: missed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Missed {
    /// How many log records could not be handed out because the page was too slow.
    count: u64,
}

/// Data of `event: changed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Changed {
    /// Rises with each request that is kept.
    number: u64,
}

/// Between two `changed`: pages ask again at each, and more than four times a second nobody can read.
const CHANGED_EVERY: Duration = Duration::from_millis(250);

/// Log records as they come: `event: logs` with an array of `LogRow`, and `event: missed` with a `Missed`.
#[utoipa::path(get, path = "/api/tail", tag = "pushed", params(TailQuestion),
    responses((status = 200, description = "Server-sent events.", content_type = "text/event-stream", body = String), Refusals))]
pub(super) async fn tail(
    State(context): State<Context>,
    Asked(question): Asked<TailQuestion>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let tail = context.store.tail(&question)?;
    pushed(context, unfold(tail, next_news))
}

async fn next_news(mut tail: Tail) -> Option<(Event, Tail)> {
    let event = match tail.next().await? {
        News::Logs(rows) => event("logs", &rows),
        News::Missed(count) => event("missed", &Missed { count }),
    };
    Some((event, tail))
}

/// That something came: `event: changed` with a `Changed`, once at the start and then at most four times a second.
#[utoipa::path(get, path = "/api/changes", tag = "pushed",
    responses((status = 200, description = "Server-sent events.", content_type = "text/event-stream", body = String), Refusals))]
pub(super) async fn changes(
    State(context): State<Context>,
    _: Asked<Nothing>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let changed = context.store.changed();
    pushed(context, unfold((changed, None), next_change))
}

/// Waits until something changed, and until the one before is long enough ago. The first one needs neither.
async fn next_change(
    (mut number, before): (watch::Receiver<u64>, Option<Instant>),
) -> Option<(Event, (watch::Receiver<u64>, Option<Instant>))> {
    if let Some(before) = before {
        number.changed().await.ok()?;
        sleep_until(before + CHANGED_EVERY).await;
    }
    let changed = Changed { number: *number.borrow_and_update() };
    Some((event("changed", &changed), (number, Some(Instant::now()))))
}

/// Events as an answer, for as long as there are any, the page listens and the viewer is not closing.
fn pushed(
    context: Context,
    events: impl Stream<Item = Event> + Send + 'static,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let Some(place) = context.listener() else {
        return Err(Refusal::busy("too many pages listen at once: close one of them"));
    };
    let held = events.map(move |event| {
        let _held = &place;
        Ok(event)
    });
    Ok(Sse::new(held.take_until(Box::pin(context.closed()))).keep_alive(KeepAlive::default()))
}

fn event<T: Serialize>(name: &str, data: &T) -> Event {
    // What is written here are our own types, which JSON can always hold.
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(data)
}
