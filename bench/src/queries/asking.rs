//! The same code for every pool: those of both databases, of both versions of sqlx, and of whoever wraps them. They share no types and no
//! traits, only their methods' names.

use std::hint::spin_loop;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

use super::Database;

/// Opens a pool of `$sqlx`, wraps it, and asks through it. A transaction's statements run on what it calls its executor.
macro_rules! asking {
    ($query:expr, $sqlx:ident, |$pool:ident| $wrapped:expr, |$transaction:ident| $executor:expr) => {{
        use crate::queries::{Database, Query, asking, tables};
        let Query::Sqlx(ask, database) = $query else {
            anyhow::bail!("{} is not through sqlx", $query);
        };
        let (runtime, url) = (asking::runtime()?, asking::url(database)?);
        match database {
            Database::Sqlite => {
                let options = $sqlx::sqlite::SqlitePoolOptions::new();
                let $pool = runtime.block_on(opened!($sqlx, options, &url))?;
                asked!(runtime, ask, $sqlx, $wrapped, |$transaction| $executor)
            }
            Database::Postgres => {
                let options = $sqlx::postgres::PgPoolOptions::new();
                let $pool = runtime.block_on(opened!($sqlx, options, &url))?;
                asked!(runtime, ask, $sqlx, $wrapped, |$transaction| $executor)
            }
        }
    }};
}

/// A pool of one connection, which stays, to tables with rows in them. Nothing else is sent: no test of the connection before it is
/// given out.
macro_rules! opened {
    ($sqlx:ident, $options:expr, $url:expr) => {{
        let options = $options.max_connections(1).idle_timeout(None).max_lifetime(None);
        let connecting = options.test_before_acquire(false).connect($url);
        async {
            let pool = connecting.await?;
            for table in tables::TABLES {
                $sqlx::query(table).execute(&pool).await?;
            }
            for id in 1..=tables::USERS {
                $sqlx::query(tables::USER).bind(id).bind("Ada Lovelace").execute(&pool).await?;
            }
            Ok::<_, $sqlx::Error>(pool)
        }
    }};
}

/// Asks so often, each time waiting for the answer and looking at it. Each is timed alone, without what is between them.
macro_rules! asked {
    ($runtime:ident, $ask:ident, $sqlx:ident, $wrapped:expr, |$transaction:ident| $executor:expr) => {{
        use crate::queries::Ask;
        use crate::watching::Timed;
        use crate::watching::laps::Laps;
        use std::hint::black_box;
        use $sqlx::Row as _;
        let inside = $runtime.enter();
        let pool = $wrapped;
        drop(inside);
        let once = async move |ask: Ask| {
            match ask {
                Ask::OneRow => {
                    let row = $sqlx::query(tables::ONE_ROW).bind(42_i64).fetch_one(&pool).await?;
                    black_box(row.try_get::<&str, _>(0)?);
                }
                Ask::HundredRows => {
                    let rows = $sqlx::query(tables::ALL_ROWS).bind(tables::USERS).fetch_all(&pool).await?;
                    for row in &rows {
                        black_box((row.try_get::<i64, _>(0)?, row.try_get::<&str, _>(1)?));
                    }
                }
                Ask::Insert => {
                    let mut $transaction = pool.begin().await?;
                    let insert = $sqlx::query(tables::INSERT).bind(42_i64).bind("lighthouse lamp");
                    insert.execute($executor).await?;
                    $transaction.commit().await?;
                }
            }
            Ok::<_, $sqlx::Error>(())
        };
        let timed: Timed = Box::new(move |times, laps| {
            $runtime.block_on(async {
                for _ in 0..times {
                    asking::think();
                    let began = Laps::begin()?;
                    once($ask).await?;
                    laps.end(began, 1)?;
                }
                Ok(())
            })
        });
        timed
    }};
}

/// The variable that names PostgreSQL's address.
pub(super) const URL: &str = "DATABASE_URL";

/// Where a database is: SQLite in this very process.
pub(super) fn url(database: Database) -> Result<String> {
    match database {
        Database::Sqlite => Ok("sqlite::memory:".to_owned()),
        Database::Postgres => std::env::var(URL).with_context(|| format!("{URL} does not name a PostgreSQL")),
    }
}

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
