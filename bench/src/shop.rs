//! The service under load: one route that makes one child span.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{TraceContextExt, Tracer};
use std::sync::Arc;

use crate::workload::{NAME, SCOPE, attributes};

/// The path that the load generator asks for.
pub const PATH: &str = "/users/42";

const ROUTE: &str = "/users/{id}";

/// The service without telemetry.
pub fn bare() -> Router {
    Router::new().route(ROUTE, get(async |Path(id): Path<u64>| find_user(id)))
}

/// The service as an application writes it against the `opentelemetry` API.
///
/// The layer that makes the server span is the contestant's. Ask for this after the global provider is in place.
pub fn with_api() -> Router {
    async fn user(State(tracer): State<Arc<BoxedTracer>>, Path(id): Path<u64>) -> String {
        tracer.in_span(NAME, |context| {
            let span = context.span();
            for attribute in attributes() {
                span.set_attribute(attribute);
            }
            find_user(id)
        })
    }
    Router::new().route(ROUTE, get(user)).with_state(Arc::new(global::tracer(SCOPE)))
}

/// The service as an application writes it against `tracing`.
pub fn with_tracing() -> Router {
    async fn user(Path(id): Path<u64>) -> String {
        find_user_span().in_scope(|| find_user(id))
    }
    Router::new().route(ROUTE, get(user))
}

/// The same with an event a request.
pub fn with_tracing_and_logs() -> Router {
    async fn user(Path(id): Path<u64>) -> String {
        find_user_span().in_scope(|| {
            tracing::info!(user.id = id, user.roles = "reader", cache.hit = false, "Processing request");
            find_user(id)
        })
    }
    Router::new().route(ROUTE, get(user))
}

fn find_user_span() -> tracing::Span {
    tracing::info_span!(
        "find user",
        db.system.name = "sqlite",
        db.operation.name = "SELECT",
        db.response.returned_rows = 1_i64,
        cache.hit = false,
    )
}

/// The work itself: small on purpose, since telemetry's cost is what is measured.
fn find_user(id: u64) -> String {
    format!(r#"{{"id":{id},"name":"Ada Lovelace"}}"#)
}
