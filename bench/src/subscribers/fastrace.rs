//! fastrace, the fast one: through its own API, and through `tracing` with fastrace-tracing.
//!
//! Its properties are strings. It has no log records; its reporter here throws spans away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrace::prelude::{LocalSpan, Span, SpanContext};
use fastrace_tracing::FastraceCompatLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use super::{Contestant, Observed, Outlet};
use crate::callsites::{Call, FILTER, turns, user};
use crate::contestants::fastrace::discarding;

/// Through its own API.
pub const CONTESTANT: Contestant = Contestant {
    name: "fastrace, its own API",
    takes: is_recorded,
    set_up: |call| {
        let outlet = Box::new(Reported(discarding()));
        Ok(Observed { call: Box::new(move |calls| make(call, calls)), outlet })
    },
};

/// Through `tracing`, everything at its default.
pub const COMPATIBLE: Contestant = Contestant {
    name: "fastrace-tracing",
    takes: is_recorded,
    set_up: |call| {
        let outlet = Reported(discarding());
        Registry::default().with(EnvFilter::new(FILTER)).with(FastraceCompatLayer::new()).try_init()?;
        Ok(Observed::through_tracing(call, outlet))
    },
};

fn is_recorded(call: Call) -> bool {
    matches!(call, Call::Span | Call::ParentAndChild)
}

fn make(call: Call, calls: u64) {
    let root = |turn| Span::root("find user", SpanContext::random()).with_properties(|| properties(turn));
    if call == Call::Span {
        return turns(calls, |turn| drop(root(turn)));
    }
    turns(calls, |turn| {
        let parent = root(turn);
        let _entered = parent.set_local_parent();
        let _child = LocalSpan::enter_with_local_parent("find user").with_properties(|| properties(turn));
    });
}

fn properties(turn: u64) -> [(&'static str, String); 4] {
    [
        ("db.system.name", "sqlite".to_owned()),
        ("user.name", user().to_owned()),
        ("db.response.returned_rows", turn.to_string()),
        ("cache.hit", "false".to_owned()),
    ]
}

struct Reported(Arc<AtomicU64>);

impl Outlet for Reported {
    fn settle(&self, _made: u64) {
        fastrace::flush();
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed))
    }
}
