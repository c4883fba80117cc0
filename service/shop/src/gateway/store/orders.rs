//! Orders, which are only ever added: each with the message that tells of it, or not at all.

use std::time::Duration;

use tokio::time::sleep;
use tracing::warn;

use super::{Store, failure};
use crate::backoff::Backoff;
use crate::database::{DatabaseError, now_ms};
use crate::gateway::error::Error;
use crate::gateway::order_id::OrderId;
use crate::gateway::orders::Order;
use crate::messages::{Headers, OrderCreated};

const SELECT_ORDER: &str = "SELECT user_id, items, total FROM orders WHERE id = $1";
const INSERT_ORDER: &str = "INSERT INTO orders (id, user_id, items, total, created_ms) VALUES ($1, $2, $3, $4, $5) \
                            ON CONFLICT (id) DO NOTHING";
const INSERT_MESSAGE: &str =
    "INSERT INTO outbox (order_id, message, headers, attempts, due_ms) VALUES ($1, $2, $3, 0, $4)";

/// How often an order is written that the database lost its connection over. Each attempt may wait some seconds for a connection; all
/// of them are over before the client's time is.
const ATTEMPTS: u32 = 4;

/// What lies between two of them.
const PAUSES: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(1));

/// An order that is paid for.
pub(crate) struct NewOrder<'a> {
    pub(crate) id: &'a OrderId,
    pub(crate) order: &'a Order,
    /// What the message takes along: the context in which the order was made.
    pub(crate) headers: Headers,
}

/// What became of an order that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// It is there now.
    New,
    /// It was there already, written by somebody else.
    Before,
}

impl Store {
    /// Adds an order and its message, in one transaction. When the connection is lost, even at the very end, where nobody can know
    /// whether the order is there, it is written again under the same id: it is there once in any case.
    pub(crate) async fn insert_order(&self, new: &NewOrder<'_>) -> Result<Saved, Error> {
        let mut pauses = PAUSES;
        let mut attempt = 1;
        loop {
            match self.try_to_insert(new).await {
                // One that was there already at a later attempt was made by an earlier one.
                Ok(saved) => return Ok(if attempt > 1 { Saved::New } else { saved }),
                Err(cause) if cause.passes() && attempt < ATTEMPTS => {
                    tell_of_retry(&cause, new.id, attempt);
                    sleep(pauses.pause()).await;
                    attempt += 1;
                }
                Err(cause) => return Err(failure("the order could not be saved", cause)),
            }
        }
    }

    async fn try_to_insert(
        &self,
        NewOrder { id, order, headers }: &NewOrder<'_>,
    ) -> Result<Saved, DatabaseError> {
        let (id, now) = (id.as_str(), now_ms());
        let mut transaction = self.database.pool().begin().await?;
        let inserted = sqlx::query(INSERT_ORDER)
            .bind(id)
            .bind(&order.user_id)
            .bind(items_of(order))
            .bind(order.total)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        if inserted.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(Saved::Before);
        }
        let message = OrderCreated::of(id, &order.user_id, &order.items, order.total);
        let message =
            sqlx::query(INSERT_MESSAGE).bind(id).bind(message.to_json()).bind(headers.to_json()).bind(now);
        message.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Saved::New)
    }

    /// Whether an order is there, and if so, whether it is this one.
    pub(crate) async fn knows_order(&self, id: &OrderId, order: &Order) -> Result<Option<bool>, Error> {
        let row = sqlx::query_as(SELECT_ORDER).bind(id.as_str()).fetch_optional(self.database.pool()).await;
        let row: Option<(String, String, f64)> =
            row.map_err(|cause| failure("the order could not be looked up", cause))?;
        Ok(row.map(|(user_id, items, total)| {
            user_id == order.user_id && items == items_of(order) && total == order.total
        }))
    }
}

fn tell_of_retry(cause: &DatabaseError, id: &OrderId, attempt: u32) {
    let error = cause as &dyn std::error::Error;
    warn!(error, order.id = id.as_str(), attempt, "The order could not be saved; trying again");
}

/// As they are stored.
fn items_of(order: &Order) -> String {
    serde_json::json!(order.items).to_string()
}
