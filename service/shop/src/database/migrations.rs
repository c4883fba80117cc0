//! What a program wants to find in its database, in versions.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The versions of a program's tables. Programs may share a database: each keeps its own account of what was done, in its own table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migrations {
    /// The table of what was done.
    pub(crate) account: &'static str,
    /// What each version is called, and the statements that lead to it. What has once been run anywhere is never changed.
    pub(crate) versions: &'static [(&'static str, &'static str)],
}

impl Migrations {
    /// What runs them: each version in one transaction, one program at a time where the database can keep the others out.
    pub(super) fn migrator(&self) -> Migrator {
        let migrations = (1..).zip(self.versions).map(|(version, (name, statements))| {
            let statements = statements.into_sql_str();
            Migration::new(version, Cow::Borrowed(*name), MigrationType::Simple, statements, false)
        });
        let mut migrator = Migrator::with_migrations(migrations.collect());
        // Dangerous for whoever has an account under another name; this one never had.
        migrator.dangerous_set_table_name(self.account);
        migrator
    }
}
