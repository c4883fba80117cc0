//! Which path asks which question.

use super::context::Context;
use super::refusal::Refusal;
use super::{events, export, import, telemetry, viewer};
use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, StatusCode};

/// The API's routes, all under `/api/`.
pub fn router(context: Context) -> Router {
    telemetry_routes()
        .route("/api/state", get(viewer::state))
        .route("/api/clear", post(viewer::clear))
        .route("/api/openapi.json", get(viewer::description))
        .route("/api/tail", get(events::tail))
        .route("/api/changes", get(events::changes))
        .route("/api/export", get(export::export))
        .route("/api/import", post(import::import))
        .route("/api/{*path}", axum::routing::any(unknown))
        .method_not_allowed_fallback(other_method)
        .layer(axum::middleware::from_fn(manners))
        .with_state(context)
}

fn telemetry_routes() -> Router<Context> {
    Router::new()
        .route("/api/keys", get(telemetry::keys))
        .route("/api/values", get(telemetry::values))
        .route("/api/traces", get(telemetry::traces))
        .route("/api/traces/durations", get(telemetry::trace_durations))
        .route("/api/traces/{trace_id}", get(telemetry::trace))
        .route("/api/traces/{trace_id}/spans", get(telemetry::find_spans))
        .route("/api/traces/{trace_id}/spans/{span_id}", get(telemetry::span))
        .route("/api/operations", get(telemetry::operations))
        .route("/api/operations/series", get(telemetry::operation))
        .route("/api/map", get(telemetry::map))
        .route("/api/metrics", get(telemetry::metrics))
        .route("/api/metrics/data", get(telemetry::metric))
        .route("/api/logs", get(telemetry::logs))
        .route("/api/logs/{id}", get(telemetry::log))
        .route("/api/exceptions", get(telemetry::exceptions))
        .route("/api/resources", get(telemetry::resources))
        .route("/api/losses", get(telemetry::losses))
        .route("/api/findings", get(telemetry::findings))
}

/// What all answers have in common.
async fn manners(request: Request, next: Next) -> Response {
    // A HEAD would cost as much as the question itself and tell nothing.
    if request.method() == Method::HEAD {
        return other_method().await.into_response();
    }
    let mut response = next.run(request).await;
    // What is asked changes every moment, and may be confidential.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn unknown() -> Refusal {
    Refusal::missing("the API has no such path: see /api/openapi.json")
}

async fn other_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method: see /api/openapi.json")
}
