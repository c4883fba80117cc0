//! `GET /health`: whether to send more requests.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::app::Shop;

#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

/// 200 while the shop serves; 503 from the moment it begins to shut down.
pub(crate) async fn check(State(shop): State<Arc<Shop>>) -> (StatusCode, Json<Health>) {
    if shop.readiness.is_on() {
        (StatusCode::OK, Json(Health { status: "healthy" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "draining" }))
    }
}
