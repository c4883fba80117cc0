//! Orders, which are only ever added.

use super::{Statement, Store};
use crate::gateway::error::Error;
use crate::gateway::orders::Order;

const INSERT_ORDER: Statement = Statement {
    operation: "INSERT",
    table: "orders",
    summary: "INSERT orders",
    text: "INSERT INTO orders (user_id, items, total) VALUES (?, ?, ?) RETURNING id",
};

impl Store {
    /// Adds an order and returns the id that the database chose for it.
    pub(crate) async fn insert_order(&self, order: &Order) -> Result<String, Error> {
        let items = serde_json::json!(order.items).to_string();
        let query = sqlx::query_scalar(INSERT_ORDER.text).bind(&order.user_id).bind(items).bind(order.total);
        self.run(&INSERT_ORDER, async |mut connection| query.fetch_one(&mut *connection).await).await
    }
}
