//! The tables that are asked, and the statements that ask.

use std::hint::spin_loop;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::{Builder, Runtime};

use super::Database;

/// The variable that names PostgreSQL's address.
pub(super) const URL: &str = "DATABASE_URL";

/// Where a database is: SQLite in this very process.
pub(super) fn url(database: Database) -> Result<String> {
    match database {
        Database::AtOnce => bail!("there is no database to connect to"),
        Database::Sqlite => Ok("sqlite::memory:".to_owned()),
        Database::Postgres => std::env::var(URL).with_context(|| format!("{URL} does not name a PostgreSQL")),
    }
}

/// The rows that there are.
pub(super) const USERS: i64 = 100;

/// Makes the tables where there are none yet.
pub(super) const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS users (id BIGINT PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS orders (user_id BIGINT NOT NULL, item TEXT NOT NULL)",
];

/// Fills the table that is read.
pub(super) const USER: &str = "INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// One row, by its key.
pub(super) const ONE_ROW: &str = "SELECT name FROM users WHERE id = $1";

/// All rows there are.
pub(super) const ALL_ROWS: &str = "SELECT id, name FROM users WHERE id <= $1";

/// A row more, of the table that is not read.
pub(super) const INSERT: &str = "INSERT INTO orders (user_id, item) VALUES ($1, $2)";

/// The runtime of one thread: whoever asks drives it.
pub(super) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("cannot start a runtime")
}

/// What a service does between two queries.
///
/// One that asks again at once meets a database that has not gone to sleep yet, or has, depending on how long its instrumentation took:
/// waking somebody costs more than what is measured here.
pub(super) fn think() {
    let began = Instant::now();
    while began.elapsed() < THOUGHT {
        spin_loop();
    }
}

/// Longer than it takes a thread to go to sleep.
const THOUGHT: Duration = Duration::from_micros(30);
