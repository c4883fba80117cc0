//! `GET /api/stock`: what is left of each item.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracing::error;

use crate::gateway::app::Gateway;
use crate::gateway::error::Error;

#[derive(Serialize)]
pub(crate) struct Stock {
    stock: Vec<Level>,
}

#[derive(Serialize)]
struct Level {
    item: String,
    left: u64,
}

/// 200 with the items that are kept in stock, or 503 when the inventory does not answer.
pub(crate) async fn list(State(gateway): State<Arc<Gateway>>) -> Result<Json<Stock>, Error> {
    let levels = gateway
        .inventory
        .stock()
        .await
        .inspect_err(|error| error!(error = error.as_dyn(), "Failed to list the stock"))?;
    let stock = levels.into_iter().map(|level| Level { item: level.item, left: level.left }).collect();
    Ok(Json(Stock { stock }))
}
