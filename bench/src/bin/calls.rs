//! What watching a call adds to it: HTTP from a client, gRPC from either side, HTTP in a server.
//!
//! Each contestant is a process of its own with its providers as the global ones, as in an application. The processes take
//! turns, the call without anybody among them, which is subtracted from the others round by round. Calls are made in bursts
//! that fit everybody's queues, and spans are flushed between them: nobody gets cheaper by dropping.

use std::io::stdin;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use pilotlight_bench::calls::{self, AT_A_TIME, Call, Contestant, Watched};
use pilotlight_bench::child::{self, Dialogue};
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Arrived, Row};
use pilotlight_bench::{cpu, threads};
use serde::{Deserialize, Serialize};

/// The longest that a child may take to end.
const TIME_MAX: Duration = Duration::from_secs(30);

/// CPU that is added to a call, per contestant.
#[derive(Parser)]
struct Args {
    /// How long each contestant calls in each round, about.
    #[arg(long, default_value_t = 20)]
    milliseconds: u64,
    /// Rounds of each contestant, in turns.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
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

/// One round's nanoseconds a call.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Round {
    cpu: f64,
    process: f64,
}

/// What the child says at the end.
#[derive(Serialize, Deserialize)]
struct End {
    made: u64,
    arrived: Option<u64>,
    said: String,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(call)) = (&args.contestant, args.call) {
        let &call = Call::ALL.get(call).context("there is no such call")?;
        let time = Duration::from_millis(args.milliseconds);
        return Calling::new(calls::named(name)?, call, time)?.answer();
    }
    if !args.no_head {
        table::print_head();
    }
    for (index, call) in Call::ALL.into_iter().enumerate() {
        if call.to_string().contains(&args.only) {
            compare(&args, index, call)?;
        }
    }
    Ok(())
}

/// Everybody in turns, in the parent.
fn compare(args: &Args, index: usize, call: Call) -> Result<()> {
    let contestants = calls::all().into_iter().filter(|it| (it.takes)(call));
    let mut measured: Vec<_> =
        contestants.map(|it| Measured::start(args, &it, index)).collect::<Result<_>>()?;
    for _ in 0..args.rounds {
        for contestant in &mut measured {
            let round = contestant.child.tell("round")?;
            contestant.rounds.push(round);
        }
    }
    let mut everybody = measured.into_iter();
    let bare = everybody.next().context("nobody takes this call")?;
    let rounds = bare.rounds.clone();
    table::print(&[bare.row(call.to_string(), &[])?]);
    let rows = everybody.map(|contestant| contestant.row(format!("{call}: added"), &rounds));
    table::print(&rows.collect::<Result<Vec<_>>>()?);
    Ok(())
}

/// One contestant's process, seen from the one that compares.
struct Measured {
    contestant: &'static str,
    child: Dialogue,
    rounds: Vec<Round>,
}

impl Measured {
    fn start(args: &Args, contestant: &Contestant, call: usize) -> Result<Self> {
        let (name, call, time) = (contestant.name, call.to_string(), args.milliseconds.to_string());
        let arguments = ["--contestant", name, "--call", &call, "--milliseconds", &time];
        let mut child = Dialogue::start(&arguments)?;
        let _ready: String = child.hear().with_context(|| format!("starting {name}"))?;
        Ok(Self { contestant: name, child, rounds: Vec::new() })
    }

    /// What is there on top of the same round of `bare`, where there is one.
    fn row(mut self, work: String, bare: &[Round]) -> Result<Row> {
        let end: End = self.child.tell("end")?;
        self.child.end(TIME_MAX)?;
        let on_top = |which: fn(&Round) -> f64| {
            let below = bare.iter().map(which).chain(std::iter::repeat(0.0));
            Summary::of(self.rounds.iter().zip(below).map(|(round, below)| which(round) - below).collect())
        };
        let process = on_top(|round| round.process).map_or(0.0, |it| it.median);
        let said = [format!("whole process {process:.0} ns"), end.said];
        Ok(Row {
            work,
            contestant: self.contestant.to_owned(),
            measured: on_top(|round| round.cpu),
            unit: "ns",
            spans: end.arrived.map(|received| Arrived { made: end.made, received }),
            said: said.into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>().join(", "),
        })
    }
}

/// The child: a contestant that watches one kind of call.
struct Calling {
    watched: Watched,
    bursts: usize,
    made: u64,
}

impl Calling {
    fn new(contestant: Contestant, call: Call, time: Duration) -> Result<Self> {
        let mut calling = Self { watched: (contestant.set_up)(call)?, bursts: 2, made: 0 };
        // Twice, because the first time meets cold caches, new pages and a provider that nobody has asked yet.
        calling.round()?;
        let burst = calling.round()?.cpu * AT_A_TIME as f64;
        calling.bursts = ((time.as_nanos() as f64 / burst) as usize).max(1);
        Ok(calling)
    }

    /// Takes turns with others until told to end.
    fn answer(mut self) -> Result<()> {
        child::report(&"ready")?;
        for told in stdin().lines() {
            if told? == "end" {
                break;
            }
            child::report(&self.round()?)?;
        }
        let outlet = &self.watched.outlet;
        child::report(&End { made: self.made, arrived: outlet.arrived(), said: outlet.said() })
    }

    fn round(&mut self) -> Result<Round> {
        let Self { watched: Watched { call, outlet }, bursts, made } = self;
        let start = cpu::used()?;
        let cost = threads::in_bursts(
            1,
            *bursts,
            || call(AT_A_TIME),
            || {
                *made += AT_A_TIME;
                outlet.settle(*made);
            },
        )?;
        let process = cpu::used()?.saturating_sub(start);
        let calls = (AT_A_TIME * *bursts as u64) as f64;
        Ok(Round { cpu: cost.cpu.as_nanos() as f64 / calls, process: process.as_nanos() as f64 / calls })
    }
}
