//! A connection that goes back to its pool.

use super::Database;
use super::connection::{Connection, Raw};
use super::shared::Shared;
use crate::db::pool::Use;
use futures_core::future::BoxFuture;
use sqlx::{Acquire, Error};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A connection from a [`Pool`](super::Pool), to which it returns when this is dropped. How long it was kept is measured.
///
/// An [`Executor`](sqlx::Executor) by `&mut connection` as well as by `&mut *connection`.
pub struct PoolConnection<DB: Database> {
    connection: Connection<'static, DB>,
}

impl<DB: Database> PoolConnection<DB> {
    pub(super) fn new(
        raw: sqlx::pool::PoolConnection<DB>,
        shared: Arc<Shared<DB>>,
        in_use: Option<Use>,
    ) -> Self {
        Self { connection: Connection { raw: Raw::Pooled(raw), shared, depth: 0, in_use } }
    }

    /// Closes the connection, in whose place the pool may open another.
    ///
    /// # Errors
    /// When the server cannot be told.
    pub async fn close(self) -> Result<(), Error> {
        self.into_inner().close().await
    }

    /// Closes the connection when this is dropped, instead of giving it back.
    pub fn close_on_drop(&mut self) {
        if let Raw::Pooled(raw) = &mut self.connection.raw {
            raw.close_on_drop();
        }
    }

    /// Takes the connection out of the pool, which may open another in its place.
    #[must_use]
    pub fn detach(self) -> DB::Connection {
        self.into_inner().detach()
    }

    /// Takes the connection out of the pool, which has one less from then on.
    #[must_use]
    pub fn leak(self) -> DB::Connection {
        self.into_inner().leak()
    }

    /// sqlx's own. Statements that run on it have no spans.
    #[must_use]
    pub fn into_inner(self) -> sqlx::pool::PoolConnection<DB> {
        self.into_parts().0
    }

    /// Its parts, for a transaction that takes the whole connection.
    pub(super) fn into_parts(self) -> (sqlx::pool::PoolConnection<DB>, Arc<Shared<DB>>, Option<Use>) {
        let Connection { raw, shared, in_use, .. } = self.connection;
        match raw {
            Raw::Pooled(raw) => (raw, shared, in_use),
            Raw::Transaction(_) => unreachable!("a pool gives connections, and what it gave stays one"),
        }
    }
}

impl<DB: Database> Deref for PoolConnection<DB> {
    type Target = Connection<'static, DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Database> DerefMut for PoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Database> AsMut<DB::Connection> for PoolConnection<DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self.inner_mut()
    }
}

/// For code that takes any of sqlx's connections, as its migrator. What it gets is sqlx's own, whose statements have no spans.
impl<'t, DB: Database> Acquire<'t> for &'t mut PoolConnection<DB> {
    type Database = DB;
    type Connection = &'t mut DB::Connection;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        (&mut **self).acquire()
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}

impl<DB: Database> fmt::Debug for PoolConnection<DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PoolConnection").field("client", &self.shared.client).finish_non_exhaustive()
    }
}
