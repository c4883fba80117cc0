//! What a measurement costs, from one thread and from several at once, and what it costs to collect many series.
//!
//! Contestants take turns in one process, each with its own provider or registry. A measurement is counted twice: by
//! the loop, and in what is collected at the end. Background threads collect nothing meanwhile.

use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use clap::Parser;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, ContextGuard};
use pilotlight_bench::collected::Collected;
use pilotlight_bench::measurements::{Attributes, Instrument, Work};
use pilotlight_bench::meters::{self, Contestant, Meters};
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Arrived, Row};
use pilotlight_bench::{cpu, threads};

/// Series where there are many: as many routes as a large service has.
const MANY: usize = 100;

/// CPU per measurement and per collection, per contestant.
#[derive(Parser)]
struct Args {
    /// How long each thread measures in each round, about: long enough for threads to meet.
    #[arg(long, default_value_t = 20)]
    milliseconds: u64,
    /// Rounds of each contestant, in turns.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Series of the collections.
    #[arg(long, default_value_t = 100_000)]
    series: usize,
    /// Only work whose name contains this, for example "counter", "threads", "span" or "collection".
    #[arg(long, default_value = "")]
    only: String,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if !args.no_head {
        table::print_head();
    }
    for work in works().iter().filter(|work| work.to_string().contains(&args.only)) {
        table::print(&compare(&args, *work)?);
    }
    for instrument in [Instrument::Counter, Instrument::Histogram] {
        let work = Work { series: args.series, ..Work::simple(instrument, Attributes::Owned) };
        if collection(&work).contains(&args.only) {
            table::print(&compare_collections(&args, work)?);
        }
    }
    Ok(())
}

fn works() -> Vec<Work> {
    let instruments = [Instrument::Counter, Instrument::Histogram];
    let mut works = Vec::new();
    for instrument in instruments {
        let attributes = [
            Attributes::Static,
            Attributes::Prepared,
            Attributes::ChangingOrder,
            Attributes::Owned,
            Attributes::None,
            Attributes::Bound,
        ];
        works.extend(attributes.map(|attributes| Work::simple(instrument, attributes)));
        works.push(Work { in_span: true, ..Work::simple(instrument, Attributes::Static) });
    }
    for instrument in instruments {
        for (attributes, series) in
            [(Attributes::Static, 1), (Attributes::Static, MANY), (Attributes::Bound, 1)]
        {
            // One thread with one series is above.
            let threads = [1, 2, 4, 8].into_iter().filter(|&threads| threads > 1 || series > 1);
            works.extend(threads.map(|threads| Work {
                series,
                threads,
                ..Work::simple(instrument, attributes)
            }));
        }
    }
    works
}

/// Everybody in turns.
fn compare(args: &Args, work: Work) -> Result<Vec<Row>> {
    let contestants = meters::all().into_iter().filter(|contestant| (contestant.takes)(&work));
    let time = Duration::from_millis(args.milliseconds);
    let mut measured = contestants.map(|it| Measured::new(it, work, time)).collect::<Result<Vec<_>>>()?;
    for _ in 0..args.rounds {
        for contestant in &mut measured {
            contestant.measure()?;
        }
    }
    measured.into_iter().map(Measured::row).collect()
}

/// One contestant doing one piece of work.
struct Measured {
    contestant: Contestant,
    work: Work,
    meters: Box<dyn Meters>,
    /// Nanoseconds of processor time a measurement.
    cpu: Vec<f64>,
    /// Nanoseconds from one measurement of a thread to its next.
    wall: Vec<f64>,
    /// Nanoseconds a measurement in what the contestant wants done afterwards.
    settling: Vec<f64>,
    /// Of each thread in each round.
    measurements: u64,
    made: u64,
}

impl Measured {
    fn new(contestant: Contestant, work: Work, time: Duration) -> Result<Self> {
        let meters = (contestant.set_up)(work)?;
        let (cpu, wall, settling) = (Vec::new(), Vec::new(), Vec::new());
        let mut measured = Self { contestant, work, meters, cpu, wall, settling, measurements: 0, made: 0 };
        measured.calibrate(time)?;
        Ok(measured)
    }

    /// Finds out how many measurements of one thread take about this much of its time, others' time left out.
    fn calibrate(&mut self, time: Duration) -> Result<()> {
        self.measurements = 1_024;
        loop {
            // The better of two: the first time may meet cold caches and new pages.
            let taken = self.taken()?.min(self.taken()?);
            if taken > time / 10 {
                let share = taken.as_secs_f64() / time.as_secs_f64();
                self.measurements = (self.measurements as f64 / share) as u64;
                return Ok(());
            }
            self.measurements *= 2;
        }
    }

    fn taken(&mut self) -> Result<Duration> {
        let start = cpu::used_by_this_thread()?;
        self.meters.measure(self.measurements);
        self.made += self.measurements;
        Ok(cpu::used_by_this_thread()?.saturating_sub(start))
    }

    /// One round: threads that meet every series first, so that the first time is not in the number.
    fn measure(&mut self) -> Result<()> {
        let measurements = self.measurements;
        let warm_up = (measurements / 10).max(self.work.series as u64);
        let take = |measurements| {
            let _span = self.work.in_span.then(enter_span);
            self.meters.measure(measurements);
        };
        let cost = threads::at_once(self.work.threads, || take(warm_up), || take(measurements))?;
        self.cpu.push(cost.cpu.as_nanos() as f64 / measurements as f64);
        self.wall.push(cost.wall.as_nanos() as f64 / measurements as f64);

        let made = (warm_up + measurements) * self.work.threads as u64;
        let (settling, ()) = cpu_of(|| self.meters.settle())?;
        self.settling.push(settling.as_nanos() as f64 / made as f64);
        self.made += made;
        Ok(())
    }

    fn row(self) -> Result<Row> {
        let collected = match self.contestant.format {
            Some(format) => Some(Collected::read(format, &self.meters.collect()?)?),
            None => None,
        };
        Ok(Row {
            work: self.work.to_string(),
            contestant: self.contestant.name.to_owned(),
            said: self.said(collected),
            measured: Summary::of(self.cpu),
            unit: "ns",
            spans: collected.map(|it| Arrived { made: self.made, received: it.measurements }),
        })
    }

    fn said(&self, collected: Option<Collected>) -> String {
        let median = |measured: &[f64]| Summary::of(measured.to_vec()).map_or(0.0, |it| it.median);
        let mut said = Vec::new();
        if self.work.threads > 1 {
            said.push(format!("{:.1} ns of a thread's time", median(&self.wall)));
        }
        if median(&self.settling) >= 0.5 {
            said.push(format!("and {:.1} ns later", median(&self.settling)));
        }
        if let Some(collected) = collected {
            let series = self.work.series as u64;
            if collected.series != series {
                said.push(format!("{} series instead of {series}", collected.series));
            }
            if self.work.in_span {
                said.push(format!("{} exemplars", collected.exemplars));
            }
        }
        said.join(", ")
    }
}

/// Makes a sampled span the current one.
fn enter_span() -> ContextGuard {
    let (trace, span) = (TraceId::from(1_u128), SpanId::from(1_u64));
    let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
    Context::new().with_remote_span_context(span).attach()
}

fn collection(work: &Work) -> String {
    let instrument = match work.instrument {
        Instrument::Counter => "counter",
        Instrument::Histogram => "histogram",
    };
    format!("collection of {} series, {instrument}", work.series)
}

/// Everybody in turns: each series gets a measurement, then all are collected.
fn compare_collections(args: &Args, work: Work) -> Result<Vec<Row>> {
    let contestants = meters::all().into_iter().filter(|it| it.format.is_some() && (it.takes)(&work));
    let mut measured = contestants.map(|it| Collecting::new(it, work)).collect::<Result<Vec<_>>>()?;
    for _ in 0..args.rounds {
        for contestant in &mut measured {
            contestant.measure()?;
        }
    }
    measured.into_iter().map(Collecting::row).collect()
}

/// One contestant's collections.
struct Collecting {
    contestant: Contestant,
    work: Work,
    meters: Box<dyn Meters>,
    /// Milliseconds of the process's processor time: some collect on a thread of their own.
    costs: Vec<f64>,
    last: Vec<Bytes>,
    wall: Duration,
}

impl Collecting {
    fn new(contestant: Contestant, work: Work) -> Result<Self> {
        let meters = (contestant.set_up)(work)?;
        Ok(Self { contestant, work, meters, costs: Vec::new(), last: Vec::new(), wall: Duration::MAX })
    }

    fn measure(&mut self) -> Result<()> {
        self.meters.measure(self.work.series as u64);
        // Giving the last one back is not part of the next.
        self.last = Vec::new();
        let start = Instant::now();
        let (cpu, collected) = cpu_of(|| self.meters.collect())?;
        self.wall = self.wall.min(start.elapsed());
        self.last = collected?;
        self.costs.push(cpu.as_secs_f64() * 1e3);
        Ok(())
    }

    fn row(self) -> Result<Row> {
        let collected = match self.contestant.format {
            Some(format) => Collected::read(format, &self.last)?,
            None => Collected::default(),
        };
        let (ms, mb) = (self.wall.as_millis(), self.last.iter().map(Bytes::len).sum::<usize>() as f64 / 1e6);
        Ok(Row {
            work: collection(&self.work),
            contestant: self.contestant.name.to_owned(),
            measured: Summary::of(self.costs),
            unit: "ms",
            spans: Some(Arrived { made: self.work.series as u64, received: collected.series }),
            said: format!("{mb:.1} MB, {ms} ms from start to end at best"),
        })
    }
}

/// The processor time of the whole process meanwhile.
fn cpu_of<R>(work: impl FnOnce() -> R) -> Result<(Duration, R)> {
    let start = cpu::used()?;
    let result = work();
    Ok((cpu::used()?.saturating_sub(start), result))
}
