//! `POST /api/orders`: a new order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use opentelemetry::KeyValue;
use serde::Serialize;

use super::body::JsonBody;
use crate::gateway::app::Gateway;
use crate::gateway::error::Error;
use crate::gateway::order_id::OrderId;
use crate::gateway::orders::Order;
use crate::gateway::spans::annotate;

#[derive(Serialize)]
pub(crate) struct Created {
    order_id: String,
    status: &'static str,
}

/// What a client that sends an order again says, so that it is made once.
const KEY: &str = "idempotency-key";

/// 201 with the order's id; 400 for an order that makes no sense, 404 for an unknown user, 500 for a step that
/// failed. An order with an `Idempotency-Key` that was made before is answered as it was then, and not made again; 422 when it was
/// another order.
pub(crate) async fn create(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    JsonBody(order): JsonBody<Order>,
) -> Result<(StatusCode, Json<Created>), Error> {
    annotate([
        KeyValue::new("order.user_id", order.user_id.clone()),
        KeyValue::new("order.items_count", i64::try_from(order.items.len()).unwrap_or(i64::MAX)),
        KeyValue::new("order.total", order.total),
    ]);
    let id = match headers.get(KEY) {
        Some(key) => OrderId::of_key(&order.user_id, key.as_bytes())?,
        None => OrderId::random()?,
    };
    let was_made = headers.contains_key(KEY) && gateway.orders.was_made(&order, &id).await?;
    if !was_made {
        gateway.orders.process(&order, &id).await?;
    }
    let order_id = id.as_str().to_owned();
    annotate([KeyValue::new("order.id", order_id.clone())]);
    Ok((StatusCode::CREATED, Json(Created { order_id, status: "created" })))
}
