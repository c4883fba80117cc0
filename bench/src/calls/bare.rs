//! Nobody: the call alone, from which the others are told apart.

use anyhow::Result;
use tower_layer::Identity;

use super::{Call, Contestant, exchange, through_reqwest};
use crate::watching::Watched;
use crate::watching::nothing::Nothing;

/// Takes every call.
pub const CONTESTANT: Contestant = Contestant { name: "bare", takes: |_| true, set_up: watch };

fn watch(call: Call) -> Result<Watched> {
    let call = match call {
        Call::Reqwest => through_reqwest::through(|chain| chain)?,
        _ => exchange::through(call, Identity::new()),
    };
    Ok(Watched::new(call, Box::new(Nothing)))
}
