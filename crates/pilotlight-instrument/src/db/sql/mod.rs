//! What a statement does, and its text without what is secret.

/// How a database writes SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// What most understand.
    #[default]
    Generic,
    /// PostgreSQL and what descends from it.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    pub(crate) fn of_system(system: &str) -> Self {
        match system {
            "postgresql" | "cockroachdb" | "aws.redshift" => Self::PostgreSql,
            "mysql" | "mariadb" => Self::MySql,
            "sqlite" => Self::Sqlite,
            _ => Self::Generic,
        }
    }
}

pub(crate) struct Description {
    pub(crate) summary: String,
    pub(crate) operation: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) stored_procedure: Option<String>,
    pub(crate) text: Option<String>,
}

pub(crate) fn describe(_: Dialect, text: &str, _: usize) -> Description {
    let operation = text.split_whitespace().next().map(str::to_ascii_uppercase);
    Description {
        summary: operation.clone().unwrap_or_default(),
        operation,
        collection: None,
        stored_procedure: None,
        text: None,
    }
}
