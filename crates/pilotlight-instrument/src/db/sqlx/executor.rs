//! sqlx's door for statements, on everything here that it runs them on.

use super::Database;
use super::connection::Connection;
use super::driver::Step;
use super::pool::Pool;
use super::pool_connection::PoolConnection;
use super::query::Query;
use super::running;
use super::transaction::Transaction;
use super::yielding::Yielding;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx::{Describe, Error, Execute, Executor, SqlStr};
use std::sync::Arc;

impl<'t, DB: Database> Executor<'t> for &'t mut Connection<'_, DB> {
    type Database = DB;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
    where
        't: 'e,
        E: 'q + Execute<'q, DB>,
    {
        Box::pin(self.rows(Query::new(query)).execute())
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        't: 'e,
        E: 'q + Execute<'q, DB>,
    {
        Box::pin(self.rows(Query::new(query)))
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
    where
        't: 'e,
        E: 'q + Execute<'q, DB>,
    {
        Box::pin(self.rows(Query::new(query)).fetch_all())
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        't: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let query = Query::new(query);
        let (raw, shared) = self.parts();
        Box::pin(running::fetch_optional(raw, query, shared))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        't: 'e,
    {
        let (raw, shared) = self.parts();
        Box::pin(async move {
            let operation = shared.client.query_prefixed("PREPARE", sql.as_str());
            operation.around(DB::prepare_with(raw, sql, parameters)).await
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        't: 'e,
    {
        let (raw, shared) = self.parts();
        Box::pin(async move {
            let operation = shared.client.query_prefixed("DESCRIBE", sql.as_str());
            operation.around(DB::describe(raw, sql)).await
        })
    }
}

/// Each statement runs on whatever connection the pool has to give, which it has waited for before the statement's span begins.
///
/// The wait is made where it is awaited: a future that comes from outside takes its place twice, and this one takes kilobytes.
impl<'p, DB: Database> Executor<'p> for &Pool<DB> {
    type Database = DB;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let (shared, query) = (Arc::clone(&self.shared), Query::new(query));
        Box::pin(async move { shared.acquire().await?.rows(query).execute().await })
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let (shared, query) = (Arc::clone(&self.shared), Query::new(query));
        Box::pin(Yielding::new(|mut giver| async move {
            let mut connection = shared.acquire().await?;
            let mut rows = connection.rows(query);
            while let Some(step) = rows.next().await {
                giver.give(step?).await;
            }
            Ok(())
        }))
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let (shared, query) = (Arc::clone(&self.shared), Query::new(query));
        Box::pin(async move { shared.acquire().await?.rows(query).fetch_all().await })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let (shared, query) = (Arc::clone(&self.shared), Query::new(query));
        Box::pin(async move {
            let mut connection = shared.acquire().await?;
            let (raw, shared) = connection.parts();
            running::fetch_optional(raw, query, shared).await
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'p: 'e,
    {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { (&mut *shared.acquire().await?).prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'p: 'e,
    {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { (&mut *shared.acquire().await?).describe(sql).await })
    }
}

/// What dereferences to a connection runs statements on it.
macro_rules! executor {
    ($connection:ty) => {
        impl<'t, DB: Database> Executor<'t> for &'t mut $connection {
            type Database = DB;

            fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
            where
                't: 'e,
                E: 'q + Execute<'q, DB>,
            {
                (&mut **self).execute(query)
            }

            fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
            where
                't: 'e,
                E: 'q + Execute<'q, DB>,
            {
                (&mut **self).fetch_many(query)
            }

            fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
            where
                't: 'e,
                E: 'q + Execute<'q, DB>,
            {
                (&mut **self).fetch_all(query)
            }

            fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
            where
                't: 'e,
                E: 'q + Execute<'q, DB>,
            {
                (&mut **self).fetch_optional(query)
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [DB::TypeInfo],
            ) -> BoxFuture<'e, Result<DB::Statement, Error>>
            where
                't: 'e,
            {
                (&mut **self).prepare_with(sql, parameters)
            }

            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
            where
                't: 'e,
            {
                (&mut **self).describe(sql)
            }
        }
    };
}

executor!(PoolConnection<DB>);
executor!(Transaction<'_, DB>);
