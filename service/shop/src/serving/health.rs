//! `GET /health`: whether to send more requests.

use axum::Json;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use serde::Serialize;

use super::Readiness;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// 200 while the server serves; 503 from the moment it begins to shut down.
pub(crate) fn health<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> MethodRouter<S> {
    get(async move || {
        if readiness.is_on() {
            (StatusCode::OK, Json(Health { status: "healthy" }))
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "draining" }))
        }
    })
}
