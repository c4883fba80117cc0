//! sqlx-otel: spans and metrics through the API one step behind, no `tracing`. It has no spans for a transaction's beginning and end.

use anyhow::Result;
use sqlx_otel::PoolBuilder;

use super::{Contestant, Query};
use crate::watching::Watched;
use crate::watching::sdk_0_32::Sdk;

/// With its defaults, without annotations: spans are named by the database.
pub const CONTESTANT: Contestant =
    Contestant { name: "sqlx-otel", takes: Query::is_through_sqlx, set_up: watch };

fn watch(query: Query) -> Result<Watched> {
    let sdk = Sdk::installed();
    let work = asking!(query, sqlx, |pool| PoolBuilder::from(pool).build(), |transaction| &mut transaction);
    Ok(Watched { work, spans: 1, outlet: Box::new(sdk) })
}
