//! Migrations with a span for each of their steps.

use super::Database;
use super::pool::Pool;
use super::shared::Shared;
use crate::db::{Command, Operation};
use futures_core::future::BoxFuture;
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, Migrator};
use std::time::Duration;

impl<DB: Database<Connection: Migrate>> Pool<DB> {
    /// Runs the migrations that have not run yet, each in a span that is named by what its text does. Those of `LOCK` and `UNLOCK`
    /// show who waits for another to migrate.
    ///
    /// [`Migrator::run`] takes `&pool` as well, with nothing but the wait for its connection to be seen.
    ///
    /// Needs the feature `sqlx-migrate`.
    ///
    /// # Errors
    /// When there is no connection, when a migration fails, or when those that ran are not those that are known.
    ///
    /// ```
    /// # #[cfg(feature = "sqlx-sqlite")]
    /// # async fn run(pool: pilotlight_instrument::db::sqlx::SqlitePool) -> Result<(), Box<dyn std::error::Error>> {
    /// let migrator = sqlx::migrate::Migrator::new(std::path::Path::new("./migrations")).await?;
    /// pool.migrate(&migrator).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut connection = self.acquire().await?;
        let (raw, shared) = connection.parts();
        migrator.run_direct(None, &mut Seen { raw, shared }, false).await
    }
}

/// A connection whose migrations are seen.
struct Seen<'c, DB: Database> {
    raw: &'c mut DB::Connection,
    shared: &'c Shared<DB>,
}

impl<DB: Database> Seen<'_, DB> {
    /// What a migration does. The note that it was done is part of it.
    fn migration(&self, migration: &Migration) -> Operation {
        self.shared.client.script(migration.sql.as_str())
    }

    fn command(&self, name: &'static str) -> Operation {
        self.shared.client.command(Command::new(name))
    }
}

impl<DB: Database<Connection: Migrate>> Migrate for Seen<'_, DB> {
    fn create_schema_if_not_exists<'e>(
        &'e mut self,
        schema_name: &'e str,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        let operation = self.command("CREATE SCHEMA");
        Box::pin(operation.around(self.raw.create_schema_if_not_exists(schema_name)))
    }

    fn ensure_migrations_table<'e>(
        &'e mut self,
        table_name: &'e str,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        let operation =
            self.shared.client.command(Command::new("CREATE TABLE").collection(table_name.to_owned()));
        Box::pin(operation.around(self.raw.ensure_migrations_table(table_name)))
    }

    fn dirty_version<'e>(
        &'e mut self,
        table_name: &'e str,
    ) -> BoxFuture<'e, Result<Option<i64>, MigrateError>> {
        let operation = self.shared.client.command(Command::new("SELECT").collection(table_name.to_owned()));
        Box::pin(operation.around(self.raw.dirty_version(table_name)))
    }

    fn list_applied_migrations<'e>(
        &'e mut self,
        table_name: &'e str,
    ) -> BoxFuture<'e, Result<Vec<AppliedMigration>, MigrateError>> {
        let operation = self.shared.client.command(Command::new("SELECT").collection(table_name.to_owned()));
        Box::pin(operation.around(self.raw.list_applied_migrations(table_name)))
    }

    fn lock(&mut self) -> BoxFuture<'_, Result<(), MigrateError>> {
        let operation = self.command("LOCK");
        Box::pin(operation.around(self.raw.lock()))
    }

    fn unlock(&mut self) -> BoxFuture<'_, Result<(), MigrateError>> {
        let operation = self.command("UNLOCK");
        Box::pin(operation.around(self.raw.unlock()))
    }

    fn apply<'e>(
        &'e mut self,
        table_name: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<Duration, MigrateError>> {
        let operation = self.migration(migration);
        Box::pin(operation.around(self.raw.apply(table_name, migration)))
    }

    fn revert<'e>(
        &'e mut self,
        table_name: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<Duration, MigrateError>> {
        let operation = self.migration(migration);
        Box::pin(operation.around(self.raw.revert(table_name, migration)))
    }

    fn skip<'e>(
        &'e mut self,
        table_name: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        self.raw.skip(table_name, migration)
    }
}
