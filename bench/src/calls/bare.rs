//! Nobody: the call alone, from which the others are told apart.

use anyhow::Result;
use tower_layer::Identity;

use super::{Call, Contestant, Watched, exchange, through_reqwest};
use crate::subscribers::Outlet;

/// Takes every call.
pub const CONTESTANT: Contestant = Contestant { name: "bare", takes: |_| true, set_up: watch };

fn watch(call: Call) -> Result<Watched> {
    let call = match call {
        Call::Reqwest => through_reqwest::through(|chain| chain)?,
        _ => exchange::through(call, Identity::new()),
    };
    Ok(Watched { call, outlet: Box::new(Nothing) })
}

/// Where nothing goes.
pub(super) struct Nothing;

impl Outlet for Nothing {
    fn settle(&self, _made: u64) {}

    fn arrived(&self) -> Option<u64> {
        None
    }
}
