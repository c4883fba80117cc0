//! `GET /api/users/{id}`: one user.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use opentelemetry::KeyValue;
use tracing::{info, warn};

use crate::gateway::app::Gateway;
use crate::gateway::error::Error;
use crate::gateway::spans::annotate;
use crate::gateway::store::User;

/// 200 with the user, or 404.
pub(crate) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<User>, Error> {
    annotate([KeyValue::new("user.id", id.clone())]);
    info!(user_id = id, action = "show_user", "Processing request");
    match gateway.store.find_user(&id).await? {
        Some(user) => Ok(Json(user)),
        None => {
            let error = Error::unknown_user(&id);
            warn!(error = error.as_dyn(), user_id = id, action = "show_user", "Failed to find user");
            Err(error)
        }
    }
}
