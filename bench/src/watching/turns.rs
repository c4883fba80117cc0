//! The processor time that watching adds to a work.
//!
//! Each contestant is a process of its own with its providers as the global ones, as in an application. The processes take
//! turns, the work without anybody among them, which is subtracted from the others round by round. The work is done in bursts
//! that fit everybody's queues, and spans are flushed between them: nobody gets cheaper by dropping.

use std::io::stdin;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use serde::{Deserialize, Serialize};

use super::laps::Laps;
use super::{Contestant, Side, Surroundings, Watched, Work, chosen, found};
use crate::child::{self, Dialogue};
use crate::cpu;
use crate::summary::Summary;
use crate::table::{self, Arrived, Row};

/// The longest that a child may take to end.
const TIME_MAX: Duration = Duration::from_secs(30);

/// CPU that is added to a work, per contestant.
#[derive(Parser)]
struct Args {
    /// How long each contestant works in each round, about.
    #[arg(long, default_value_t = 20)]
    milliseconds: u64,
    /// Rounds of each contestant, in turns.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Only work whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Only contestants whose name contains this, beside those who watch nothing.
    #[arg(long, default_value = "")]
    who: String,
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

/// Compares everybody as the command line says, or is one of them.
///
/// # Errors
///
/// When a contestant cannot be set up, or its process fails.
pub fn run<W: Work>(sides: &[Side<W>]) -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(work)) = (&args.contestant, args.work) {
        let (contestant, work) = found(sides, name, work)?;
        return Working::new(contestant, work, Duration::from_millis(args.milliseconds))?.answer();
    }
    if !args.no_head {
        table::print_head();
    }
    for (number, work) in chosen(&args.only) {
        compare(&args, number, work, sides)?;
    }
    Ok(())
}

/// Everybody in turns, in the parent.
fn compare<W: Work>(args: &Args, number: usize, work: W, sides: &[Side<W>]) -> Result<()> {
    let surroundings = work.surroundings()?;
    let start = |contestant: &Contestant<W>| Measured::start(args, contestant.name, number, &surroundings);
    let mut measured = Vec::new();
    for side in sides.iter().filter(|side| (side.bare.takes)(work)) {
        let watching = side.watching.iter().filter(|it| (it.takes)(work) && it.name.contains(&args.who));
        measured.push((start(&side.bare)?, watching.map(start).collect::<Result<Vec<_>>>()?));
    }
    for _ in 0..args.rounds {
        for (bare, watching) in &mut measured {
            std::iter::once(bare).chain(watching).try_for_each(Measured::round)?;
        }
    }
    print(work, measured)
}

fn print<W: Work>(work: W, measured: Vec<(Measured, Vec<Measured>)>) -> Result<()> {
    let mut rows = Vec::new();
    for (bare, watching) in measured {
        let rounds = bare.rounds.clone();
        table::print(&[bare.row(work.to_string(), &[])?]);
        for contestant in watching {
            rows.push(contestant.row(format!("{work}: added"), &rounds)?);
        }
    }
    table::print(&rows);
    Ok(())
}

/// One round's nanoseconds each time.
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

/// One contestant's process, seen from the one that compares.
struct Measured {
    contestant: &'static str,
    child: Dialogue,
    rounds: Vec<Round>,
}

impl Measured {
    fn start(args: &Args, name: &'static str, work: usize, surroundings: &Surroundings) -> Result<Self> {
        let (work, time) = (work.to_string(), args.milliseconds.to_string());
        let arguments = ["--contestant", name, "--work", &work, "--milliseconds", &time];
        let mut child = Dialogue::start_in(&surroundings.variables, &arguments)?;
        let _ready: String = child.hear().with_context(|| format!("starting {name}"))?;
        Ok(Self { contestant: name, child, rounds: Vec::new() })
    }

    fn round(&mut self) -> Result<()> {
        let round = self.child.tell("round").with_context(|| format!("a round of {}", self.contestant))?;
        self.rounds.push(round);
        Ok(())
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
        let quickest = quickest(&self.rounds) - quickest(bare);
        let said =
            [format!("quickest round {quickest:.0} ns"), format!("whole process {process:.0} ns"), end.said];
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

/// What is left of a round that nothing disturbed: less than any other, where there are enough of them. Nothing without rounds.
fn quickest(rounds: &[Round]) -> f64 {
    rounds.iter().map(|round| round.cpu).min_by(f64::total_cmp).unwrap_or_default()
}

/// The child: a contestant that watches one kind of work.
struct Working {
    watched: Watched,
    at_a_time: u64,
    bursts: usize,
    made: u64,
}

impl Working {
    fn new<W: Work>(contestant: Contestant<W>, work: W, time: Duration) -> Result<Self> {
        let (watched, at_a_time) = ((contestant.set_up)(work)?, work.at_a_time());
        let mut working = Self { watched, at_a_time, bursts: 2, made: 0 };
        // Twice, because the first time meets cold caches, new pages and a provider that nobody has asked yet.
        working.round()?;
        let burst = working.round()?.cpu * at_a_time as f64;
        working.bursts = ((time.as_nanos() as f64 / burst) as usize).max(1);
        Ok(working)
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
        let Self { watched: Watched { work, spans, outlet }, at_a_time, bursts, made } = self;
        let (start, mut laps) = (cpu::used()?, Laps::default());
        for _ in 0..*bursts {
            work(*at_a_time, &mut laps)?;
            *made += *at_a_time * *spans;
            outlet.settle(*made);
        }
        let process = cpu::used()?.saturating_sub(start);
        let times = (*at_a_time * *bursts as u64) as f64;
        let cpu = laps.median().context("the work was not timed")?;
        Ok(Round { cpu, process: process.as_nanos() as f64 / times })
    }
}
