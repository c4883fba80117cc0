//! Nobody: the query alone, from which the others are told apart.

use anyhow::Result;

use super::{Contestant, Query, at_once};
use crate::watching::Watched;
use crate::watching::nothing::Nothing;

/// With sqlx as it is.
pub const CONTESTANT: Contestant = Contestant { name: "bare", takes: |_| true, set_up: watch };

/// With the sqlx before it.
pub const BEFORE: Contestant =
    Contestant { name: "bare, sqlx 0.8", takes: Query::is_through_sqlx, set_up: watch_before };

fn watch(query: Query) -> Result<Watched> {
    if query == Query::AtOnce {
        return Ok(Watched::new(Box::new(at_once::alone), Box::new(Nothing)));
    }
    let work = asking!(query, sqlx, |pool| pool, |transaction| &mut *transaction);
    Ok(Watched { work, spans: 1, outlet: Box::new(Nothing) })
}

fn watch_before(query: Query) -> Result<Watched> {
    let work = asking!(query, sqlx_0_8, |pool| pool, |transaction| &mut *transaction);
    Ok(Watched { work, spans: 1, outlet: Box::new(Nothing) })
}
