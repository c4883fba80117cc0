//! A burst of spans followed by shutdown: what was made, what arrived, and what the application is told.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use pilotlight_bench::child;
use pilotlight_bench::contestants::{self, Contestant};
use pilotlight_bench::receiver::Receiver;
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Arrived, Row};
use serde::{Deserialize, Serialize};

/// Many spans at once, then shutdown, per contestant.
#[derive(Parser)]
struct Args {
    /// Spans in a burst; several sizes are run one after another.
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    spans: Vec<u64>,
    /// Bursts of each size and contestant, in turns.
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
    recording: Duration,
    shutdown: Duration,
    said: String,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(name), Some(endpoint)) = (&args.contestant, &args.endpoint) {
        let spans = *args.spans.first().context("--spans is empty")?;
        return child::report(&run(contestants::named(name)?, endpoint, spans)?);
    }
    if !args.no_head {
        table::print_head();
    }
    for &spans in &args.spans {
        table::print(&compare(args.rounds, spans)?);
    }
    Ok(())
}

/// One burst, in the child. Nothing is warm: that is how a short program meets its exporter.
fn run(contestant: Contestant, endpoint: &str, spans: u64) -> Result<Run> {
    let pipeline = contestant.pipeline.with_context(|| format!("{} has no pipeline", contestant.name))?;
    let runtime = child::runtime(1)?;
    let _inside = runtime.enter();
    let contestants::Pipeline { record, telemetry } = pipeline(endpoint)?;

    let start = Instant::now();
    record(spans);
    let recording = start.elapsed();
    let said = telemetry.shutdown();
    Ok(Run { recording, shutdown: start.elapsed() - recording, said })
}

/// All contestants in turns, in the parent.
fn compare(rounds: usize, spans: u64) -> Result<Vec<Row>> {
    let contestants: Vec<_> = contestants::all().into_iter().filter(|it| it.pipeline.is_some()).collect();
    let mut measured: Vec<_> = contestants.iter().map(|it| Measured::new(it.name)).collect();
    for _ in 0..rounds {
        for contestant in &mut measured {
            contestant.measure(spans)?;
        }
    }
    Ok(measured.into_iter().map(|contestant| contestant.row(spans)).collect())
}

/// One contestant's bursts.
struct Measured {
    contestant: &'static str,
    recording_ms: Vec<f64>,
    spans: Arrived,
    shutdown: Duration,
    said: String,
}

impl Measured {
    fn new(contestant: &'static str) -> Self {
        let spans = Arrived { made: 0, received: 0 };
        Self { contestant, recording_ms: Vec::new(), spans, shutdown: Duration::ZERO, said: String::new() }
    }

    fn measure(&mut self, spans: u64) -> Result<()> {
        let receiver = Receiver::start()?;
        let (endpoint, count) = (receiver.endpoint(), spans.to_string());
        let arguments = ["--contestant", self.contestant, "--endpoint", &endpoint, "--spans", &count];
        let run: Run = child::run(&arguments, Duration::from_secs(60))?;
        self.recording_ms.push(run.recording.as_secs_f64() * 1e3);
        self.spans.made += spans;
        self.spans.received += receiver.settled()?.spans;
        self.shutdown = self.shutdown.max(run.shutdown);
        self.said = run.said;
        Ok(())
    }

    fn row(self, spans: u64) -> Row {
        Row {
            work: format!("burst of {spans}, then shutdown"),
            contestant: self.contestant.to_owned(),
            measured: Summary::of(self.recording_ms),
            unit: "ms",
            spans: Some(self.spans),
            said: format!("{} after {} ms at most", self.said, self.shutdown.as_millis()),
        }
    }
}
