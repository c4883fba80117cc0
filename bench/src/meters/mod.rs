//! Who competes in measurements, and what each must be able to do.

mod api;
#[cfg(feature = "ours")]
pub mod ours;
pub mod rival_metrics;
pub mod rival_prometheus;
pub mod rival_prometheus_client;
pub mod rival_sdk;
pub mod unobserved;

use std::any::Any;

use anyhow::Result;
use bytes::Bytes;

use crate::collected::Format;
use crate::contestants;
use crate::measurements::{Instrument, Work};

/// A way of measuring.
#[derive(Clone, Copy)]
pub struct Contestant {
    /// As the table shows it.
    pub name: &'static str,
    /// Whether this work means anything to it.
    pub takes: fn(&Work) -> bool,
    /// Its one instrument for this work, with the limits that so many series need.
    pub set_up: fn(Work) -> Result<Box<dyn Meters>>,
    /// `None` where an instrument does not exist before its first measurement.
    pub instruments: Option<MakeInstruments>,
    /// What it collects, if anything.
    pub format: Option<Format>,
}

/// Instruments of these names that nobody has measured with yet, alive until dropped.
pub type MakeInstruments = fn(Instrument, Vec<String>) -> Result<Box<dyn Any>>;

/// A contestant's instrument with what collects it.
pub trait Meters: Send + Sync {
    /// Takes so many measurements on the calling thread.
    fn measure(&self, measurements: u64);

    /// Does what the contestant wants done now and then, outside of both measuring and collecting.
    fn settle(&self) {}

    /// Everything measured so far, as the messages that would leave the process.
    ///
    /// # Errors
    ///
    /// When the contestant fails.
    fn collect(&self) -> Result<Vec<Bytes>>;
}

/// Everybody, the rival that others are compared with first.
pub fn all() -> Vec<Contestant> {
    vec![
        rival_sdk::CONTESTANT,
        rival_metrics::CONTESTANT,
        rival_prometheus_client::CONTESTANT,
        rival_prometheus::CONTESTANT,
        unobserved::CONTESTANT,
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
    contestants::pick(all(), name, |contestant| contestant.name)
}
