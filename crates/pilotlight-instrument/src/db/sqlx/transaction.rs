//! Transactions and savepoints, with a span for each of their ends.
//!
//! ```text
//!  BEGIN ─▶ … ─▶ COMMIT                          SAVEPOINT ─▶ … ─▶ RELEASE SAVEPOINT
//!           ├──▶ ROLLBACK                                     ├──▶ ROLLBACK TO SAVEPOINT
//!           └──▶ (dropped): sqlx notes a rollback down, which goes to the database before whatever is next on the connection
//! ```

use super::Database;
use super::connection::{Connection, Raw};
use super::shared::Shared;
use crate::db::Operation;
use crate::db::pool::Use;
use crate::thread;
use futures_core::future::BoxFuture;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use sqlx::pool::MaybePoolConnection;
use sqlx::{Acquire, Error, SqlStr};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A transaction, or a savepoint within one, whose statements have spans, as its beginning and its end have.
///
/// An [`Executor`](sqlx::Executor) by `&mut transaction` as well as by `&mut *transaction`.
///
/// When it is dropped without an end, sqlx rolls it back before the next use of the connection, at a time that nobody is told of.
/// That it was abandoned shows as an INTERNAL span `ROLLBACK` with an event `rollback_queued`, in the trace that began the
/// transaction; the time that the rollback takes is not measured.
pub struct Transaction<'c, DB: Database> {
    // Dropped first: the rollback is queued, and then it is told.
    connection: Connection<'c, DB>,
    open: Open<DB>,
}

/// How a transaction begins.
pub(super) enum Start {
    Usual,
    With(SqlStr),
}

impl<'c, DB: Database> Transaction<'c, DB> {
    /// Begins one on a connection on which `depth` are open.
    pub(super) async fn begin(
        raw: impl Into<MaybePoolConnection<'c, DB>>,
        shared: Arc<Shared<DB>>,
        depth: usize,
        start: Start,
        in_use: Option<Use>,
    ) -> Result<Self, Error> {
        let context = thread::current();
        let (operation, statement) = match start {
            Start::Usual => (shared.ends("BEGIN", "SAVEPOINT", depth), None),
            Start::With(statement) => (shared.client.query(statement.as_str()), Some(statement)),
        };
        let raw = operation.around(sqlx::Transaction::begin(raw, statement)).await?;
        let open = Open { shared: Arc::clone(&shared), context: Some(context), depth };
        let connection = Connection { raw: Raw::Transaction(raw), shared, depth: depth + 1, in_use };
        Ok(Self { connection, open })
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    /// The database's. The transaction is rolled back then.
    pub async fn commit(self) -> Result<(), Error> {
        let Self { connection, mut open } = self;
        let operation = open.shared.ends("COMMIT", "RELEASE SAVEPOINT", open.depth);
        if let Raw::Transaction(raw) = connection.raw {
            operation.around(raw.commit()).await?;
        }
        open.close();
        Ok(())
    }

    /// Undoes the transaction, or what was done since the savepoint.
    ///
    /// # Errors
    /// The database's.
    pub async fn rollback(self) -> Result<(), Error> {
        let Self { connection, mut open } = self;
        let operation = open.shared.ends("ROLLBACK", "ROLLBACK TO SAVEPOINT", open.depth);
        if let Raw::Transaction(raw) = connection.raw {
            operation.around(raw.rollback()).await?;
        }
        open.close();
        Ok(())
    }
}

impl<DB: Database> Shared<DB> {
    /// A statement that begins or ends a transaction, or a savepoint where `depth` others are open, by the name that sqlx gives it.
    fn ends(&self, transaction: &'static str, savepoint: &'static str, depth: usize) -> Operation {
        match depth {
            0 => self.client.query(transaction),
            depth => self.client.query(&format!("{savepoint} _sqlx_savepoint_{depth}")),
        }
    }
}

/// Dropped, it says that its transaction was not ended.
struct Open<DB: Database> {
    shared: Arc<Shared<DB>>,
    /// Where the transaction was begun: whoever drops it may be a runtime, outside of any trace. `None` when it has ended.
    context: Option<Context>,
    depth: usize,
}

impl<DB: Database> Open<DB> {
    fn close(&mut self) {
        self.context = None;
    }

    fn abandoned(&self, context: &Context) {
        let name = if self.depth == 0 { "ROLLBACK" } else { "ROLLBACK TO SAVEPOINT" };
        let options = self.shared.client.options();
        let span = || {
            let mut attributes = options.common(None);
            attributes.push(KeyValue::new("db.operation.name", name));
            SpanBuilder::from_name(name).with_attributes(attributes)
        };
        let started = options.tracer.start(SpanKind::Internal, span, context);
        if started.recording {
            started.context.span().add_event("rollback_queued", Vec::new());
            started.context.span().end();
        }
    }
}

impl<DB: Database> Drop for Open<DB> {
    fn drop(&mut self) {
        if let Some(context) = self.context.take()
            && !context.is_telemetry_suppressed()
        {
            self.abandoned(&context);
        }
    }
}

impl<'c, DB: Database> Deref for Transaction<'c, DB> {
    type Target = Connection<'c, DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Database> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Database> AsMut<DB::Connection> for Transaction<'_, DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self.inner_mut()
    }
}

/// For code that takes any of sqlx's connections. What it gets is sqlx's own, whose statements have no spans.
impl<'t, DB: Database> Acquire<'t> for &'t mut Transaction<'_, DB> {
    type Database = DB;
    type Connection = &'t mut DB::Connection;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}

impl<DB: Database> fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Transaction").field("client", &self.shared.client).finish_non_exhaustive()
    }
}
