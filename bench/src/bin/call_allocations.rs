//! What watching a call allocates on the caller's thread, on top of what the call does.
//!
//! Each number is from a process of its own with one contestant in it. The counts are exact, so one run says it all;
//! counting costs time, so no time is measured here.

use std::time::Duration;

use allocation_counter::measure;
use anyhow::{Context, Result};
use clap::Parser;
use pilotlight_bench::calls::{self, AT_A_TIME, Call, Contestant};
use pilotlight_bench::child;
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Row};
use serde::{Deserialize, Serialize};

/// Calls whose mean is taken, in two turns: what is allocated once for many is shared by as many as a queue takes.
const CALLS: u64 = AT_A_TIME / 2;

/// The longest that a child may take.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Allocations that are added to a call, per contestant.
#[derive(Parser)]
struct Args {
    /// Only calls whose name contains this, for example "gRPC", "client" or "reqwest".
    #[arg(long, default_value = "")]
    only: String,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
    /// Be the process with this contestant in it.
    #[arg(long, hide = true, requires = "call")]
    contestant: Option<String>,
    /// Make this one of all calls.
    #[arg(long, hide = true)]
    call: Option<usize>,
}

/// For one call, on average.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Allocated {
    count: f64,
    bytes: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(call)) = (&args.contestant, args.call) {
        let &call = Call::ALL.get(call).context("there is no such call")?;
        return child::report(&allocated(calls::named(name)?, call)?);
    }
    if !args.no_head {
        table::print_head();
    }
    for (index, call) in Call::ALL.into_iter().enumerate() {
        if call.to_string().contains(&args.only) {
            compare(index, call)?;
        }
    }
    Ok(())
}

fn compare(index: usize, call: Call) -> Result<()> {
    let mut contestants = calls::all().into_iter().filter(|it| (it.takes)(call));
    let allocated = |contestant: &Contestant| -> Result<Allocated> {
        child::run(&["--contestant", contestant.name, "--call", &index.to_string()], TIME_MAX)
    };
    let alone = contestants.next().context("nobody takes this call")?;
    let bare = allocated(&alone)?;
    table::print(&[bare.row(format!("allocations: {call}"), &alone)]);
    let rows = contestants.map(|contestant| {
        let added = allocated(&contestant)?.on_top_of(bare);
        Ok(added.row(format!("allocations: {call}: added"), &contestant))
    });
    table::print(&rows.collect::<Result<Vec<_>>>()?);
    Ok(())
}

impl Allocated {
    fn on_top_of(self, below: Self) -> Self {
        Self { count: self.count - below.count, bytes: self.bytes - below.bytes }
    }

    fn row(self, work: String, contestant: &Contestant) -> Row {
        Row {
            work,
            contestant: contestant.name.to_owned(),
            measured: Summary::of(vec![self.count]),
            said: format!("{:.0} B", self.bytes),
            ..Row::default()
        }
    }
}

/// One contestant, in the child: its second time, when providers, callsites, threads' stores and queues are there.
fn allocated(contestant: Contestant, call: Call) -> Result<Allocated> {
    let watched = (contestant.set_up)(call)?;
    (watched.call)(CALLS);
    watched.outlet.settle(CALLS);
    let counted = measure(|| (watched.call)(CALLS));
    watched.outlet.settle(2 * CALLS);
    let mean = |total: u64| total as f64 / CALLS as f64;
    Ok(Allocated { count: mean(counted.count_total), bytes: mean(counted.bytes_total) })
}
