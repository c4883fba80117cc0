//! What spans, events and log lines through `tracing` cost, and what they cost when they are off.
//!
//! Each contestant is the global subscriber of a process of its own, as in an application; `tracing` remembers for
//! each callsite who wants it, so that contestants in one process would cost each other. The processes take turns.
//! Records are made in bursts that fit everybody's queues, and flushed between them: nobody gets cheaper by
//! dropping.

use std::io::stdin;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use pilotlight_bench::callsites::Call;
use pilotlight_bench::child::{self, Dialogue};
use pilotlight_bench::subscribers::{self, Contestant, Observed};
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Arrived, Row};
use pilotlight_bench::{cpu, threads};
use serde::{Deserialize, Serialize};

/// Threads that call at once.
const THREADS: [usize; 2] = [1, 2];

/// The longest that a child may take to end.
const TIME_MAX: Duration = Duration::from_secs(30);

/// CPU per call through `tracing`, per contestant.
#[derive(Parser)]
struct Args {
    /// How long each thread calls in each round, about.
    #[arg(long, default_value_t = 20)]
    milliseconds: u64,
    /// Rounds of each contestant, in turns.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Only calls whose name contains this, for example "off", "event" or "2 threads".
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
    /// From so many threads.
    #[arg(long, hide = true, default_value_t = 1)]
    threads: usize,
}

/// One round's nanoseconds a call.
#[derive(Serialize, Deserialize)]
struct Round {
    cpu: f64,
    wall: f64,
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
        return Calling::new(subscribers::named(name)?, call, args.threads, time)?.answer();
    }
    if !args.no_head {
        table::print_head();
    }
    for (index, call) in Call::ALL.into_iter().enumerate() {
        for threads in THREADS {
            let work = if threads == 1 { call.to_string() } else { format!("{call}, {threads} threads") };
            if work.contains(&args.only) {
                table::print(&compare(&args, index, threads, &work)?);
            }
        }
    }
    Ok(())
}

/// Everybody in turns, in the parent.
fn compare(args: &Args, call: usize, threads: usize, work: &str) -> Result<Vec<Row>> {
    let contestants = subscribers::all().into_iter().filter(|it| (it.takes)(Call::ALL[call]));
    let mut measured: Vec<_> =
        contestants.map(|it| Measured::start(args, it.name, call, threads)).collect::<Result<_>>()?;
    for _ in 0..args.rounds {
        for contestant in &mut measured {
            let round = contestant.child.tell("round")?;
            contestant.rounds.push(round);
        }
    }
    measured.into_iter().map(|contestant| contestant.row(work, threads)).collect()
}

/// One contestant's process, seen from the one that compares.
struct Measured {
    contestant: &'static str,
    child: Dialogue,
    rounds: Vec<Round>,
}

impl Measured {
    fn start(args: &Args, contestant: &'static str, call: usize, threads: usize) -> Result<Self> {
        let (call, threads, time) = (call.to_string(), threads.to_string(), args.milliseconds.to_string());
        let arguments = ["--contestant", contestant, "--call", &call, "--threads", &threads];
        let mut child = Dialogue::start(&[&arguments[..], &["--milliseconds", &time]].concat())?;
        let _ready: String = child.hear().with_context(|| format!("starting {contestant}"))?;
        Ok(Self { contestant, child, rounds: Vec::new() })
    }

    fn row(mut self, work: &str, threads: usize) -> Result<Row> {
        let end: End = self.child.tell("end")?;
        self.child.end(TIME_MAX)?;
        let median = |which: fn(&Round) -> f64| {
            Summary::of(self.rounds.iter().map(which).collect()).map_or(0.0, |it| it.median)
        };
        let mut said = vec![format!("whole process {:.0} ns", median(|round| round.process))];
        if threads > 1 {
            said.push(format!("{:.1} ns of a thread's time", median(|round| round.wall)));
        }
        said.extend(Some(end.said).filter(|said| !said.is_empty()));
        Ok(Row {
            work: work.to_owned(),
            contestant: self.contestant.to_owned(),
            measured: Summary::of(self.rounds.iter().map(|round| round.cpu).collect()),
            unit: "ns",
            spans: end.arrived.map(|received| Arrived { made: end.made, received }),
            said: said.join(", "),
        })
    }
}

/// The child: a contestant that makes one kind of call.
struct Calling {
    observed: Observed,
    call: Call,
    threads: usize,
    /// Of each thread in each round.
    bursts: usize,
    records: u64,
}

impl Calling {
    fn new(contestant: Contestant, call: Call, threads: usize, time: Duration) -> Result<Self> {
        let observed = (contestant.set_up)(call)?;
        let mut calling = Self { observed, call, threads, bursts: 2, records: 0 };
        // Twice, because the first time meets cold caches, new pages and callsites that nobody has seen.
        calling.round()?;
        let burst = calling.round()?.cpu * call.at_a_time(threads) as f64;
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
        let outlet = &self.observed.outlet;
        let (arrived, said) = match self.records {
            0 => (None, String::new()),
            _ => (outlet.arrived(), outlet.said()),
        };
        child::report(&End { made: self.records, arrived, said })
    }

    fn round(&mut self) -> Result<Round> {
        let Self { observed: Observed { call, outlet }, threads, bursts, .. } = self;
        let calls = self.call.at_a_time(*threads);
        let records_a_burst = calls * *threads as u64 * self.call.records();
        let start = cpu::used()?;
        let cost = threads::in_bursts(
            *threads,
            *bursts,
            || call(calls),
            || {
                self.records += records_a_burst;
                outlet.settle(self.records);
            },
        )?;
        let process = cpu::used()?.saturating_sub(start);
        let calls = (calls * *bursts as u64) as f64;
        Ok(Round {
            cpu: cost.cpu.as_nanos() as f64 / calls,
            wall: cost.wall.as_nanos() as f64 / calls,
            process: process.as_nanos() as f64 / (calls * *threads as f64),
        })
    }
}
