//! Nobody: `tracing`'s registry with a filter and no layer, which everybody has below.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use super::{Contestant, Observed, Outlet};
use crate::callsites::{Call, FILTER};

/// What the calls cost before anybody records them.
pub const CONTESTANT: Contestant = Contestant {
    name: "bare registry",
    takes: |call| call != Call::Record,
    set_up: |call| {
        Registry::default().with(EnvFilter::new(FILTER)).try_init()?;
        Ok(Observed::through_tracing(call, Nothing))
    },
};

struct Nothing;

impl Outlet for Nothing {
    fn settle(&self, _made: u64) {}

    fn arrived(&self) -> Option<u64> {
        None
    }
}
