//! Pilotlight's wrapper: behind Pilotlight, behind opentelemetry_sdk, and with nothing behind it.

use std::time::Duration;

use anyhow::Result;
use pilotlight_instrument::db::Client;
use pilotlight_instrument::db::sqlx::{Database, Pool};

use super::{Ask, Contestant, Query, at_once};
use crate::subscribers::Outlet;
use crate::watching::Watched;
use crate::watching::nothing::Nothing;
use crate::watching::pilotlight::Pilotlight;
use crate::watching::sdk::Sdk;

/// All of it, encoded before it is thrown away.
pub const CONTESTANT: Contestant = Contestant {
    name: "pilotlight",
    takes: |_| true,
    set_up: |query| watch(query, Box::new(Pilotlight::installed(true)?)),
};

/// Without a meter provider.
pub const SPANS_ALONE: Contestant = Contestant {
    name: "pilotlight without metrics",
    takes: |_| true,
    set_up: |query| watch(query, Box::new(Pilotlight::installed(false)?)),
};

/// What is left of the rival's cost when it keeps its SDK.
pub const ON_ANOTHER_SDK: Contestant = Contestant {
    name: "pilotlight's wrapper on opentelemetry_sdk",
    takes: |_| true,
    set_up: |query| watch(query, Box::new(Sdk::installed())),
};

/// What an application pays that installed nothing.
pub const NOTHING_INSTALLED: Contestant = Contestant {
    name: "pilotlight's wrapper, nothing installed",
    takes: |_| true,
    set_up: |query| watch(query, Box::new(Nothing)),
};

fn watch(query: Query, outlet: Box<dyn Outlet>) -> Result<Watched> {
    if query == Query::AtOnce {
        return Ok(Watched::new(Box::new(at_once::around(client())), outlet));
    }
    let work = asking!(query, sqlx, |pool| wrapped(pool), |transaction| &mut *transaction);
    Ok(Watched { work, spans: spans(query), outlet })
}

/// The beginning and the end of a transaction have spans as well.
fn spans(query: Query) -> u64 {
    if matches!(query, Query::Sqlx(Ask::Insert, _)) { 3 } else { 1 }
}

/// What the wrapper makes of SQLite in memory.
fn client() -> Client {
    Client::builder("sqlite").namespace(":memory:").build()
}

/// With its defaults, but for the spans of long waits: on a busy machine there would be some, and the numbers of spans would differ.
fn wrapped<DB: Database>(pool: sqlx::Pool<DB>) -> Pool<DB> {
    Pool::builder().wait_span_min(Duration::MAX).wrap(pool)
}
