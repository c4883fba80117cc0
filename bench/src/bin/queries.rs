//! What watching adds to a query: sqlx on SQLite in memory, and on PostgreSQL over loopback.

use anyhow::Result;
use pilotlight_bench::{queries, watching};

fn main() -> Result<()> {
    watching::turns::run(&queries::sides())
}
