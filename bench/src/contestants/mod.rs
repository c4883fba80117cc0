//! Who competes, and what each must be able to do.

pub mod bare;
pub mod fastrace;
#[cfg(feature = "ours")]
pub mod ours;
pub mod rival_sdk;
pub mod rival_tower;
pub mod rival_tracing;

use anyhow::{Context, Result};
use axum::Router;

/// A way of recording and shipping over OTLP gRPC.
///
/// Each function runs once, in a process of its own, inside a tokio runtime with other threads to run on; the
/// argument is the receiver's URL.
#[derive(Clone, Copy)]
pub struct Contestant {
    /// As the table shows it.
    pub name: &'static str,
    /// Set up to record spans as fast as it is told to.
    pub pipeline: Option<fn(&str) -> Result<Pipeline>>,
    /// Set up inside the service.
    pub stack: Option<fn(&str) -> Result<Stack>>,
    /// The same with a log record a request, over OTLP and as a JSON line on standard output.
    pub stack_with_logs: Option<fn(&str) -> Result<Stack>>,
}

/// A contestant that records when told.
pub struct Pipeline {
    /// Makes this many root spans with four attributes each. One call makes many, so that the indirection costs nothing.
    pub record: Box<dyn Fn(u64)>,
    /// Ships them.
    pub telemetry: Box<dyn Telemetry>,
}

/// A contestant inside a service.
pub struct Stack {
    /// The service with the contestant's layer around it.
    pub router: Router,
    /// Ships the records.
    pub telemetry: Box<dyn Telemetry>,
}

/// What ships the records.
pub trait Telemetry {
    /// Sends everything recorded so far, and waits for it.
    fn flush(&self);

    /// Ends it as an application would, and says what the application is told about it.
    fn shutdown(self: Box<Self>) -> String;
}

/// Everybody, the rival that others are compared with first.
pub fn all() -> Vec<Contestant> {
    vec![
        bare::CONTESTANT,
        rival_sdk::CONTESTANT,
        rival_tracing::CONTESTANT,
        rival_tower::CONTESTANT,
        fastrace::CONTESTANT,
        #[cfg(feature = "ours")]
        ours::CONTESTANT,
    ]
}

/// The contestant of this name.
///
/// # Errors
///
/// When nobody has that name.
pub fn named(name: &str) -> Result<Contestant> {
    pick(all(), name, |contestant| contestant.name)
}

/// Whoever of everybody has this name.
pub(crate) fn pick<C: Copy>(everybody: Vec<C>, name: &str, name_of: fn(&C) -> &'static str) -> Result<C> {
    let found = everybody.iter().find(|contestant| name_of(contestant) == name).copied();
    found.with_context(|| {
        let names: Vec<_> = everybody.iter().map(name_of).collect();
        format!("no contestant is named {name:?}: pick one of {names:?}")
    })
}
