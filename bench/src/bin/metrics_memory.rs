//! What measuring takes of memory: an instrument before its first measurement, a series after it, a collection.
//!
//! Each number is from a process of its own, whose allocator counts the bytes in use: what one piece of work leaves
//! behind, or gives back late, is in no other's number. The count is exact, so one run says it all; counting costs
//! time, so no time is measured here.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use peak_alloc::PeakAlloc;
use pilotlight_bench::child;
use pilotlight_bench::measurements::{Attributes, Instrument, Work};
use pilotlight_bench::meters::{self, Contestant, MakeInstruments};
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Row};
use serde::{Deserialize, Serialize};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Instruments whose mean is taken.
const INSTRUMENTS: usize = 1_000;

/// Memory per instrument, per series and per collection, per contestant.
#[derive(Parser)]
struct Args {
    /// Series whose mean is taken, and that are collected.
    #[arg(long, default_value_t = 100_000)]
    series: usize,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
    /// Run this contestant alone, in this process.
    #[arg(long, hide = true, requires = "piece")]
    contestant: Option<String>,
    /// And of its work this piece.
    #[arg(long, hide = true)]
    piece: Option<usize>,
}

/// What is measured of each kind of instrument.
#[derive(Clone, Copy)]
enum Piece {
    Instrument,
    Series { threads: usize },
    Collection,
}

const PIECES: [(Instrument, Piece); 8] = [
    (Instrument::Counter, Piece::Instrument),
    (Instrument::Histogram, Piece::Instrument),
    (Instrument::Counter, Piece::Series { threads: 1 }),
    (Instrument::Counter, Piece::Series { threads: 8 }),
    (Instrument::Histogram, Piece::Series { threads: 1 }),
    (Instrument::Histogram, Piece::Series { threads: 8 }),
    (Instrument::Counter, Piece::Collection),
    (Instrument::Histogram, Piece::Collection),
];

/// A line of a contestant's report.
#[derive(Serialize, Deserialize)]
struct Line {
    work: String,
    bytes: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(piece)) = (&args.contestant, args.piece) {
        let &(instrument, piece) = PIECES.get(piece).context("there is no such piece")?;
        return child::report(&lines(meters::named(name)?, instrument, piece, args.series)?);
    }
    if !args.no_head {
        table::print_head();
    }
    for piece in 0..PIECES.len() {
        compare(piece, args.series)?.iter().for_each(|rows| table::print(rows));
    }
    Ok(())
}

/// All contestants, in the parent: a group of rows for each line of their reports.
fn compare(piece: usize, series: usize) -> Result<Vec<Vec<Row>>> {
    let mut groups: Vec<Vec<Row>> = Vec::new();
    for contestant in meters::all().into_iter().filter(|contestant| contestant.format.is_some()) {
        let (piece, series) = (piece.to_string(), series.to_string());
        let arguments = ["--contestant", contestant.name, "--piece", &piece, "--series", &series];
        let lines: Vec<Line> = child::run(&arguments, Duration::from_secs(120))?;
        for row in lines.into_iter().map(|line| row(contestant, line)) {
            match groups.iter_mut().find(|group| group.iter().any(|other| other.work == row.work)) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
    }
    Ok(groups)
}

fn row(contestant: Contestant, line: Line) -> Row {
    let measured = Summary::of(vec![line.bytes]);
    Row { work: line.work, contestant: contestant.name.to_owned(), measured, unit: "B", ..Row::default() }
}

/// One piece of one contestant's work, in the child.
fn lines(contestant: Contestant, instrument: Instrument, piece: Piece, series: usize) -> Result<Vec<Line>> {
    let name = match instrument {
        Instrument::Counter => "counter",
        Instrument::Histogram => "histogram",
    };
    let work = Work { series, ..Work::simple(instrument, Attributes::Owned) };
    let line = |work: String, bytes| Line { work, bytes };
    Ok(match (piece, contestant.instruments) {
        (Piece::Instrument, None) => Vec::new(),
        (Piece::Instrument, Some(instruments)) => {
            let bytes = an_instrument(instruments, instrument)?;
            vec![line(format!("memory of a {name} before its first measurement"), bytes)]
        }
        (Piece::Series { threads }, _) => {
            let bytes = a_series(contestant, Work { threads, ..work })?;
            let threads = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
            vec![line(format!("memory of a series, {name}, met by {threads}"), bytes)]
        }
        (Piece::Collection, _) => {
            let (peak, afterwards) = a_collection(contestant, work)?;
            let what = format!("collection of {series} series, {name}: memory a series");
            vec![line(format!("{what} at the peak"), peak), line(format!("{what} afterwards"), afterwards)]
        }
    })
}

fn an_instrument(instruments: MakeInstruments, instrument: Instrument) -> Result<f64> {
    let names: Vec<_> = (0..INSTRUMENTS).map(|number| format!("instrument_{number}")).collect();
    let before = MEMORY.current_usage();
    let _instruments = instruments(instrument, names)?;
    Ok(mean(before, MEMORY.current_usage(), INSTRUMENTS))
}

/// The instrument itself included: what it prepares for its series is theirs. The threads are still alive.
fn a_series(contestant: Contestant, work: Work) -> Result<f64> {
    work.routes();
    let before = MEMORY.current_usage();
    let meters = (contestant.set_up)(work)?;
    let met = Barrier::new(work.threads + 1);
    let looked = Barrier::new(work.threads + 1);
    let after = thread::scope(|scope| {
        for _ in 0..work.threads {
            scope.spawn(|| {
                meters.measure(work.series as u64);
                met.wait();
                looked.wait();
            });
        }
        met.wait();
        meters.settle();
        let after = MEMORY.current_usage();
        looked.wait();
        after
    });
    Ok(mean(before, after, work.series))
}

/// What a collection adds at its peak, its bytes included, and what of that stays when they are gone.
fn a_collection(contestant: Contestant, work: Work) -> Result<(f64, f64)> {
    work.routes();
    let meters = (contestant.set_up)(work)?;
    meters.measure(work.series as u64);
    meters.settle();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    drop(meters.collect()?);
    let (peak, after) = (MEMORY.peak_usage(), MEMORY.current_usage());
    Ok((mean(before, peak, work.series), mean(before, after, work.series)))
}

/// What each took, in whole bytes. Nothing when something was given back meanwhile.
fn mean(before: usize, after: usize, count: usize) -> f64 {
    (after.saturating_sub(before) as f64 / count as f64).round()
}
