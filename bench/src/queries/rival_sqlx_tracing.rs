//! sqlx-tracing: spans through `tracing`, no metrics, for the sqlx before this one. It has no spans for a transaction's beginning and end.

use anyhow::Result;
use sqlx_tracing::Pool;

use super::{Contestant, Query};
use crate::watching::Watched;
use crate::watching::sdk::Sdk;

/// With its defaults.
pub const CONTESTANT: Contestant =
    Contestant { name: "sqlx-tracing", takes: Query::is_through_sqlx, set_up: watch };

fn watch(query: Query) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    let work = asking!(query, sqlx_0_8, |pool| Pool::from(pool), |transaction| &mut transaction.executor());
    Ok(Watched { work, spans: 1, outlet: Box::new(sdk) })
}
