//! What pieces of work took of the thread that did them.

use std::time::Duration;

use anyhow::Result;

use crate::cpu;
use crate::summary::Summary;

/// The nanoseconds of processor time that each piece took.
#[derive(Debug, Default)]
pub struct Laps(Vec<f64>);

impl Laps {
    /// With room for so many, so that taking note of one allocates nothing.
    pub fn with_capacity(laps: u64) -> Self {
        Self(Vec::with_capacity(laps as usize))
    }

    /// The moment at which a piece begins, by the thread's clock.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell it.
    pub fn begin() -> Result<Duration> {
        cpu::used_by_this_thread()
    }

    /// Takes note of a piece that began then and has ended now; it was as much as `times` of what is measured.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell the time.
    pub fn end(&mut self, began: Duration, times: u64) -> Result<()> {
        let took = cpu::used_by_this_thread()?.saturating_sub(began);
        self.0.push(took.as_nanos() as f64 / times as f64);
        Ok(())
    }

    /// The median.
    pub fn median(self) -> Option<f64> {
        Summary::of(self.0).map(|summary| summary.median)
    }
}
