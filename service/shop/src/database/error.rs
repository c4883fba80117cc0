//! What a database's failure is, without what it says: its words may repeat what was stored.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use sqlx::migrate::MigrateError;

/// A statement, or a connection, that failed. It knows the database's code and no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DatabaseError {
    told: Cow<'static, str>,
    code: Option<String>,
    passes: bool,
}

impl DatabaseError {
    /// The database's own code: an SQLSTATE of PostgreSQL, a number of SQLite.
    pub(crate) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the same may succeed a little later: the database is away, starting, stopping, or busy.
    pub(crate) fn passes(&self) -> bool {
        self.passes
    }

    /// While tables are made: what another program made first is there at the next attempt. SQLite keeps nobody out meanwhile.
    pub(super) fn or_another_was_quicker(mut self) -> Self {
        self.passes |= matches!(self.code(), Some("1555" | "2067"));
        self
    }

    fn new(told: impl Into<Cow<'static, str>>, passes: bool) -> Self {
        Self { told: told.into(), code: None, passes }
    }

    fn of_database(error: &dyn sqlx::error::DatabaseError) -> Self {
        let code = error.code().unwrap_or_default().into_owned();
        let told = match meaning(&code) {
            Some(meaning) => format!("{meaning} ({code})"),
            None => format!("the database refuses it with {code}"),
        };
        Self { told: told.into(), passes: code_passes(&code), code: Some(code) }
    }
}

/// What those codes mean that whoever runs the shop can do something about.
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "28P01" | "28000" => "the database does not take this user and password",
        "3D000" => "there is no database of this name",
        "42501" => "the user may not do this",
        "42P01" => "there is no such table",
        "53300" => "the database has no connections left",
        "57P01" | "57P02" => "the database was stopped",
        "57P03" => "the database is starting or stopping",
        "14" => "the file cannot be opened",
        "26" => "the file is not a database",
        "8" => "the file may not be written",
        "13" => "the disk is full",
        _ => return None,
    })
}

/// PostgreSQL: connections (08), resources (53), stopping and starting (57P), two transactions in each other's way (40). SQLite: busy
/// and locked, in all their variations, which are in the upper bits.
fn code_passes(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6),
        _ => ["08", "53", "57P", "40"].iter().any(|class| code.starts_with(class)),
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::of_database(&*error),
            sqlx::Error::Io(error) => Self::new(format!("the connection failed: {}", error.kind()), true),
            sqlx::Error::PoolTimedOut => Self::new("no connection to the database in time", true),
            sqlx::Error::Protocol(_) => Self::new("the database sent what is not its protocol", true),
            sqlx::Error::WorkerCrashed => Self::new("the connection to the database crashed", true),
            sqlx::Error::PoolClosed => Self::new("the program is stopping", false),
            sqlx::Error::Configuration(_) => Self::new("the URL cannot be understood", false),
            sqlx::Error::Tls(_) => Self::new("the database wants TLS, which the shop does not speak", false),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::new("a row is not what it was taken for", false)
            }
            sqlx::Error::RowNotFound => Self::new("there is no such row", false),
            sqlx::Error::Migrate(error) => Self::from(*error),
            _ => Self::new("the driver of the database failed", false),
        }
    }
}

impl From<MigrateError> for DatabaseError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            MigrateError::VersionMissing(version) => {
                Self::new(format!("the tables are those of a newer program: version {version}"), false)
            }
            MigrateError::VersionMismatch(version) => {
                Self::new(format!("the tables are those of another program: version {version}"), false)
            }
            MigrateError::Dirty(version) => Self::new(
                format!("the tables were left half-way through version {version}; repair them by hand"),
                false,
            ),
            _ => Self::new("the tables cannot be made", false),
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.told)
    }
}

impl Error for DatabaseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for code in ["08006", "53300", "57P01", "57P03", "40001", "40P01", "5", "6", "261", "517"] {
            assert!(code_passes(code), "{code}");
        }
        for code in ["", "1", "14", "2067", "23505", "28P01", "3D000", "42P01"] {
            assert!(!code_passes(code), "{code}");
        }
    }

    #[tokio::test]
    async fn a_databases_words_are_not_repeated() {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();

        let refusal = sqlx::raw_sql("SELECT secret_4711").execute(&pool).await.unwrap_err();
        let error = DatabaseError::from(refusal);

        assert_eq!(error.to_string(), "the database refuses it with 1");
        assert!(!format!("{error:?}").contains("4711"), "{error:?}");
        assert_eq!(error.code(), Some("1"));
    }
}
