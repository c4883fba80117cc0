//! What watching something adds to it: who competes, in which turns, and where their spans and measurements go.

pub mod allocations;
pub mod laps;
pub mod measured;
pub mod nothing;
#[cfg(feature = "ours")]
pub mod pilotlight;
pub mod sdk;
pub mod sdk_0_32;
pub mod turns;

use std::any::Any;
use std::fmt::Display;

use anyhow::{Context, Result};

use self::laps::Laps;
use crate::child::Variable;
use crate::contestants;
use crate::subscribers::Outlet;

/// A kind of work that is watched, in all its variants.
pub trait Work: Copy + Display + Sized + 'static {
    /// Everything that is compared, in the order of the table.
    const ALL: &'static [Self];

    /// The most at a time: its spans fit everybody's queues, of which opentelemetry_sdk's take 2,048 by default.
    fn at_a_time(self) -> u64;

    /// Starts what the work needs beside the contestants.
    ///
    /// # Errors
    ///
    /// When that cannot be had.
    fn surroundings(self) -> Result<Surroundings> {
        Ok(Surroundings::default())
    }
}

/// What runs beside all contestants, and ends when this is dropped.
#[derive(Default)]
pub struct Surroundings {
    /// How they find it: environment variables of their processes.
    pub variables: Vec<Variable>,
    /// Kept until then.
    pub kept: Option<Box<dyn Any>>,
}

/// A way of watching.
#[derive(Clone, Copy)]
pub struct Contestant<W> {
    /// As the table shows it.
    pub name: &'static str,
    /// Whether it can watch this work.
    pub takes: fn(W) -> bool,
    /// Sets it up around this work: once, in a process of its own, with its providers as the process' own.
    pub set_up: fn(W) -> Result<Watched>,
}

/// Does the work so often on the calling thread, and tells what that took of it, in one or in parts.
pub type Timed = Box<dyn Fn(u64, &mut Laps) -> Result<()>>;

/// A process with a contestant in it.
pub struct Watched {
    /// The work.
    pub work: Timed,
    /// How many spans it makes each time.
    pub spans: u64,
    /// Where its spans and measurements go.
    pub outlet: Box<dyn Outlet>,
}

impl Watched {
    /// Work that makes one span each time. It is timed in one, so that nothing but the work is in it.
    pub fn new(work: Box<dyn Fn(u64)>, outlet: Box<dyn Outlet>) -> Self {
        let work = Box::new(move |times: u64, laps: &mut Laps| {
            let began = Laps::begin()?;
            work(times);
            laps.end(began, times)
        });
        Self { work, spans: 1, outlet }
    }
}

/// Those who watch the same, and that alone, which is subtracted from each.
pub struct Side<W> {
    /// The work without anybody.
    pub bare: Contestant<W>,
    /// Everybody who watches it.
    pub watching: Vec<Contestant<W>>,
}

impl<W: Work> Side<W> {
    fn everybody(&self) -> impl Iterator<Item = &Contestant<W>> {
        std::iter::once(&self.bare).chain(&self.watching)
    }
}

/// The contestant of this name, and the work of this number.
fn found<W: Work>(sides: &[Side<W>], name: &str, work: usize) -> Result<(Contestant<W>, W)> {
    let everybody = sides.iter().flat_map(Side::everybody).copied().collect();
    let &work = W::ALL.get(work).context("there is no such work")?;
    Ok((contestants::pick(everybody, name, |contestant| contestant.name)?, work))
}

/// The work whose name contains `only`, with its number.
fn chosen<W: Work>(only: &str) -> impl Iterator<Item = (usize, W)> {
    W::ALL.iter().copied().enumerate().filter(move |(_, work)| work.to_string().contains(only))
}
