//! What can be set of a program's database: by a flag, else by an environment variable, else the default.

use std::time::Duration;

use clap::Args;

use super::Address;
use crate::arguments::milliseconds;

/// Where the database is, and how long it may take to start.
#[derive(Clone, Debug, Args)]
// Several of these make up one command line, and clap would give all of their groups the same name.
#[group(skip)]
pub struct Settings {
    /// Database: `postgres://user:password@host/name`, `sqlite://path`, a path, or `sqlite::memory:`, which each program has one of its
    /// own of. A missing file and missing tables are created.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite::memory:",
        hide_default_value = false
    )]
    pub database_url: Address,

    /// How long a program waits at its start for a database that does not answer yet.
    #[arg(long = "database-start-timeout-ms", env = "SHOP_DATABASE_START_TIMEOUT_MS", default_value = "60000", value_parser = milliseconds)]
    pub database_start_timeout: Duration,
}
