//! A pool whose connections, and whatever runs on them, are seen.

use super::Database;
use super::builder::PoolBuilder;
use super::driver::ConnectOptions;
use super::pool_connection::PoolConnection;
use super::raw_connection::RawConnection;
use super::shared::Shared;
use super::transaction::{Start, Transaction};
use futures_core::future::BoxFuture;
use sqlx::pool::{CloseEvent, PoolOptions};
use sqlx::{Acquire, Error, SqlSafeStr};
use std::fmt;
use std::sync::Arc;

/// A pool of sqlx's, whose statements have spans and are measured, as the pool itself is.
///
/// ```
/// # #[cfg(feature = "sqlx-sqlite")]
/// # async fn run() -> Result<(), sqlx::Error> {
/// use pilotlight_instrument::db::sqlx::SqlitePool;
/// use sqlx::sqlite::SqlitePoolOptions;
///
/// let pool = SqlitePool::from(SqlitePoolOptions::new().connect("sqlite:shop.db").await?);
/// let name: String = sqlx::query_scalar("SELECT name FROM users WHERE id = ?").bind(7).fetch_one(&pool).await?;
/// # Ok(())
/// # }
/// ```
///
/// `&Pool` is an [`Executor`](sqlx::Executor), as sqlx's own is. The methods are those of [`sqlx::Pool`], with the same meaning. It
/// does not dereference to sqlx's pool, whose connections are not seen; that is behind [`inner`](Pool::inner).
///
/// A clone is another handle on the same pool.
pub struct Pool<DB: Database> {
    pub(super) shared: Arc<Shared<DB>>,
}

impl<DB: Database> Pool<DB> {
    /// Options, with their defaults.
    pub fn builder() -> PoolBuilder<DB> {
        PoolBuilder::new()
    }

    /// A pool with sqlx's default options and a first connection.
    ///
    /// # Errors
    /// When the URL is none, or there is no connection.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::builder().connect(url).await
    }

    /// The same, for options instead of a URL.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn connect_with(options: ConnectOptions<DB>) -> Result<Self, Error> {
        Self::builder().connect_with(PoolOptions::new(), options).await
    }

    /// A pool with sqlx's default options, which connects when it has to.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn connect_lazy(url: &str) -> Result<Self, Error> {
        Ok(Self::connect_lazy_with(url.parse()?))
    }

    /// The same, for options instead of a URL.
    pub fn connect_lazy_with(options: ConnectOptions<DB>) -> Self {
        Self::builder().connect_lazy_with(PoolOptions::new(), options)
    }

    /// A connection, as soon as there is one.
    ///
    /// How long that took is measured as `db.client.connection.wait_time`. A wait that [took a
    /// while](PoolBuilder::wait_span_min), was in vain or was given up has an INTERNAL span `acquire {pool}` as well.
    ///
    /// # Errors
    /// When there is none in time, which is the pool's `acquire_timeout`; when the pool is closed; when connecting fails.
    pub fn acquire(&self) -> impl Future<Output = Result<PoolConnection<DB>, Error>> + Send + use<DB> {
        Arc::clone(&self.shared).acquire()
    }

    /// A connection, if one is idle.
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        self.shared.try_acquire()
    }

    /// Begins a transaction on a connection of its own.
    ///
    /// # Errors
    /// When there is no connection, or the database's.
    pub async fn begin(&self) -> Result<Transaction<'static, DB>, Error> {
        begin(self.acquire().await?, Start::Usual).await
    }

    /// The same, with a statement of your own, as `BEGIN IMMEDIATE`.
    ///
    /// # Errors
    /// When there is no connection, when the statement does not begin a transaction, or the database's.
    pub async fn begin_with(&self, statement: impl SqlSafeStr) -> Result<Transaction<'static, DB>, Error> {
        let start = Start::With(statement.into_sql_str());
        begin(self.acquire().await?, start).await
    }

    /// Begins a transaction if a connection is idle.
    ///
    /// # Errors
    /// The database's.
    pub async fn try_begin(&self) -> Result<Option<Transaction<'static, DB>>, Error> {
        match self.try_acquire() {
            Some(connection) => begin(connection, Start::Usual).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same, with a statement of your own.
    ///
    /// # Errors
    /// When the statement does not begin a transaction, or the database's.
    pub async fn try_begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Option<Transaction<'static, DB>>, Error> {
        let start = Start::With(statement.into_sql_str());
        match self.try_acquire() {
            Some(connection) => begin(connection, start).await.map(Some),
            None => Ok(None),
        }
    }

    /// Ends the pool: whoever waits is told so at once, and this waits until all connections are given back and closed.
    pub async fn close(&self) {
        self.inner().close().await;
    }

    /// Whether [`close`](Pool::close) has been called.
    pub fn is_closed(&self) -> bool {
        self.inner().is_closed()
    }

    /// Ready when the pool is closed.
    pub fn close_event(&self) -> CloseEvent {
        self.inner().close_event()
    }

    /// How many connections are open, idle ones included.
    pub fn size(&self) -> u32 {
        self.inner().size()
    }

    /// How many connections are idle.
    pub fn num_idle(&self) -> usize {
        self.inner().num_idle()
    }

    /// The options that connections are opened with.
    pub fn connect_options(&self) -> Arc<ConnectOptions<DB>> {
        self.inner().connect_options()
    }

    /// Opens connections with these options from now on. What telemetry says of the database and its server stays what it was when
    /// the pool was made.
    pub fn set_connect_options(&self, options: ConnectOptions<DB>) {
        self.inner().set_connect_options(options);
    }

    /// The pool's options.
    pub fn options(&self) -> &PoolOptions<DB> {
        self.inner().options()
    }

    /// sqlx's own pool. What runs on it has no spans, and waiting for its connections is not seen.
    pub fn inner(&self) -> &sqlx::Pool<DB> {
        &self.shared.pool
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_inner(self) -> sqlx::Pool<DB> {
        self.inner().clone()
    }
}

async fn begin<DB: Database>(
    connection: PoolConnection<DB>,
    start: Start,
) -> Result<Transaction<'static, DB>, Error> {
    let (raw, shared, in_use) = connection.into_parts();
    Transaction::begin(raw, shared, 0, start, in_use).await
}

/// With the default [options](Pool::builder).
impl<DB: Database> From<sqlx::Pool<DB>> for Pool<DB> {
    fn from(pool: sqlx::Pool<DB>) -> Self {
        Self::builder().wrap(pool)
    }
}

/// For code that takes any of sqlx's connections, as its migrator. Waiting is seen; what it gets is sqlx's own connection, whose
/// statements have no spans.
impl<'p, DB: Database> Acquire<'p> for &Pool<DB> {
    type Database = DB;
    type Connection = RawConnection<DB>;

    fn acquire(self) -> BoxFuture<'p, Result<Self::Connection, Error>> {
        let acquiring = Pool::acquire(self);
        Box::pin(async move { Ok(RawConnection::new(acquiring.await?)) })
    }

    fn begin(self) -> BoxFuture<'p, Result<sqlx::Transaction<'p, DB>, Error>> {
        let acquiring = Pool::acquire(self);
        Box::pin(async move { sqlx::Transaction::begin(acquiring.await?.into_inner(), None).await })
    }
}

impl<DB: Database> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<DB: Database> fmt::Debug for Pool<DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Pool")
            .field("client", &self.shared.client)
            .field("pool", self.inner())
            .finish_non_exhaustive()
    }
}
