//! From a URL to a database that can be used, however long that takes to start.

use std::time::Duration;

use pilotlight_instrument::db::sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, Connection};
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use super::url::Target;
use super::{Address, Database, DatabaseError, Migrations, PROBE, Settings};
use crate::backoff::Backoff;
use crate::failure::Failure;

/// Connections to a file: a few readers beside SQLite's one writer.
const FILE_CONNECTIONS: u32 = 4;

/// Connections to a server, which has a hundred for all its clients if nobody says otherwise.
const SERVER_CONNECTIONS: u32 = 10;

/// How long a statement waits for a connection. Well below the server's timeouts, so that the client is told.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// What lies between two attempts at a database that does not answer.
const PAUSES: Backoff = Backoff::between(Duration::from_millis(100), Duration::from_secs(2));

/// Tries until it succeeds, fails for good, or the time is over.
pub(super) async fn open(settings: &Settings, migrations: &[Migrations]) -> Result<Database, Failure> {
    let address = &settings.database_url;
    let target = address.target()?;
    sqlx::any::install_default_drivers();
    let began = Instant::now();
    let mut pauses = PAUSES;
    loop {
        let error = match attempt(&target, migrations).await {
            Ok(pool) => return Ok(Database { pool }),
            Err(error) => error,
        };
        let pause = pauses.pause();
        if !error.passes() || began.elapsed() + pause > settings.database_start_timeout {
            return Err(failure(address, settings, error));
        }
        let database = address.to_string();
        warn!(
            error = &error as &dyn std::error::Error,
            database, "The database cannot be used yet; trying again"
        );
        sleep(pause).await;
    }
}

fn failure(address: &Address, settings: &Settings, error: DatabaseError) -> Failure {
    let message = match error.passes() {
        true => format!(
            "the database {address:?} did not answer within {:?}; start it, or check DATABASE_URL",
            settings.database_start_timeout
        ),
        false => format!("the database {address:?} cannot be opened; check DATABASE_URL"),
    };
    Failure::because(message, error)
}

/// The tables are made over a connection of its own, which fails at once where a pool would try again by itself, and say nothing.
async fn attempt(target: &Target, migrations: &[Migrations]) -> Result<AnyPool, DatabaseError> {
    match target {
        Target::Memory => in_memory(target, migrations).await,
        Target::File(_) | Target::Server(_) => {
            let connected = timeout(CONNECTION_WAIT, AnyConnection::connect(target.url())).await;
            let mut connection = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
            if let Target::File(_) = target {
                // Readers need not wait for the writer. The file remembers it.
                sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection).await?;
            }
            migrate(&mut connection, migrations).await?;
            connection.close().await?;
            let connections =
                if let Target::File(_) = target { FILE_CONNECTIONS } else { SERVER_CONNECTIONS };
            Ok(instrumented(options().max_connections(connections).connect_lazy(target.url())?))
        }
    }
}

/// A database in memory lives as long as its connection: exactly one, never retired.
async fn in_memory(target: &Target, migrations: &[Migrations]) -> Result<AnyPool, DatabaseError> {
    let pool = options()
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect(target.url())
        .await?;
    migrate(&mut *pool.acquire().await?, migrations).await?;
    Ok(instrumented(pool))
}

/// From here on, statements and the pool have spans and metrics.
fn instrumented(pool: sqlx::AnyPool) -> AnyPool {
    AnyPool::builder().client(|client| client.filter(|text| text != PROBE)).wrap(pool)
}

fn options() -> AnyPoolOptions {
    AnyPoolOptions::new().acquire_timeout(CONNECTION_WAIT)
}

async fn migrate(connection: &mut AnyConnection, migrations: &[Migrations]) -> Result<(), DatabaseError> {
    for program in migrations {
        let done = program.migrator().run_direct(None, connection, false).await;
        done.map_err(|error| DatabaseError::from(error).or_another_was_quicker())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::url::told;

    const TABLE: Migrations = Migrations {
        account: "things_migrations",
        versions: &[("things", "CREATE TABLE IF NOT EXISTS things (id TEXT PRIMARY KEY)")],
    };

    #[tokio::test]
    async fn a_file_is_made_once_by_however_many_begin_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/shop.db", folder.path().display());
        let settings = settings(&url, Duration::from_secs(60));

        let opened: tokio::task::JoinSet<_> = (0..8)
            .map(|_| {
                let settings = settings.clone();
                async move { open(&settings, &[TABLE]).await.map(drop) }
            })
            .collect();

        for outcome in opened.join_all().await {
            outcome.unwrap();
        }
    }

    #[tokio::test]
    async fn what_never_works_fails_at_once() {
        for (url, reason) in [
            ("sqlite:///nowhere/at/all/shop.db", "the file cannot be opened (14)"),
            ("postgres://clerk:secret@[nonsense/shop", "the URL cannot be understood"),
            ("postgres://clerk:secret@db:port/shop", "the URL cannot be understood"),
        ] {
            let refusal = open(&settings(url, Duration::from_secs(3600)), &[TABLE]).await.unwrap_err();

            let story = crate::whole_story(&refusal);
            assert_eq!(
                story,
                format!("the database {:?} cannot be opened; check DATABASE_URL: {reason}", told(url))
            );
        }
    }

    #[tokio::test]
    async fn a_database_that_does_not_answer_is_tried_for_as_long_as_it_may_take() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("postgres://clerk:secret@{nobody}/shop");

        let refusal = open(&settings(&url, Duration::from_millis(300)), &[TABLE]).await.unwrap_err();

        let story = crate::whole_story(&refusal);
        let expected = format!(
            "the database \"postgres://REDACTED@{nobody}/shop\" did not answer within 300ms; start it, or check DATABASE_URL: \
             the connection failed: connection refused"
        );
        assert_eq!(story, expected);
    }

    fn settings(url: &str, start: Duration) -> Settings {
        Settings { database_url: url.parse().unwrap(), database_start_timeout: start }
    }
}
