//! Users, who are only ever read.

use serde::Serialize;

use super::{Store, failure};
use crate::gateway::error::Error;

const SELECT_USER: &str = "SELECT id, name, email FROM users WHERE id = $1";

/// Somebody who may order.
#[derive(Debug, Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Store {
    /// The user with this id. That there is none is an answer, not an error.
    pub(crate) async fn find_user(&self, id: &str) -> Result<Option<User>, Error> {
        let row = sqlx::query_as(SELECT_USER).bind(id).fetch_optional(self.database.pool()).await;
        let row = row.map_err(|cause| failure("the user could not be looked up", cause))?;
        Ok(row.map(|(id, name, email)| User { id, name, email }))
    }
}
