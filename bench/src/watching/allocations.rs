//! What watching allocates on the thread that works, on top of what the work does.
//!
//! Each number is from a process of its own with one contestant in it. The counts are exact, so one run says it all;
//! counting costs time, so no time is measured here.

use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use serde::{Deserialize, Serialize};

use super::laps::Laps;
use super::{Contestant, Side, Surroundings, Work, chosen, found};
use crate::child;
use crate::summary::Summary;
use crate::table::{self, Row};

/// The longest that a child may take.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Allocations that are added to a work, per contestant.
#[derive(Parser)]
struct Args {
    /// Only work whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
    /// Be the process with this contestant in it.
    #[arg(long, hide = true, requires = "work")]
    contestant: Option<String>,
    /// Do this one of all works.
    #[arg(long, hide = true)]
    work: Option<usize>,
}

/// Counts what a piece of work allocates on its thread: how often, and bytes in all. A program that counts has an allocator for it,
/// which costs time in others; so the program brings it along.
pub type Count = fn(&mut dyn FnMut()) -> (u64, u64);

/// Each time, on average.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Allocated {
    count: f64,
    bytes: f64,
}

/// Compares everybody as the command line says, or is one of them.
///
/// # Errors
///
/// When a contestant cannot be set up, or its process fails.
pub fn run<W: Work>(sides: &[Side<W>], count: Count) -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(work)) = (&args.contestant, args.work) {
        let (contestant, work) = found(sides, name, work)?;
        return child::report(&allocated(contestant, work, count)?);
    }
    if !args.no_head {
        table::print_head();
    }
    for (number, work) in chosen(&args.only) {
        compare(number, work, sides)?;
    }
    Ok(())
}

fn compare<W: Work>(number: usize, work: W, sides: &[Side<W>]) -> Result<()> {
    let surroundings = work.surroundings()?;
    let mut rows = Vec::new();
    for side in sides.iter().filter(|side| (side.bare.takes)(work)) {
        let bare = Allocated::by(&side.bare, number, &surroundings)?;
        table::print(&[bare.row(format!("allocations: {work}"), side.bare.name)]);
        for contestant in side.watching.iter().filter(|it| (it.takes)(work)) {
            let added = Allocated::by(contestant, number, &surroundings)?.on_top_of(bare);
            rows.push(added.row(format!("allocations: {work}: added"), contestant.name));
        }
    }
    table::print(&rows);
    Ok(())
}

impl Allocated {
    /// In a process of the contestant's own.
    fn by<W>(contestant: &Contestant<W>, work: usize, surroundings: &Surroundings) -> Result<Self> {
        let arguments = ["--contestant", contestant.name, "--work", &work.to_string()];
        child::run_in(&surroundings.variables, &arguments, TIME_MAX)
    }

    fn on_top_of(self, below: Self) -> Self {
        Self { count: self.count - below.count, bytes: self.bytes - below.bytes }
    }

    fn row(self, work: String, contestant: &str) -> Row {
        Row {
            work,
            contestant: contestant.to_owned(),
            measured: Summary::of(vec![self.count]),
            said: format!("{:.0} B", self.bytes),
            ..Row::default()
        }
    }
}

/// One contestant, in the child: its second time, when providers, callsites, threads' stores and queues are there. What is allocated
/// once for many is shared by as many as a queue takes.
fn allocated<W: Work>(contestant: Contestant<W>, work: W, count: Count) -> Result<Allocated> {
    let (watched, times) = ((contestant.set_up)(work)?, work.at_a_time() / 2);
    (watched.work)(times, &mut Laps::default())?;
    watched.outlet.settle(times * watched.spans);
    let (mut laps, mut done) = (Laps::with_capacity(times), Ok(()));
    let (allocations, bytes) = count(&mut || done = (watched.work)(times, &mut laps));
    done?;
    watched.outlet.settle(2 * times * watched.spans);
    let mean = |total: u64| total as f64 / times as f64;
    Ok(Allocated { count: mean(allocations), bytes: mean(bytes) })
}
