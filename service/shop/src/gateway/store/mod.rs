//! Users, orders, and what is still to be told of them, in the database.

mod orders;
mod outbox;
mod users;

use tracing::error;

use crate::database::{Database, DatabaseError, Migrations};
use crate::gateway::error::Error;

pub(crate) use orders::{NewOrder, Saved};
pub(crate) use outbox::{Entry, Outbox};
pub(crate) use users::User;

/// The tables of the gateway.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    account: "gateway_migrations",
    versions: &[("orders", include_str!("../../../migrations/gateway/1_orders.sql"))],
};

/// The shop's users and orders.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    database: Database,
}

impl Store {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn outbox(&self) -> Outbox {
        Outbox::new(self.database.clone())
    }
}

/// Describes a failure, and logs it where it happened.
fn failure(what: &str, cause: impl Into<DatabaseError>) -> Error {
    let error = Error::database(what, cause);
    error!(error = error.as_dyn(), "Failed to use the database");
    error
}
