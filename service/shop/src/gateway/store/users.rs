//! Users, who are only ever read.

use serde::Serialize;

use super::{Statement, Store};
use crate::gateway::error::Error;

const SELECT_USER: Statement = Statement {
    operation: "SELECT",
    table: "users",
    summary: "SELECT users",
    text: "SELECT id, name, email FROM users WHERE id = ?",
};

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
        let query = sqlx::query_as(SELECT_USER.text).bind(id);
        let row = self
            .run(&SELECT_USER, async |mut connection| query.fetch_optional(&mut *connection).await)
            .await?;
        Ok(row.map(|(id, name, email)| User { id, name, email }))
    }
}
