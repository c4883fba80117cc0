//! `POST /api/orders`: a new order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opentelemetry::KeyValue;
use serde::Serialize;

use super::body::JsonBody;
use crate::gateway::app::Gateway;
use crate::gateway::error::Error;
use crate::gateway::orders::Order;
use crate::gateway::spans::annotate;

#[derive(Serialize)]
pub(crate) struct Created {
    order_id: String,
    status: &'static str,
}

/// 201 with the order's id; 400 for an order that makes no sense, 404 for an unknown user, 500 for a step that
/// failed.
pub(crate) async fn create(
    State(gateway): State<Arc<Gateway>>,
    JsonBody(order): JsonBody<Order>,
) -> Result<(StatusCode, Json<Created>), Error> {
    annotate([
        KeyValue::new("order.user_id", order.user_id.clone()),
        KeyValue::new("order.items_count", i64::try_from(order.items.len()).unwrap_or(i64::MAX)),
        KeyValue::new("order.total", order.total),
    ]);
    let order_id = gateway.orders.process(&order).await?;
    annotate([KeyValue::new("order.id", order_id.clone())]);
    Ok((StatusCode::CREATED, Json(Created { order_id, status: "created" })))
}
