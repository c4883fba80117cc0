//! A driver that has no integration: ten lines around its calls make spans and measurements of them.
//!
//! ```text
//!  open a shop                  the caller's span
//!  ├─ CREATE TABLE users        (CLIENT) one for each statement, named by what it does
//!  ├─ INSERT users
//!  ├─ INSERT users (error)      error.type and status code are SQLite's number for what went wrong
//!  └─ SELECT users              with the number of its rows
//! ```
//!
//! The driver is `rusqlite`, which blocks. Around one that gives futures, `Operation::around_with` does what `run` does here: see
//! `pilotlight_instrument::db`.
//!
//! Run it with `cargo run --example other_driver --features db`.

use opentelemetry::global;
use opentelemetry::trace::Tracer;
use pilotlight_instrument::db::{Client, Failure, Outcome};
use rusqlite::{Connection, Params, Row};

/// A connection whose statements are traced and measured.
pub struct Database {
    connection: Connection,
    client: Client,
}

// The ten lines.
impl Database {
    /// Runs a statement as an operation of the database; `rows` counts what it returned.
    fn run<T>(
        &self,
        sql: &str,
        rows: impl FnOnce(&T) -> Option<u64>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut operation = self.client.query(sql);
        let result = operation.run(|| work(&self.connection));
        operation.ended_as(&match &result {
            Ok(value) => rows(value).map_or_else(Outcome::done, Outcome::rows),
            Err(error) => Outcome::failed(failure(error)),
        });
        result
    }
}

/// SQLite's number of the error, never its message: that may hold values.
fn failure(error: &rusqlite::Error) -> Failure {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => Failure::status_code(error.extended_code.to_string()),
        _ => Failure::error_type("rusqlite"),
    }
}

impl Database {
    /// Opens a database that is in memory, and records with the global providers.
    ///
    /// # Errors
    ///
    /// When there is no memory for it.
    pub fn in_memory() -> rusqlite::Result<Self> {
        let client = Client::builder("sqlite").namespace(":memory:").build();
        Ok(Self { connection: Connection::open_in_memory()?, client })
    }

    /// Runs a statement, and gives the number of rows that it changed.
    ///
    /// # Errors
    ///
    /// When SQLite does not understand it, or a constraint is against it.
    pub fn execute(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.run(sql, |_| None, |connection| connection.execute(sql, params))
    }

    /// Runs a query, and gives what `read` makes of its rows.
    ///
    /// # Errors
    ///
    /// As of [`execute`](Self::execute), and when `read` fails.
    pub fn query<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let rows = |all: &Vec<T>| Some(all.len() as u64);
        self.run(sql, rows, |connection| connection.prepare(sql)?.query_map(params, read)?.collect())
    }
}

/// Adds two users, the second in vain, and gives the names of all there are.
fn open_a_shop(database: &Database) -> rusqlite::Result<Vec<String>> {
    database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)", [])?;
    for name in ["Ada", "Grace"] {
        if let Err(error) = database.execute("INSERT INTO users VALUES (1, ?)", [name]) {
            println!("{name} was not added: {error}");
        }
    }
    database.query("SELECT name FROM users", [], |row| row.get(0))
}

fn main() -> rusqlite::Result<()> {
    // Whichever SDK the program uses is set up here; without one, the statements are run and nothing is recorded.
    let database = Database::in_memory()?;
    let names = global::tracer("shop").in_span("open a shop", |_| open_a_shop(&database))?;
    println!("{}", names.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanKind, Status};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    #[test]
    fn each_statement_is_a_client_span_with_its_outcome() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        global::set_tracer_provider(provider);

        let database = Database::in_memory().unwrap();
        let names = global::tracer("shop").in_span("open a shop", |_| open_a_shop(&database)).unwrap();

        assert_eq!(names, ["Ada"]);
        let spans = exporter.get_finished_spans().unwrap();
        let (shop, statements) = spans.split_last().unwrap();
        let mut drawn = String::new();
        for span in statements {
            assert_eq!(span.span_kind, SpanKind::Client);
            assert_eq!(span.parent_span_id, shop.span_context.span_id());
            let failed = matches!(span.status, Status::Error { .. });
            let of = |key: &str| span.attributes.iter().find(|fact| fact.key.as_str() == key);
            let rows = of("db.response.returned_rows").map_or("-".into(), |rows| rows.value.to_string());
            let code = of("db.response.status_code").map_or("-".into(), |code| code.value.to_string());
            drawn += &format!("{}: failed {failed}, rows {rows}, code {code}\n", span.name);
        }
        assert_eq!(
            drawn,
            "CREATE TABLE users: failed false, rows -, code -\n\
             INSERT users: failed false, rows -, code -\n\
             INSERT users: failed true, rows -, code 1555\n\
             SELECT users: failed false, rows 1, code -\n"
        );
        // Values are not recorded, neither as parameters nor in what SQLite says.
        assert!(!format!("{spans:?}").contains("Grace"));
    }
}
