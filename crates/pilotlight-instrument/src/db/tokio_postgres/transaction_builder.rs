//! The options of a transaction.

use super::transaction::{InTransaction, Transaction};
use crate::db;
use std::fmt;
use tokio_postgres::{Error, IsolationLevel};

/// Options of a transaction: as [those inside](tokio_postgres::TransactionBuilder).
#[must_use = "a transaction begins when it is started"]
pub struct TransactionBuilder<'a> {
    inner: tokio_postgres::TransactionBuilder<'a>,
    database: db::Client,
    /// As they are written, in their order.
    modes: [Option<&'static str>; 3],
}

impl<'a> TransactionBuilder<'a> {
    pub(super) fn new(inner: tokio_postgres::TransactionBuilder<'a>, database: &db::Client) -> Self {
        Self { inner, database: database.clone(), modes: [None; 3] }
    }

    /// How much it sees of what others change meanwhile.
    pub fn isolation_level(mut self, level: IsolationLevel) -> Self {
        self.modes[0] = match level {
            IsolationLevel::ReadUncommitted => Some("ISOLATION LEVEL READ UNCOMMITTED"),
            IsolationLevel::ReadCommitted => Some("ISOLATION LEVEL READ COMMITTED"),
            IsolationLevel::RepeatableRead => Some("ISOLATION LEVEL REPEATABLE READ"),
            IsolationLevel::Serializable => Some("ISOLATION LEVEL SERIALIZABLE"),
            _ => None,
        };
        self.inner = self.inner.isolation_level(level);
        self
    }

    /// Whether it may only read.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.modes[1] = Some(if read_only { "READ ONLY" } else { "READ WRITE" });
        self.inner = self.inner.read_only(read_only);
        self
    }

    /// Whether its beginning may wait until nothing can abort it.
    pub fn deferrable(mut self, deferrable: bool) -> Self {
        self.modes[2] = Some(if deferrable { "DEFERRABLE" } else { "NOT DEFERRABLE" });
        self.inner = self.inner.deferrable(deferrable);
        self
    }

    /// Begins the transaction. Dropped without a commit, it is rolled back.
    ///
    /// # Errors
    /// When PostgreSQL refuses it, or there is no connection.
    pub async fn start(self) -> Result<Transaction<'a>, Error> {
        let modes = self.modes.iter().flatten().copied().collect::<Vec<_>>().join(", ");
        let operation = self.database.query(format!("START TRANSACTION {modes}").trim_end());
        let inner = operation.around(self.inner.start()).await?;
        Ok(InTransaction::outermost(inner, self.database))
    }
}

impl fmt::Debug for TransactionBuilder<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TransactionBuilder").field("modes", &self.modes).finish_non_exhaustive()
    }
}
