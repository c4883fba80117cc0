//! Which SQL a database speaks.

/// Which SQL a database speaks: what its quotes, comments and placeholders mean.
///
/// ```
/// use pilotlight_instrument::db::sql::Dialect;
///
/// assert_eq!(Dialect::of_system("mariadb"), Dialect::MySql);
/// assert_eq!(Dialect::of_system("trino"), Dialect::Generic);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Not known which. Only what all dialects read alike has a sanitised text; a text that uses what one of them reads
    /// otherwise (`#`, a backslash before a quote, nested comments) has none.
    #[default]
    Generic,
    /// PostgreSQL, and what speaks like it.
    PostgreSql,
    /// MySQL and MariaDB. `"…"` is a literal; under `ANSI_QUOTES`, names are hidden as well.
    MySql,
    /// SQLite. `"…"` is a name where no literal can stand, and a literal elsewhere, for SQLite takes it as one when there
    /// is no such column.
    Sqlite,
    /// Microsoft SQL Server.
    MsSql,
    /// Oracle Database.
    Oracle,
}

impl Dialect {
    /// The dialect of a database by its `db.system.name`; [`Dialect::Generic`] for those that are not known.
    pub fn of_system(name: &str) -> Self {
        match name {
            "postgresql" | "cockroachdb" | "yugabytedb" | "aws.redshift" => Self::PostgreSql,
            "mysql" | "mariadb" => Self::MySql,
            "sqlite" => Self::Sqlite,
            "microsoft.sql_server" => Self::MsSql,
            "oracle.db" => Self::Oracle,
            _ => Self::Generic,
        }
    }

    /// Whether a server's setting decides if a backslash escapes the quote after it.
    pub(super) fn backslash_depends(self) -> bool {
        matches!(self, Self::Generic | Self::PostgreSql | Self::MySql)
    }
}
