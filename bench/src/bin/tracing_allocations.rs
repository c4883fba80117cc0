//! What spans, events and log lines through `tracing` allocate on the caller's thread.
//!
//! Each number is from a process of its own with one contestant in it. The counts are exact, so one run says it all;
//! counting costs time, so no time is measured here.

use std::time::Duration;

use allocation_counter::measure;
use anyhow::{Context, Result};
use clap::Parser;
use pilotlight_bench::callsites::Call;
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Row};
use pilotlight_bench::{child, subscribers};
use serde::{Deserialize, Serialize};

/// Calls whose mean is taken: what is allocated once for many is shared by as many as a queue takes.
const CALLS: u64 = 900;

/// Allocations per call through `tracing`, per contestant.
#[derive(Parser)]
struct Args {
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

/// Of one call, on average.
#[derive(Serialize, Deserialize)]
struct Allocated {
    count: f64,
    bytes: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(call)) = (&args.contestant, args.call) {
        let &call = Call::ALL.get(call).context("there is no such call")?;
        return child::report(&allocated(name, call)?);
    }
    if !args.no_head {
        table::print_head();
    }
    for (index, call) in Call::ALL.into_iter().enumerate() {
        table::print(&compare(index, call)?);
    }
    Ok(())
}

fn compare(index: usize, call: Call) -> Result<Vec<Row>> {
    let contestants = subscribers::all().into_iter().filter(|it| (it.takes)(call));
    let row = |contestant: subscribers::Contestant| {
        let arguments = ["--contestant", contestant.name, "--call", &index.to_string()];
        let allocated: Allocated = child::run(&arguments, Duration::from_secs(30))?;
        Ok(Row {
            work: format!("allocations: {call}"),
            contestant: contestant.name.to_owned(),
            measured: Summary::of(vec![allocated.count]),
            said: format!("{:.0} B", allocated.bytes),
            ..Row::default()
        })
    };
    contestants.map(row).collect()
}

/// One contestant, in the child: its second time, when callsites, threads' stores and queues are there.
fn allocated(contestant: &str, call: Call) -> Result<Allocated> {
    let observed = (subscribers::named(contestant)?.set_up)(call)?;
    (observed.call)(CALLS);
    observed.outlet.settle(CALLS * call.records());
    let counted = measure(|| (observed.call)(CALLS));
    observed.outlet.settle(2 * CALLS * call.records());
    let mean = |total: u64| total as f64 / CALLS as f64;
    Ok(Allocated { count: mean(counted.count_total), bytes: mean(counted.bytes_total) })
}
