//! A statement on its way to the driver.

use sqlx::error::BoxDynError;
use sqlx::{Database, Execute, SqlStr};

/// The parts of somebody's `Execute`, taken apart because its text can only be read by consuming it. They go to the driver as they
/// came: what is a cached statement stays one.
pub struct Query<DB: Database> {
    sql: SqlStr,
    statement: Option<DB::Statement>,
    arguments: Result<Option<DB::Arguments>, BoxDynError>,
    persistent: bool,
}

impl<DB: Database> Query<DB> {
    pub(super) fn new<'q>(mut query: impl Execute<'q, DB>) -> Self {
        Self {
            statement: query.statement().cloned(),
            arguments: query.take_arguments(),
            persistent: query.persistent(),
            sql: query.sql(),
        }
    }

    pub(super) fn text(&self) -> &str {
        self.sql.as_str()
    }

    /// Sent as text, which may be several statements; not prepared.
    pub(super) fn is_raw(&self) -> bool {
        matches!(self.arguments, Ok(None))
    }

    /// The same with another text, which is not seen twice: there is no use in caching it.
    pub(super) fn once_as(self, sql: SqlStr) -> Self {
        Self { sql, statement: None, persistent: false, ..self }
    }
}

impl<DB: Database> Execute<'_, DB> for Query<DB> {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.statement.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        std::mem::replace(&mut self.arguments, Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}
