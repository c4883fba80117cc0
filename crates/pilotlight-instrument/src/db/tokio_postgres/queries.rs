//! What runs statements, as tokio-postgres has it. The documentation of each is at the method of the same name there.

use super::client::{Client, Rows, begun};
use super::results::{CopyOutStream, Results, RowStream, SimpleQueryStream};
use super::{CopyInSink, ToStatement};
use crate::db::Operation;
use bytes::Buf;
use std::borrow::Borrow;
use std::fmt::Debug;
use tokio_postgres::types::{BorrowToSql, FromSqlOwned, ToSql, Type};
use tokio_postgres::{Error, Row, SimpleQueryMessage};

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];
type TypedParams<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// Results of queries. All fail when PostgreSQL does, when there is no connection, and when a parameter does not fit.
impl<C: Borrow<tokio_postgres::Client>> Client<C> {
    /// Runs a statement, and gives its rows: [`tokio_postgres::Client::query`].
    pub async fn query<T>(&self, statement: &T, params: Params<'_>) -> Result<Vec<Row>, Error>
    where
        T: ?Sized + ToStatement,
    {
        Rows(Vec::len).around(self.begin(statement), self.client().query(statement.inner(), params)).await
    }

    /// Runs a statement, and gives its one column: [`tokio_postgres::Client::query_scalar`].
    pub async fn query_scalar<R, T>(&self, statement: &T, params: Params<'_>) -> Result<Vec<R>, Error>
    where
        R: FromSqlOwned,
        T: ?Sized + ToStatement<Inner: Debug>,
    {
        let work = self.client().query_scalar(statement.inner(), params);
        Rows(Vec::len).around(self.begin(statement), work).await
    }

    /// Runs a statement, and gives its one row: [`tokio_postgres::Client::query_one`].
    pub async fn query_one<T>(&self, statement: &T, params: Params<'_>) -> Result<Row, Error>
    where
        T: ?Sized + ToStatement,
    {
        let work = self.client().query_one(statement.inner(), params);
        Rows(|_: &Row| 1).around(self.begin(statement), work).await
    }

    /// Runs a statement, and gives its one value: [`tokio_postgres::Client::query_one_scalar`].
    pub async fn query_one_scalar<R, T>(&self, statement: &T, params: Params<'_>) -> Result<R, Error>
    where
        R: FromSqlOwned,
        T: ?Sized + ToStatement<Inner: Debug>,
    {
        let work = self.client().query_one_scalar(statement.inner(), params);
        Rows(|_: &R| 1).around(self.begin(statement), work).await
    }

    /// Runs a statement, and gives its row, if any: [`tokio_postgres::Client::query_opt`].
    pub async fn query_opt<T>(&self, statement: &T, params: Params<'_>) -> Result<Option<Row>, Error>
    where
        T: ?Sized + ToStatement,
    {
        let work = self.client().query_opt(statement.inner(), params);
        Rows(at_most_one).around(self.begin(statement), work).await
    }

    /// Runs a statement, and gives its value, if any: [`tokio_postgres::Client::query_opt_scalar`].
    pub async fn query_opt_scalar<R, T>(&self, statement: &T, params: Params<'_>) -> Result<Option<R>, Error>
    where
        R: FromSqlOwned,
        T: ?Sized + ToStatement<Inner: Debug>,
    {
        let work = self.client().query_opt_scalar(statement.inner(), params);
        Rows(at_most_one).around(self.begin(statement), work).await
    }

    /// Runs a statement, and streams its rows: [`tokio_postgres::Client::query_raw`].
    pub async fn query_raw<T, P, I>(&self, statement: &T, params: I) -> Result<RowStream, Error>
    where
        T: ?Sized + ToStatement,
        P: BorrowToSql,
        I: IntoIterator<Item = P>,
        I::IntoIter: ExactSizeIterator,
    {
        let work = self.client().query_raw(statement.inner(), params);
        begun(self.begin(statement), work).await.map(Results::rows)
    }

    /// Runs a statement without preparing it, and gives its rows: [`tokio_postgres::Client::query_typed`].
    pub async fn query_typed(&self, query: &str, params: TypedParams<'_>) -> Result<Vec<Row>, Error> {
        Rows(Vec::len).around(self.begin(query), self.client().query_typed(query, params)).await
    }

    /// Runs a statement without preparing it, and gives its one row: [`tokio_postgres::Client::query_typed_one`].
    pub async fn query_typed_one(&self, query: &str, params: TypedParams<'_>) -> Result<Row, Error> {
        Rows(|_: &Row| 1).around(self.begin(query), self.client().query_typed_one(query, params)).await
    }

    /// Runs a statement without preparing it, and gives its row, if any: [`tokio_postgres::Client::query_typed_opt`].
    pub async fn query_typed_opt(&self, query: &str, params: TypedParams<'_>) -> Result<Option<Row>, Error> {
        Rows(at_most_one).around(self.begin(query), self.client().query_typed_opt(query, params)).await
    }

    /// Runs a statement without preparing it, and streams its rows: [`tokio_postgres::Client::query_typed_raw`].
    pub async fn query_typed_raw<P, I>(&self, query: &str, params: I) -> Result<RowStream, Error>
    where
        P: BorrowToSql,
        I: IntoIterator<Item = (P, Type)>,
    {
        begun(self.begin(query), self.client().query_typed_raw(query, params)).await.map(Results::rows)
    }

    /// Runs a statement, and gives the number of rows that it changed: [`tokio_postgres::Client::execute`].
    pub async fn execute<T>(&self, statement: &T, params: Params<'_>) -> Result<u64, Error>
    where
        T: ?Sized + ToStatement,
    {
        self.begin(statement).around(self.client().execute(statement.inner(), params)).await
    }

    /// The same without preparing it: [`tokio_postgres::Client::execute_typed`].
    pub async fn execute_typed(&self, statement: &str, params: TypedParams<'_>) -> Result<u64, Error> {
        self.begin(statement).around(self.client().execute_typed(statement, params)).await
    }

    /// The same with any parameters: [`tokio_postgres::Client::execute_raw`].
    pub async fn execute_raw<T, P, I>(&self, statement: &T, params: I) -> Result<u64, Error>
    where
        T: ?Sized + ToStatement,
        P: BorrowToSql,
        I: IntoIterator<Item = P>,
        I::IntoIter: ExactSizeIterator,
    {
        self.begin(statement).around(self.client().execute_raw(statement.inner(), params)).await
    }

    /// Runs several statements, and gives their rows as text: [`tokio_postgres::Client::simple_query`].
    pub async fn simple_query(&self, query: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        let count =
            |messages: &Vec<SimpleQueryMessage>| messages.iter().filter(|message| is_row(message)).count();
        Rows(count).around(self.begin(query), self.client().simple_query(query)).await
    }

    /// Runs several statements, and streams their rows as text: [`tokio_postgres::Client::simple_query_raw`].
    pub async fn simple_query_raw(&self, query: &str) -> Result<SimpleQueryStream, Error> {
        let begun = begun(self.begin(query), self.client().simple_query_raw(query)).await;
        begun.map(|(stream, operation)| Results::new(stream, operation, Some(is_row)))
    }

    /// Runs several statements, and gives nothing: [`tokio_postgres::Client::batch_execute`].
    pub async fn batch_execute(&self, query: &str) -> Result<(), Error> {
        self.begin(query).around(self.client().batch_execute(query)).await
    }

    /// Runs a `COPY FROM STDIN`, and gives what takes the data: [`tokio_postgres::Client::copy_in`].
    ///
    /// tokio-postgres's writer of binary data takes no sink but its own. Put an operation [around](crate::db::Operation::around) it:
    /// `database.query(text).around(async { … client.inner().copy_in(text) … })`.
    pub async fn copy_in<T, U>(&self, statement: &T) -> Result<CopyInSink<U>, Error>
    where
        T: ?Sized + ToStatement,
        U: Buf + 'static + Send,
    {
        let begun = begun(self.begin(statement), self.client().copy_in(statement.inner())).await;
        begun.map(|(sink, operation)| CopyInSink::new(sink, operation))
    }

    /// Runs a `COPY TO STDOUT`, and streams the data: [`tokio_postgres::Client::copy_out`].
    pub async fn copy_out<T>(&self, statement: &T) -> Result<CopyOutStream, Error>
    where
        T: ?Sized + ToStatement,
    {
        let begun = begun(self.begin(statement), self.client().copy_out(statement.inner())).await;
        begun.map(|(stream, operation)| Results::new(stream, operation, None))
    }

    fn begin<T: ?Sized + ToStatement>(&self, statement: &T) -> Operation {
        self.database.query(statement.text())
    }
}

fn at_most_one<T>(row: &Option<T>) -> usize {
    usize::from(row.is_some())
}

fn is_row(message: &SimpleQueryMessage) -> bool {
    matches!(message, SimpleQueryMessage::Row(_))
}
