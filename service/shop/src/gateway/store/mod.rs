//! Users and orders in SQLite, with a client span around each statement.

mod orders;
mod users;

use std::str::FromStr;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Sqlite, SqlitePool};
use tracing::error;

use crate::gateway::error::Error;
use crate::gateway::metrics::Metrics;
use crate::gateway::spans::{Spans, annotate};

pub(crate) use users::User;

/// Connections to a database file: a few readers beside SQLite's one writer.
const FILE_CONNECTIONS: u32 = 4;

/// How long a statement waits for a connection. Well below the server's timeouts, so that the client is told.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// The shop's database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: SqlitePool,
    spans: Spans,
    metrics: Metrics,
}

/// One of the shop's statements, and what a span says about it. Its values are always bound, never part of the
/// text, so the text may be shown.
struct Statement {
    operation: &'static str,
    table: &'static str,
    /// Operation and table: the span's name.
    summary: &'static str,
    text: &'static str,
}

impl Store {
    /// Connects, and creates and seeds what is missing.
    pub(crate) async fn open(url: &str, spans: Spans, metrics: Metrics) -> Result<Self, Error> {
        let failed = |cause| {
            Error::database(format!("the database {url:?} cannot be opened; check DATABASE_URL"), cause)
        };
        let pool = connect(url).await.map_err(failed)?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await.map_err(failed)?;
        Ok(Self { pool, spans, metrics })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Runs a statement in its span, once there is a connection for it.
    async fn run<T, Q>(
        &self,
        statement: &Statement,
        query: impl FnOnce(PoolConnection<Sqlite>) -> Q,
    ) -> Result<T, Error>
    where
        Q: Future<Output = Result<T, sqlx::Error>>,
    {
        let work = async {
            let outcome = async {
                let connection = self.metrics.around_wait(self.pool.acquire()).await?;
                query(connection).await
            };
            outcome.await.map_err(|cause| failure(statement, cause))
        };
        self.spans.in_span(statement.span(), work).await
    }
}

impl Statement {
    /// All of it given at the start, where samplers can see it.
    fn span(&self) -> SpanBuilder {
        SpanBuilder::from_name(self.summary).with_kind(SpanKind::Client).with_attributes([
            KeyValue::new("db.system.name", "sqlite"),
            KeyValue::new("db.operation.name", self.operation),
            KeyValue::new("db.collection.name", self.table),
            KeyValue::new("db.query.summary", self.summary),
            KeyValue::new("db.query.text", self.text),
        ])
    }
}

async fn connect(url: &str) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::from_str(url)?.create_if_missing(true);
    let pool = SqlitePoolOptions::new().acquire_timeout(CONNECTION_WAIT);
    if url.contains(":memory:") {
        // A database in memory lives as long as its connection: exactly one, never retired.
        let pool = pool.min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None);
        return pool.connect_with(options).await;
    }
    // Readers need not wait for the writer.
    let options = options.journal_mode(SqliteJournalMode::Wal);
    pool.max_connections(FILE_CONNECTIONS).connect_with(options).await
}

/// Describes a failed statement; its span is still the current one, and takes the database's code.
fn failure(statement: &Statement, cause: sqlx::Error) -> Error {
    let error = Error::database(format!("{} failed", statement.summary), cause);
    if let Some(code) = error.database_code() {
        annotate([KeyValue::new("db.response.status_code", code)]);
    }
    error!(error = error.as_dyn(), db.query.summary = statement.summary, "Failed to run a statement");
    error
}
