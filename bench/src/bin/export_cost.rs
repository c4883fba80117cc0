//! Processor time for a span from start to exported: the whole process, at a paced rate, over gRPC.
//!
//! Each run is a process of its own. It first paces nothing for as long as it then paces spans; what the second
//! phase takes more than the first, up to and including shutdown, is the spans' cost.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use pilotlight_bench::contestants::{self, Contestant};
use pilotlight_bench::pace::paced;
use pilotlight_bench::receiver::Receiver;
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Arrived, Row};
use pilotlight_bench::{child, cpu};
use serde::{Deserialize, Serialize};

/// Recorded and flushed before the clock runs, so that connecting is not a span's cost.
const WARM_UP_SPANS: u64 = 1_000;

/// CPU per span from start to exported, per contestant.
#[derive(Parser)]
struct Args {
    /// Spans a second; several rates are measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "20000,200000")]
    rates: Vec<u64>,
    /// How long spans are made in each run.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Runs of each contestant, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
    /// Run this contestant alone, in this process.
    #[arg(long, hide = true, requires = "endpoint")]
    contestant: Option<String>,
    /// Where that contestant exports to.
    #[arg(long, hide = true)]
    endpoint: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Run {
    made: u64,
    cpu: Duration,
    said: String,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(endpoint)) = (&args.contestant, &args.endpoint) {
        let rate = *args.rates.first().context("--rates is empty")?;
        return child::report(&run(
            contestants::named(name)?,
            endpoint,
            rate,
            Duration::from_secs_f64(args.seconds),
        )?);
    }
    if !args.no_head {
        table::print_head();
    }
    for &rate in &args.rates {
        table::print(&compare(&args, rate)?);
    }
    Ok(())
}

/// One run, in the child.
fn run(contestant: Contestant, endpoint: &str, rate: u64, time: Duration) -> Result<Run> {
    let pipeline = contestant.pipeline.with_context(|| format!("{} has no pipeline", contestant.name))?;
    let runtime = child::runtime(1)?;
    let _inside = runtime.enter();

    let start = cpu::used()?;
    paced(rate, time, |_| {});
    let idle = cpu::used()? - start;

    let contestants::Pipeline { record, telemetry } = pipeline(endpoint)?;
    record(WARM_UP_SPANS);
    telemetry.flush();
    let start = cpu::used()?;
    let made = paced(rate, time, &record);
    let said = telemetry.shutdown();
    let busy = cpu::used()? - start;

    Ok(Run { made, cpu: busy.saturating_sub(idle), said })
}

/// All contestants in turns, in the parent.
fn compare(args: &Args, rate: u64) -> Result<Vec<Row>> {
    let contestants: Vec<_> = contestants::all().into_iter().filter(|it| it.pipeline.is_some()).collect();
    let mut measured: Vec<_> = contestants.iter().map(|it| Measured::new(it.name)).collect();
    for _ in 0..args.rounds {
        for contestant in &mut measured {
            contestant.measure(rate, args.seconds)?;
        }
    }
    Ok(measured.into_iter().map(|contestant| contestant.row(rate)).collect())
}

/// One contestant's runs.
struct Measured {
    contestant: &'static str,
    /// Nanoseconds for each span that arrived: what was dropped on the way has cost something too, for nothing.
    costs: Vec<f64>,
    spans: Arrived,
    said: String,
}

impl Measured {
    fn new(contestant: &'static str) -> Self {
        Self { contestant, costs: Vec::new(), spans: Arrived { made: 0, received: 0 }, said: String::new() }
    }

    fn measure(&mut self, rate: u64, seconds: f64) -> Result<()> {
        let receiver = Receiver::start()?;
        let (endpoint, rates, time) = (receiver.endpoint(), rate.to_string(), seconds.to_string());
        let arguments =
            ["--contestant", self.contestant, "--endpoint", &endpoint, "--rates", &rates, "--seconds", &time];
        let run: Run = child::run(&arguments, Duration::from_secs_f64(seconds * 2.0 + 30.0))?;
        let received = receiver.settled()?.spans.saturating_sub(WARM_UP_SPANS);
        self.costs.push(run.cpu.as_nanos() as f64 / received.max(1) as f64);
        self.spans.made += run.made;
        self.spans.received += received;
        self.said = run.said;
        Ok(())
    }

    fn row(self, rate: u64) -> Row {
        Row {
            work: format!("CPU a span, start to exported, {rate}/s"),
            contestant: self.contestant.to_owned(),
            measured: Summary::of(self.costs),
            unit: "ns",
            spans: Some(self.spans),
            said: self.said,
        }
    }
}
