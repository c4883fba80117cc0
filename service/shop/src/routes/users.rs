//! `GET /api/users/{id}`: one user.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use opentelemetry::KeyValue;
use tracing::{info, warn};

use crate::app::Shop;
use crate::error::{Error, Kind};
use crate::spans::annotate;
use crate::store::User;

/// 200 with the user, or 404.
pub(crate) async fn show(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Result<Json<User>, Error> {
    annotate([KeyValue::new("user.id", id.clone())]);
    info!(user_id = id, action = "show_user", "Processing request");
    match shop.store.find_user(&id).await? {
        Some(user) => Ok(Json(user)),
        None => {
            let error = Error::new(Kind::UnknownUser, format!("there is no user {id:?}"));
            warn!(error = error.as_dyn(), user_id = id, action = "show_user", "Failed to find user");
            Err(error)
        }
    }
}
