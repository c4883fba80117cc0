//! Who competes behind `tracing`, and what each must be able to do.

pub mod bare;
pub mod emit;
pub mod fastrace;
pub mod lines;
#[cfg(feature = "ours")]
pub mod ours;
pub mod rival_log;
pub mod rival_tracing;

use anyhow::Result;

use crate::callsites::{self, Call};
use crate::contestants;

/// A way of recording spans, events or both.
#[derive(Clone, Copy)]
pub struct Contestant {
    /// As the table shows it.
    pub name: &'static str,
    /// Whether this call means anything to it.
    pub takes: fn(Call) -> bool,
    /// Sets it up for this call: once, in a process of its own, as the process' global subscriber or logger.
    pub set_up: fn(Call) -> Result<Observed>,
}

/// A process with a contestant in it.
pub struct Observed {
    /// Makes this many calls on the calling thread. One makes many, so that the indirection costs nothing.
    pub call: Box<dyn Fn(u64) + Send + Sync>,
    /// Where the records of those calls go.
    pub outlet: Box<dyn Outlet>,
}

impl Observed {
    /// Calls that are made through `tracing` or `log`.
    pub fn through_tracing(call: Call, outlet: impl Outlet + 'static) -> Self {
        Self {
            call: Box::new(move |calls| callsites::through_tracing(call, calls)),
            outlet: Box::new(outlet),
        }
    }
}

/// Where records end.
pub trait Outlet {
    /// Waits until the records made so far have left their queues; `made` is their number.
    fn settle(&self, made: u64);

    /// How many have arrived there. `None` where nothing is recorded, or nobody counts.
    fn arrived(&self) -> Option<u64>;

    /// What else is worth a word at the end.
    fn said(&self) -> String {
        String::new()
    }
}

/// Everybody, the rival that others are compared with first.
pub fn all() -> Vec<Contestant> {
    vec![
        rival_tracing::DEFAULTS,
        rival_tracing::EXTRAS_OFF,
        rival_tracing::LOGS,
        rival_tracing::LOGS_IN_SPANS,
        lines::TO_A_SINK,
        lines::WITHOUT_SPANS,
        lines::NON_BLOCKING,
        lines::WITH_IDS,
        rival_tracing::BOTH,
        rival_tracing::BOTH_WITHOUT_SPANS,
        rival_log::THROUGH_TRACING,
        rival_log::DIRECTLY,
        fastrace::CONTESTANT,
        fastrace::COMPATIBLE,
        emit::CONTESTANT,
        bare::CONTESTANT,
        #[cfg(feature = "ours")]
        ours::CONTESTANT,
        #[cfg(feature = "ours")]
        ours::EXTRAS_OFF,
    ]
}

/// The contestant of this name.
///
/// # Errors
///
/// When nobody has that name.
pub fn named(name: &str) -> Result<Contestant> {
    contestants::pick(all(), name, |contestant| contestant.name)
}
