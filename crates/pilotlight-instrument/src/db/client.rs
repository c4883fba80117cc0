//! A database as the service sees it.

use super::builder::ClientBuilder;
use super::command::Command;
use super::operation::Operation;
use super::options::Options;
use super::statement::Statement;
use super::statements::Statements;
use opentelemetry::StringValue;
use std::fmt;
use std::sync::Arc;

/// Gives the operations of a database client spans, and measures them.
///
/// One for each database that a service talks to, made once; clones share everything. It follows the conventions for database
/// client [spans](https://opentelemetry.io/docs/specs/semconv/db/database-spans/) and
/// [metrics](https://opentelemetry.io/docs/specs/semconv/db/database-metrics/), schema [`SCHEMA_URL`](super::SCHEMA_URL).
///
/// **Spans** are of kind CLIENT, children of the current one, and named by what the statement does: `SELECT users`.
///
/// | attribute | what it says |
/// |---|---|
/// | `db.system.name` | as given: `postgresql`, `sqlite`, … |
/// | `db.namespace` | the database, when given |
/// | `db.query.summary` | operations and tables of the statement, in their order, at most 255 characters; the span's name |
/// | `db.operation.name` | when there is but one operation |
/// | `db.collection.name` | when it is about one table |
/// | `db.stored_procedure.name` | when it calls one |
/// | `db.query.text` | the statement [without literals and comments](super::sql), unless [left out](ClientBuilder::query_text) |
/// | `db.operation.batch.size` | of batches, which one execution is not |
/// | `server.address`, `server.port` | when given; the port where it is not the system's usual one |
/// | `db.response.returned_rows` | when whoever calls counts them |
/// | `db.response.status_code` | of failures: what the database answered |
/// | `error.type` | of failures: the status code, else a word for what happened |
///
/// All but the last three are given when the span starts, where samplers see them. An error's message is never recorded: databases
/// put values into it.
///
/// **Metrics**, of every operation, sampled or not:
///
/// | metric | instrument, unit | what it says |
/// |---|---|---|
/// | `db.client.operation.duration` | `f64` histogram, `s` | from start to end of the span; buckets 0.001 to 10 |
/// | `db.client.response.returned_rows` | `u64` histogram, `{row}` | only [when asked for](ClientBuilder::returned_rows) |
///
/// Their attributes are those of the span but for text, batch size and rows. Recorded when the span ends, with it as the current
/// one, exactly once. Each statement is some series: a program that writes table names into its statements should measure
/// [nothing](ClientBuilder::without_metrics).
///
/// **When the caller leaves**, dropping an operation that runs, the span ends with an event `cancelled`, which is no error unless
/// [said otherwise](ClientBuilder::cancellation_is_error). A panic ends it as `panic` and goes on; its message is not recorded, for
/// an error that was unwrapped is in it.
///
/// **Cost.** A statement is read once, then found by its text: [`ClientBuilder::statements_max`] are remembered. Where the current
/// context says that telemetry is suppressed, nothing is recorded.
///
/// ```
/// use pilotlight_instrument::db::Client;
///
/// let client = Client::builder("postgresql").namespace("shop").server("db.example", Some(5432)).build();
/// let mut operation = client.query("SELECT name FROM users WHERE id = $1");
/// let rows = operation.run(|| vec!["Ada"]);
/// operation.returned_rows(rows.len() as u64);
/// operation.end();
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) options: Options,
    statements: Statements,
}

impl Client {
    /// Options, with their defaults, for a database system: a [well-known
    /// value](https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/#db-system-name) of `db.system.name`, or another
    /// name in lower case.
    pub fn builder(system: impl Into<StringValue>) -> ClientBuilder {
        ClientBuilder::of(system.into())
    }

    pub(super) fn new(options: Options) -> Self {
        let statements = Statements::new(options.statements_max);
        Self { shared: Arc::new(Shared { options, statements }) }
    }

    /// Starts the operation that a statement in SQL is.
    pub fn query(&self, text: &str) -> Operation {
        if !self.shared.options.accepts(text) {
            return Operation::unrecorded(self);
        }
        Operation::begin(self, || self.shared.read(text))
    }

    /// The same, for who has a text only if somebody wants to know.
    #[cfg(feature = "diesel")]
    pub(super) fn query_with(&self, text: impl FnOnce() -> String) -> Operation {
        if !self.shared.options.filters.is_empty() {
            return self.query(&text());
        }
        Operation::begin(self, || self.shared.read(&text()))
    }

    /// Starts what is done with a statement apart from running it, as preparing it: the span's name and the operation's begin with
    /// `word`.
    #[cfg(any(feature = "sqlx", feature = "tokio-postgres"))]
    pub(super) fn query_prefixed(&self, word: &str, text: &str) -> Operation {
        self.read_as(word, text, |options| Statement::of_sql(options, text).prefixed(word))
    }

    /// Starts what a text is that may be several statements, which are a batch.
    #[cfg(feature = "sqlx")]
    pub(super) fn script(&self, text: &str) -> Operation {
        self.read_as("SCRIPT", text, |options| Statement::of_script(options, text))
    }

    /// Starts the operation of a text that is read in another way than a query is, and remembered by that way's name.
    #[cfg(any(feature = "sqlx", feature = "tokio-postgres"))]
    fn read_as(&self, way: &str, text: &str, read: impl FnOnce(&Options) -> Statement) -> Operation {
        let options = &self.shared.options;
        if !options.accepts(text) {
            return Operation::unrecorded(self);
        }
        // No statement has a NUL in it: none is taken for this.
        Operation::begin(self, || self.shared.statements.find(&format!("{way}\0{text}"), || read(options)))
    }

    /// Starts the operation that `size` executions of one statement are. One is no batch; none is an empty one.
    pub fn batch(&self, text: &str, size: u64) -> Operation {
        if size == 1 {
            return self.query(text);
        }
        if !self.shared.options.accepts(text) {
            return Operation::unrecorded(self);
        }
        Operation::begin(self, || Arc::new(self.shared.read(text).batch(size)))
    }

    /// Starts the operation that was described. The filters are asked about its name.
    pub fn command(&self, command: Command) -> Operation {
        if !self.shared.options.accepts(&command.operation) {
            return Operation::unrecorded(self);
        }
        Operation::begin(self, || self.shared.describe(command))
    }

    /// The same, for who describes a command only if somebody wants to know.
    #[cfg(feature = "redis")]
    pub(super) fn command_with(&self, describe: impl FnOnce() -> Command) -> Operation {
        if !self.shared.options.filters.is_empty() {
            return self.command(describe());
        }
        Operation::begin(self, || self.shared.describe(describe()))
    }

    pub(super) fn options(&self) -> &Options {
        &self.shared.options
    }
}

impl Shared {
    fn read(&self, text: &str) -> Arc<Statement> {
        self.statements.find(text, || Statement::of_sql(&self.options, text))
    }

    fn describe(&self, command: Command) -> Arc<Statement> {
        match &command.text {
            Some(text) if command.remembered => {
                let text = text.clone();
                self.statements.find(text.as_str(), || Statement::of_command(&self.options, command))
            }
            _ => Arc::new(Statement::of_command(&self.options, command)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.options();
        out.debug_struct("Client")
            .field("system", &options.system)
            .field("namespace", &options.namespace)
            .field("server", &options.server_address)
            .finish_non_exhaustive()
    }
}
