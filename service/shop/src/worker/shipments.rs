//! What was shipped, in the database: each order once.

use crate::database::{Database, DatabaseError, Migrations, now_ms};

/// The tables of the worker.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    account: "worker_migrations",
    versions: &[("shipments", include_str!("../../migrations/worker/1_shipments.sql"))],
};

const INSERT_SHIPMENT: &str =
    "INSERT INTO shipments (order_id, shipped_ms) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING";

/// The shipments.
#[derive(Clone, Debug)]
pub(crate) struct Shipments {
    database: Database,
}

impl Shipments {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Ships an order; false when it was shipped before.
    pub(super) async fn ship(&self, order_id: &str) -> Result<bool, DatabaseError> {
        let insert = sqlx::query(INSERT_SHIPMENT).bind(order_id).bind(now_ms());
        Ok(insert.execute(self.database.pool()).await?.rows_affected() == 1)
    }
}
