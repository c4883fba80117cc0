//! What is still to be told of orders.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::{Database, DatabaseError, now_ms};
use crate::messages::Headers;

/// Those that are due first come first.
const SELECT_ENTRIES: &str =
    "SELECT order_id, message, headers, attempts, due_ms FROM outbox ORDER BY due_ms LIMIT $1";
const COUNT_ENTRIES: &str = "SELECT COUNT(*) FROM outbox";
const DELETE_ENTRY: &str = "DELETE FROM outbox WHERE order_id = $1";
const POSTPONE_ENTRY: &str = "UPDATE outbox SET attempts = attempts + 1, due_ms = $2 WHERE order_id = $1";

/// The messages that nobody else is answerable for yet.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    database: Database,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) order_id: String,
    /// JSON.
    pub(crate) message: String,
    /// The context in which the order was made.
    pub(crate) headers: Headers,
    /// How often it was handed to somebody who gave it back.
    pub(crate) attempts: u32,
    pub(crate) due_ms: i64,
}

impl Outbox {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Those that are due first, due or not: at most so many.
    pub(crate) async fn next(&self, limit: usize) -> Result<Vec<Entry>, DatabaseError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query(SELECT_ENTRIES).bind(limit).fetch_all(self.database.pool()).await?;
        Ok(rows.iter().map(entry).collect::<Result<_, _>>()?)
    }

    /// How many there are.
    pub(crate) async fn depth(&self) -> Result<u64, DatabaseError> {
        let count: i64 = sqlx::query_scalar(COUNT_ENTRIES).fetch_one(self.database.pool()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Somebody else is answerable for it now.
    pub(crate) async fn remove(&self, order_id: &str) -> Result<(), DatabaseError> {
        sqlx::query(DELETE_ENTRY).bind(order_id).execute(self.database.pool()).await?;
        Ok(())
    }

    /// It was given back, and is not to be handed out again before then.
    pub(crate) async fn postpone(
        &self,
        order_id: &str,
        pause: std::time::Duration,
    ) -> Result<(), DatabaseError> {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let due = now_ms().saturating_add(pause);
        sqlx::query(POSTPONE_ENTRY).bind(order_id).bind(due).execute(self.database.pool()).await?;
        Ok(())
    }
}

fn entry(row: &AnyRow) -> Result<Entry, sqlx::Error> {
    Ok(Entry {
        order_id: row.try_get(0)?,
        message: row.try_get(1)?,
        headers: Headers::from_json(row.try_get(2)?),
        attempts: u32::try_from(row.try_get::<i64, _>(3)?).unwrap_or(u32::MAX),
        due_ms: row.try_get(4)?,
    })
}
