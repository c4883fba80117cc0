//! A connection whose statements have spans: what a pool's connection and a transaction have in common.

use super::Database;
use super::query::Query;
use super::running::Rows;
use super::shared::Shared;
use super::transaction::{Start, Transaction};
use crate::db::pool::Use;
use futures_core::future::BoxFuture;
use sqlx::{Acquire, Error, SqlSafeStr};
use std::fmt;
use std::sync::Arc;

/// One connection to a database, whose statements have spans and are measured.
///
/// [`PoolConnection`](super::PoolConnection) and [`Transaction`] dereference to it, so that a function which takes
/// `&mut Connection<DB>`, or one of its aliases as [`PgConnection`](super::PgConnection), takes both. `&mut Connection` is an
/// [`Executor`](sqlx::Executor): statements run on it as on sqlx's own.
///
/// What only sqlx's connection has is behind [`inner`](Connection::inner).
pub struct Connection<'c, DB: Database> {
    pub(super) raw: Raw<'c, DB>,
    pub(super) shared: Arc<Shared<DB>>,
    /// Transactions that are open on it: of all but the first it is a savepoint.
    pub(super) depth: usize,
    /// `None` for a transaction on a connection that is somebody else's.
    pub(super) in_use: Option<Use>,
}

/// Whom sqlx has given the connection to.
pub(super) enum Raw<'c, DB: Database> {
    Pooled(sqlx::pool::PoolConnection<DB>),
    Transaction(sqlx::Transaction<'c, DB>),
}

impl<'c, DB: Database> Connection<'c, DB> {
    /// Begins a transaction, or sets a savepoint within the one that is open. Its end is [`Transaction::commit`] or
    /// [`Transaction::rollback`].
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        self.begin_as(Start::Usual).await
    }

    /// Begins a transaction with a statement of your own, as `BEGIN IMMEDIATE`.
    ///
    /// # Errors
    /// When a transaction is open already, when the statement does not begin one, or the database's.
    pub async fn begin_with(&mut self, statement: impl SqlSafeStr) -> Result<Transaction<'_, DB>, Error> {
        self.begin_as(Start::With(statement.into_sql_str())).await
    }

    async fn begin_as(&mut self, start: Start) -> Result<Transaction<'_, DB>, Error> {
        let (shared, depth) = (Arc::clone(&self.shared), self.depth);
        Transaction::begin(self.inner_mut(), shared, depth, start, None).await
    }

    /// Runs `work` in a transaction: committed when it succeeds, rolled back when it does not.
    ///
    /// # Errors
    /// Those of `work`, and the database's.
    pub async fn transaction<'a, F, R, E>(&'a mut self, work: F) -> Result<R, E>
    where
        for<'t> F: FnOnce(&'t mut Transaction<'_, DB>) -> BoxFuture<'t, Result<R, E>> + 'a,
        E: From<Error>,
    {
        let mut transaction = self.begin().await?;
        match work(&mut transaction).await {
            Ok(done) => {
                transaction.commit().await?;
                Ok(done)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }

    /// Whether a transaction is open.
    pub fn is_in_transaction(&self) -> bool {
        sqlx::Connection::is_in_transaction(self.inner())
    }

    /// sqlx's own connection.
    pub fn inner(&self) -> &DB::Connection {
        match &self.raw {
            Raw::Pooled(raw) => raw,
            Raw::Transaction(raw) => raw,
        }
    }

    /// sqlx's own connection. Statements that run on it have no spans.
    pub fn inner_mut(&mut self) -> &mut DB::Connection {
        self.parts().0
    }

    pub(super) fn rows(&mut self, query: Query<DB>) -> Rows<'_, DB> {
        let (raw, shared) = self.parts();
        Rows::new(raw, query, shared)
    }

    pub(super) fn parts(&mut self) -> (&mut DB::Connection, &Shared<DB>) {
        let raw = match &mut self.raw {
            Raw::Pooled(raw) => &mut **raw,
            Raw::Transaction(raw) => &mut **raw,
        };
        (raw, &self.shared)
    }
}

impl<DB: Database> AsMut<DB::Connection> for Connection<'_, DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self.inner_mut()
    }
}

/// For code that takes any of sqlx's connections, as its migrator. What it gets is sqlx's own, whose statements have no spans.
impl<'t, DB: Database> Acquire<'t> for &'t mut Connection<'_, DB> {
    type Database = DB;
    type Connection = &'t mut DB::Connection;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        Box::pin(async { Ok(self.inner_mut()) })
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::Transaction<'t, DB>, Error>> {
        sqlx::Transaction::begin(self.inner_mut(), None)
    }
}

impl<DB: Database> fmt::Debug for Connection<'_, DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Connection").field("client", &self.shared.client).finish_non_exhaustive()
    }
}
