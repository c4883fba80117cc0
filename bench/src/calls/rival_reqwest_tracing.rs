//! reqwest-tracing: spans through `tracing`, no metrics. Its newest release goes with the API one step behind.

use anyhow::Result;
use reqwest_tracing::TracingMiddleware;

use super::{Call, Contestant, through_reqwest};
use crate::watching::Watched;
use crate::watching::sdk_0_32::Sdk;

/// Only reqwest.
pub const CONTESTANT: Contestant =
    Contestant { name: "reqwest-tracing", takes: |call| call == Call::Reqwest, set_up: watch };

fn watch(_call: Call) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    let call = through_reqwest::through(|chain| chain.with(TracingMiddleware::default()))?;
    Ok(Watched::new(call, Box::new(sdk)))
}
