//! Transactions and savepoints.

use super::ToStatement;
use super::client::{Client, Rows, begun};
use super::results::{Results, RowStream};
use crate::db;
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use tokio_postgres::types::{BorrowToSql, ToSql};
use tokio_postgres::{Error, Row};

/// A [`Client`] inside a transaction: what it runs is part of it.
///
/// Dropped without a commit, it is rolled back: the `ROLLBACK` that is then sent has a span of no length, since nobody waits for its
/// answer.
pub type Transaction<'a> = Client<InTransaction<'a>>;

/// What a [`Transaction`] has the client from.
pub struct InTransaction<'a> {
    // Dropped first: its span comes when the one inside sends what it tells of.
    unfinished: Unfinished,
    inner: tokio_postgres::Transaction<'a>,
    savepoint: Option<Savepoint>,
}

struct Savepoint {
    name: String,
    depth: u32,
}

/// Records the end of a transaction that was left.
struct Unfinished(Option<db::Client>, String);

/// A statement with its parameters, some of whose rows can be asked for at a time. Otherwise [as it is](tokio_postgres::Portal).
#[derive(Clone)]
pub struct Portal {
    inner: tokio_postgres::Portal,
    text: Arc<str>,
}

impl<'a> InTransaction<'a> {
    pub(super) fn outermost(inner: tokio_postgres::Transaction<'a>, database: db::Client) -> Transaction<'a> {
        Self::new(inner, None, database)
    }

    fn new(
        inner: tokio_postgres::Transaction<'a>,
        savepoint: Option<Savepoint>,
        database: db::Client,
    ) -> Transaction<'a> {
        let rollback = rollback(savepoint.as_ref());
        let unfinished = Unfinished(Some(database.clone()), rollback);
        Client { inner: Self { unfinished, inner, savepoint }, database }
    }
}

impl Client<InTransaction<'_>> {
    /// Ends the transaction, and keeps what it has changed.
    ///
    /// # Errors
    /// When PostgreSQL cannot keep it, or the connection is lost, which may be before or after that.
    pub async fn commit(self) -> Result<(), Error> {
        let InTransaction { mut unfinished, inner, savepoint } = self.inner;
        unfinished.0 = None;
        let text = match &savepoint {
            Some(savepoint) => format!("RELEASE {}", savepoint.name),
            None => "COMMIT".to_owned(),
        };
        self.database.query(&text).around(inner.commit()).await
    }

    /// Ends the transaction, and undoes what it has changed.
    ///
    /// # Errors
    /// When the connection is lost; PostgreSQL undoes it all the same.
    pub async fn rollback(self) -> Result<(), Error> {
        let InTransaction { mut unfinished, inner, savepoint } = self.inner;
        unfinished.0 = None;
        self.database.query(&rollback(savepoint.as_ref())).around(inner.rollback()).await
    }

    /// Begins a transaction inside this one, at a savepoint.
    ///
    /// # Errors
    /// When PostgreSQL refuses it, or the connection is lost.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        let depth = self.depth() + 1;
        // The name that tokio-postgres gives it.
        let savepoint = Savepoint { name: format!("sp_{depth}"), depth };
        let operation = self.database.query(&format!("SAVEPOINT {}", savepoint.name));
        let inner = operation.around(self.inner.inner.transaction()).await?;
        Ok(InTransaction::new(inner, Some(savepoint), self.database.clone()))
    }

    /// The same with a name.
    ///
    /// # Errors
    /// As of [`transaction`](Self::transaction).
    pub async fn savepoint(&mut self, name: impl Into<String>) -> Result<Transaction<'_>, Error> {
        let savepoint = Savepoint { name: name.into(), depth: self.depth() + 1 };
        let operation = self.database.query(&format!("SAVEPOINT {}", savepoint.name));
        let inner = operation.around(self.inner.inner.savepoint(savepoint.name.clone())).await?;
        Ok(InTransaction::new(inner, Some(savepoint), self.database.clone()))
    }

    /// Binds parameters to a statement: [`tokio_postgres::Transaction::bind`].
    ///
    /// # Errors
    /// When PostgreSQL does not understand it, or the connection is lost.
    ///
    /// # Panics
    /// When there are more or fewer parameters than it has.
    pub async fn bind<T>(&self, statement: &T, params: &[&(dyn ToSql + Sync)]) -> Result<Portal, Error>
    where
        T: ?Sized + ToStatement,
    {
        let operation = self.database.query_prefixed("BIND", statement.text());
        let inner = operation.around(self.inner.inner.bind(statement.inner(), params)).await?;
        Ok(Portal { inner, text: statement.text().into() })
    }

    /// The same with any parameters: [`tokio_postgres::Transaction::bind_raw`].
    ///
    /// # Errors
    /// As of [`bind`](Self::bind).
    ///
    /// # Panics
    /// As [`bind`](Self::bind).
    pub async fn bind_raw<P, T, I>(&self, statement: &T, params: I) -> Result<Portal, Error>
    where
        T: ?Sized + ToStatement,
        P: BorrowToSql,
        I: IntoIterator<Item = P>,
        I::IntoIter: ExactSizeIterator,
    {
        let operation = self.database.query_prefixed("BIND", statement.text());
        let inner = operation.around(self.inner.inner.bind_raw(statement.inner(), params)).await?;
        Ok(Portal { inner, text: statement.text().into() })
    }

    /// Gives the next rows of a portal: [`tokio_postgres::Transaction::query_portal`].
    ///
    /// # Errors
    /// When PostgreSQL fails, or the connection is lost.
    pub async fn query_portal(&self, portal: &Portal, max_rows: i32) -> Result<Vec<Row>, Error> {
        let work = self.inner.inner.query_portal(&portal.inner, max_rows);
        Rows(Vec::len).around(self.database.query(&portal.text), work).await
    }

    /// Streams the next rows of a portal: [`tokio_postgres::Transaction::query_portal_raw`].
    ///
    /// # Errors
    /// As of [`query_portal`](Self::query_portal), also inside the stream.
    pub async fn query_portal_raw(&self, portal: &Portal, max_rows: i32) -> Result<RowStream, Error> {
        let work = self.inner.inner.query_portal_raw(&portal.inner, max_rows);
        begun(self.database.query(&portal.text), work).await.map(Results::rows)
    }

    fn depth(&self) -> u32 {
        self.inner.savepoint.as_ref().map_or(0, |savepoint| savepoint.depth)
    }
}

fn rollback(savepoint: Option<&Savepoint>) -> String {
    match savepoint {
        Some(savepoint) => format!("ROLLBACK TO {}", savepoint.name),
        None => "ROLLBACK".to_owned(),
    }
}

impl Borrow<tokio_postgres::Client> for InTransaction<'_> {
    fn borrow(&self) -> &tokio_postgres::Client {
        self.inner.client()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(database) = &self.0 {
            database.query(&self.1).end();
        }
    }
}

impl fmt::Debug for InTransaction<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("InTransaction").finish_non_exhaustive()
    }
}

impl fmt::Debug for Portal {
    /// Without its text, which may have values in it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Portal").finish_non_exhaustive()
    }
}
