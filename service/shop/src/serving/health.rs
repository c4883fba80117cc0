//! `GET /health` and `GET /ready`: whether to leave a program alone, and whether to send it more requests.

use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use serde::Serialize;

use super::Readiness;
use crate::database::Database;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// The two routes of a program. A program without a database is ready while it is healthy.
///
/// They differ in what they ask for. A program that is not healthy is to be replaced, which helps against nothing that happens in its
/// database; one that is not ready is to be spared until it is.
pub(crate) fn health<S: Clone + Send + Sync + 'static>(
    readiness: Readiness,
    database: Option<Database>,
) -> Router<S> {
    let alive = readiness.clone();
    Router::new()
        .route(
            "/health",
            get(async move || answer(if alive.is_on() { Ok("healthy") } else { Err("draining") })),
        )
        .route("/ready", ready(readiness, database))
}

/// 200 while requests can be dealt with; 503 while the database does not answer, and from the moment that the program begins to stop.
fn ready<S: Clone + Send + Sync + 'static>(
    readiness: Readiness,
    database: Option<Database>,
) -> MethodRouter<S> {
    get(async move || {
        if !readiness.is_on() {
            return answer(Err("draining"));
        }
        match database {
            Some(database) if !database.answers().await => answer(Err("waiting for the database")),
            _ => answer(Ok("ready")),
        }
    })
}

fn answer(status: Result<&'static str, &'static str>) -> (StatusCode, Json<Health>) {
    match status {
        Ok(status) => (StatusCode::OK, Json(Health { status })),
        Err(status) => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status })),
    }
}
