//! The database of a program: SQLite or PostgreSQL, the same statements for both.
//!
//! ```text
//!  settings: a URL ──> url: which database ──> opening: connect, migrate, try again while it starts ──> Database
//!                                              migrations: what a program wants to find in it
//!  error: what a failure is, and whether it passes
//! ```
//!
//! What the statements keep to, so that both understand them: parameters are `$1`, ids are made by the program, moments are
//! milliseconds since 1970, and types are `TEXT`, `BIGINT` and `DOUBLE PRECISION`.

mod error;
mod migrations;
mod opening;
mod settings;
mod url;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pilotlight_instrument::db::sqlx::AnyPool;

pub(crate) use error::DatabaseError;
pub(crate) use migrations::Migrations;
pub use settings::Settings;
pub use url::Address;

use crate::failure::Failure;

/// How long a program waits to hear from its database when somebody asks whether it is ready. Those who ask wait a second or two.
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// What is asked then. It has no span: whoever asks every second is not to fill the traces.
const PROBE: &str = "SELECT 1";

/// Connections to a database. Its statements and its pool have spans and metrics of their own, under the current span.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pool: AnyPool,
}

impl Database {
    /// Connects, and brings the tables up to date. While the database is starting it is tried again, for as long as the settings say.
    pub(crate) async fn open(settings: &Settings, migrations: &[Migrations]) -> Result<Self, Failure> {
        opening::open(settings, migrations).await
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Whether a statement is answered now.
    pub(crate) async fn answers(&self) -> bool {
        let asked = sqlx::query(PROBE).execute(&self.pool);
        matches!(tokio::time::timeout(ANSWER_TIME, asked).await, Ok(Ok(_)))
    }

    /// Waits for statements under way.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Now, as it is stored.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
