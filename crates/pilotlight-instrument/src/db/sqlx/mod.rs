//! sqlx: pools, connections and transactions whose statements have spans and are measured.
//!
//! ```text
//!  Pool ──▶ acquire ────────▶ PoolConnection ──▶ your statements ─────▶ rows as they come, or an error
//!    │      waited for:        │   └─ begin ─▶ Transaction             a CLIENT span each, which ends with the last row
//!    │      wait time, a       └─ used: use time
//!    │      span if noticed
//!    └─ its size when metrics are collected
//! ```
//!
//! One line changes, where the pool is made, and the imports of those that are named elsewhere:
//!
//! ```
//! # #[cfg(feature = "sqlx-sqlite")]
//! # async fn run() -> Result<(), sqlx::Error> {
//! use pilotlight_instrument::db::sqlx::SqlitePool; // was: use sqlx::SqlitePool;
//! use sqlx::sqlite::SqlitePoolOptions;
//!
//! let pool = SqlitePool::from(SqlitePoolOptions::new().connect("sqlite:shop.db").await?);
//!
//! let mut transaction = pool.begin().await?;
//! sqlx::query("UPDATE stock SET left = left - 1 WHERE item = ?").bind(7).execute(&mut *transaction).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! `query!` and its kind, `query`, `query_as`, `query_scalar`, `raw_sql`, `QueryBuilder`, prepared statements, streams, savepoints
//! and migrations work as they do on sqlx's own pool. What is recorded is told at [`Client`](crate::db::Client), [`Pool`] and
//! [`pool`](crate::db::pool).
//!
//! **A statement's span** begins when it goes to a connection, not when it is built nor while it waits for one. That of a stream ends
//! with the stream: at its last row, at its error, or when it is dropped half-way, which is an event `cancelled`, with the rows until
//! then. `BEGIN`, `COMMIT`, `ROLLBACK` and savepoints have spans as well, `PREPARE SELECT users` and `DESCRIBE SELECT users` where a
//! program asks for them. A [raw](sqlx::raw_sql) text of several statements is a batch, with `db.operation.batch.size` unless it is too
//! long to be read to its end.
//!
//! **Errors.** `db.response.status_code` and `error.type` are the database's own codes: SQLSTATE for PostgreSQL, extended result
//! codes for SQLite, error numbers for MySQL and MariaDB. Otherwise `error.type` is a word as `pool_timeout` or `connection_reset`. That
//! [`fetch_one`](sqlx::query::Query::fetch_one) finds no row is no error of the database's.
//!
//! **Not recorded.** Values that are bound: sqlx has encoded them for the database before anybody can look, and some of those
//! encodings cannot be read back. Where rows are decoded, that comes after the statement's end. How long it took to open a
//! connection (`db.client.connection.create_time`): sqlx tells nobody when it begins to; whoever needs one waits for it meanwhile,
//! so it is part of their wait.
//!
//! **Features.** `sqlx` alone knows no database: `sqlx-postgres`, `sqlx-sqlite`, `sqlx-mysql` and `sqlx-any` add theirs. `sqlx-migrate`
//! adds `Pool::migrate`, which shows each migration; sqlx's own migrator runs on `&pool` without it. sqlx's runtime and its TLS are
//! features of sqlx's, for the application to choose.
//!
//! **Cost.** On the thread that runs the statement, nothing more than an [`Operation`](crate::db::Operation) costs, and an allocation
//! for the box in which sqlx wants its futures and streams.

mod acquire;
mod builder;
mod comment;
mod connection;
mod driver;
mod error;
mod executor;
#[cfg(feature = "sqlx-postgres")]
mod listener;
#[cfg(feature = "sqlx-migrate")]
mod migrate;
mod pool;
mod pool_connection;
mod query;
mod raw_connection;
mod running;
mod shared;
mod target;
mod transaction;
mod yielding;

pub use builder::PoolBuilder;
pub use connection::Connection;
#[cfg(feature = "sqlx-postgres")]
pub use listener::PgListener;
pub use pool::Pool;
pub use pool_connection::PoolConnection;
pub use raw_connection::RawConnection;
pub use transaction::Transaction;

/// A database that sqlx speaks to. Implemented for those whose feature is on: `sqlx-postgres`, `sqlx-sqlite`, `sqlx-mysql` and
/// `sqlx-any`.
pub trait Database: driver::Driver {}

impl<DB: driver::Driver> Database for DB {}

#[allow(unused_macros, reason = "without a database there is nothing to name")]
macro_rules! aliases {
    ($database:ty, $name:literal, $pool:ident, $pool_connection:ident, $connection:ident, $transaction:ident) => {
        #[doc = concat!("A [`Pool`] of connections to ", $name, ".")]
        pub type $pool = Pool<$database>;
        #[doc = concat!("A [`PoolConnection`] to ", $name, ".")]
        pub type $pool_connection = PoolConnection<$database>;
        #[doc = concat!("A [`Connection`] to ", $name, ".")]
        pub type $connection<'c> = Connection<'c, $database>;
        #[doc = concat!("A [`Transaction`] on ", $name, ".")]
        pub type $transaction<'c> = Transaction<'c, $database>;
    };
}

#[cfg(feature = "sqlx-any")]
aliases!(sqlx::Any, "any database", AnyPool, AnyPoolConnection, AnyConnection, AnyTransaction);
#[cfg(feature = "sqlx-mysql")]
aliases!(sqlx::MySql, "MySQL or MariaDB", MySqlPool, MySqlPoolConnection, MySqlConnection, MySqlTransaction);
#[cfg(feature = "sqlx-postgres")]
aliases!(sqlx::Postgres, "PostgreSQL", PgPool, PgPoolConnection, PgConnection, PgTransaction);
#[cfg(feature = "sqlx-sqlite")]
aliases!(sqlx::Sqlite, "SQLite", SqlitePool, SqlitePoolConnection, SqliteConnection, SqliteTransaction);
