//! What differs between the databases: who they are, and how a statement is handed to their connections.

use super::query::Query;
use super::target::Target;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx::{Connection, Describe, Either, Error, SqlStr};

/// The options that a database's connections are opened with.
pub(super) type ConnectOptions<DB> = <<DB as sqlx::Database>::Connection as Connection>::Options;

/// What a statement gives: the end of a result, or a row.
pub(super) type Step<DB> = Either<<DB as sqlx::Database>::QueryResult, <DB as sqlx::Database>::Row>;

/// sqlx's traits bind statements to `&mut` of each connection type, which cannot be said for all databases at once without the
/// compiler going round in circles. So each says for itself.
pub trait Driver: sqlx::Database {
    fn target(options: &ConnectOptions<Self>) -> Target;

    fn fetch_many(
        connection: &mut Self::Connection,
        query: Query<Self>,
    ) -> BoxStream<'_, Result<Step<Self>, Error>>;

    fn fetch_optional(
        connection: &mut Self::Connection,
        query: Query<Self>,
    ) -> BoxFuture<'_, Result<Option<Self::Row>, Error>>;

    fn prepare_with<'e>(
        connection: &'e mut Self::Connection,
        sql: SqlStr,
        parameters: &'e [Self::TypeInfo],
    ) -> BoxFuture<'e, Result<Self::Statement, Error>>;

    fn describe(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> BoxFuture<'_, Result<Describe<Self>, Error>>;
}

#[allow(unused_macros, reason = "without a database there is no driver")]
macro_rules! driver {
    ($database:ty, $target:path) => {
        impl Driver for $database {
            fn target(options: &ConnectOptions<Self>) -> Target {
                $target(options)
            }

            fn fetch_many(
                connection: &mut Self::Connection,
                query: Query<Self>,
            ) -> BoxStream<'_, Result<Step<Self>, Error>> {
                sqlx::Executor::fetch_many(connection, query)
            }

            fn fetch_optional(
                connection: &mut Self::Connection,
                query: Query<Self>,
            ) -> BoxFuture<'_, Result<Option<Self::Row>, Error>> {
                sqlx::Executor::fetch_optional(connection, query)
            }

            fn prepare_with<'e>(
                connection: &'e mut Self::Connection,
                sql: SqlStr,
                parameters: &'e [Self::TypeInfo],
            ) -> BoxFuture<'e, Result<Self::Statement, Error>> {
                sqlx::Executor::prepare_with(connection, sql, parameters)
            }

            fn describe(
                connection: &mut Self::Connection,
                sql: SqlStr,
            ) -> BoxFuture<'_, Result<Describe<Self>, Error>> {
                sqlx::Executor::describe(connection, sql)
            }
        }
    };
}

#[cfg(feature = "sqlx-any")]
driver!(sqlx::Any, super::target::any);
#[cfg(feature = "sqlx-mysql")]
driver!(sqlx::MySql, super::target::mysql);
#[cfg(feature = "sqlx-postgres")]
driver!(sqlx::Postgres, super::target::postgres);
#[cfg(feature = "sqlx-sqlite")]
driver!(sqlx::Sqlite, super::target::sqlite);
