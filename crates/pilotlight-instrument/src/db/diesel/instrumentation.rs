//! The hook: what diesel tells of a connection, as operations.

use super::text::sql;
use crate::db::{Client, Command, DbError, Operation};
use diesel::connection::{Instrumentation as Hook, InstrumentationEvent as Event};
use opentelemetry::KeyValue;
use std::num::NonZeroU32;

/// Records what one connection of diesel does: for `Connection::set_instrumentation`, or for all new connections
/// `set_default_instrumentation`.
///
/// | what happens | what is recorded |
/// |---|---|
/// | a query | a span as of any [`Client`], from before it is prepared until its rows have been read or dropped |
/// | `BEGIN`, `COMMIT`, `ROLLBACK`, savepoints | the same, for they are queries, with `diesel.transaction.depth`: 1, and more for savepoints |
/// | a statement enters the connection's cache | an event `statement_cached` on the query's span: it was prepared |
/// | a connection is established | a span `CONNECT`, only from the default instrumentation; what the URL says is not recorded |
///
/// Failures have an `error.type`, a word for diesel's [kind of error](diesel::result::Error), but no status code and no rows, which
/// diesel does not tell.
///
/// **Values** that are bound to a query are never looked at: diesel displays them behind the query, and is stopped there.
///
/// **What is weaker than around a call.** The hook cannot make the span the current one meanwhile; nothing of diesel would use it.
/// A query that diesel gives up before it reaches the database, because a value cannot be serialised, is not reported to its end:
/// it ends as `cancelled` when the connection does something else, or is dropped. So do queries that overlap on one connection, as
/// `diesel-async` has them when it pipelines.
///
/// **Cost.** Diesel has to write the query once more for each span, as long as anybody listens.
///
/// ```
/// use pilotlight_instrument::db::diesel::{Instrumentation, database};
/// use pilotlight_instrument::db::Client;
/// use std::sync::LazyLock;
///
/// static SHOP: LazyLock<Client> = LazyLock::new(|| database("sqlite", "shop.db").build());
///
/// diesel::connection::set_default_instrumentation(|| Some(Box::new(Instrumentation::new(&SHOP))))?;
/// // let connection = SqliteConnection::establish("shop.db")?; …
/// # Ok::<_, diesel::result::Error>(())
/// ```
#[derive(Debug)]
pub struct Instrumentation {
    database: Client,
    connecting: Option<Operation>,
    running: Option<Operation>,
    /// How deep the transaction is that the next query begins or ends.
    depth: Option<NonZeroU32>,
}

impl Instrumentation {
    /// Records the queries of one connection as operations of this database.
    pub fn new(database: &Client) -> Self {
        Self { database: database.clone(), connecting: None, running: None, depth: None }
    }

    fn connect(&mut self) {
        self.connecting = None;
        self.connecting = Some(self.database.command(Command::new("CONNECT")));
    }

    fn start(&mut self, text: impl FnOnce() -> String) {
        // One that diesel said nothing more of is over, before the next begins.
        self.running = None;
        let operation = self.database.query_with(text);
        if let (Some(depth), Some(span)) = (self.depth.take(), operation.span()) {
            span.set_attribute(KeyValue::new("diesel.transaction.depth", i64::from(depth.get())));
        }
        self.running = Some(operation);
    }

    fn cached(&self) {
        if let Some(span) = self.running.as_ref().and_then(Operation::span) {
            span.add_event("statement_cached", Vec::new());
        }
    }
}

impl Hook for Instrumentation {
    fn on_connection_event(&mut self, event: Event<'_>) {
        match event {
            // The URL has the password in it.
            Event::StartEstablishConnection { .. } => self.connect(),
            Event::FinishEstablishConnection { error, .. } => end(self.connecting.take(), error),
            Event::StartQuery { query, .. } => self.start(|| sql(query).unwrap_or_default()),
            Event::CacheQuery { .. } => self.cached(),
            Event::FinishQuery { error, .. } => end(self.running.take(), error),
            Event::BeginTransaction { depth, .. }
            | Event::CommitTransaction { depth, .. }
            | Event::RollbackTransaction { depth, .. } => self.depth = Some(depth),
            _ => {}
        }
    }
}

fn end<E: DbError>(operation: Option<Operation>, error: Option<&E>) {
    let Some(mut operation) = operation else { return };
    if let Some(error) = error {
        operation.failed(error);
    }
    operation.end();
}
