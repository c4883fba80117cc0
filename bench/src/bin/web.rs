//! A service under load: processor time a request on top of the bare service, and what arrived of its spans and logs.
//!
//! Three processes on 127.0.0.1: the service with one contestant in it, the load generator, the receiver. The
//! service's processor time is taken from after the warm-up to after shutdown, so that exporting is in it.

use std::io::stdin;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::serve::ListenerExt;
use clap::Parser;
use pilotlight_bench::child::Dialogue;
use pilotlight_bench::contestants::{self, Contestant, Stack};
use pilotlight_bench::receiver::Receiver;
use pilotlight_bench::summary::Summary;
use pilotlight_bench::table::{self, Arrived, Row};
use pilotlight_bench::{child, cpu, load};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// Threads of the service's runtime: what `#[tokio::main]` takes on two cores.
const SERVICE_THREADS: usize = 2;

/// The server's span and its child; where there are logs, one of them.
fn records_a_request(logs: bool) -> u64 {
    if logs { 3 } else { 2 }
}

/// The longest that a run may take.
const TIME_MAX: Duration = Duration::from_secs(120);

/// CPU per request on top of the bare service, per contestant.
#[derive(Parser)]
struct Args {
    /// Requests that are measured in each run.
    #[arg(long, default_value_t = 50_000)]
    requests: u64,
    /// Requests before that.
    #[arg(long, default_value_t = 5_000)]
    warm_up: u64,
    /// Keep-alive connections, each with one request in flight.
    #[arg(long, default_value_t = 8)]
    connections: u64,
    /// Runs of each contestant, in turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// With a log record a request, over OTLP and as a JSON line on standard output, which is `/dev/null`.
    #[arg(long)]
    logs: bool,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
    /// Be the service with this contestant in it.
    #[arg(long, hide = true, requires = "endpoint")]
    contestant: Option<String>,
    /// Where that contestant exports to.
    #[arg(long, hide = true)]
    endpoint: Option<String>,
    /// Be the load generator for the service at this address.
    #[arg(long, hide = true)]
    load: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Run {
    cpu: Duration,
    said: String,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(address) = &args.load {
        return load::requests(address, args.requests, args.connections);
    }
    if let (Some(name), Some(endpoint)) = (&args.contestant, &args.endpoint) {
        let stack =
            stack(contestants::named(name)?, args.logs).with_context(|| format!("{name} has no stack"))?;
        return serve(stack, endpoint);
    }
    if !args.no_head {
        table::print_head();
    }
    compare(&args)?.iter().for_each(|rows| table::print(rows));
    Ok(())
}

type MakeStack = fn(&str) -> Result<Stack>;

fn stack(contestant: Contestant, logs: bool) -> Option<MakeStack> {
    if logs { contestant.stack_with_logs } else { contestant.stack }
}

/// The service: says where it listens; a line on its input after the warm-up, another one at the end.
fn serve(stack: MakeStack, endpoint: &str) -> Result<()> {
    let mut parent = child::keep_stdout()?;
    let runtime = child::runtime(SERVICE_THREADS)?;
    let _inside = runtime.enter();
    let Stack { router, telemetry } = stack(endpoint)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    child::report_to(&mut parent, &listener.local_addr()?.to_string())?;
    let listener = listener.tap_io(|connection| {
        // Only latency suffers when this fails.
        let _ = connection.set_nodelay(true);
    });
    runtime.spawn(async move { axum::serve(listener, router).await });

    let mut told = stdin().lines();
    told.next().context("nobody said that the warm-up is over")??;
    telemetry.flush();
    let start = cpu::used()?;
    child::report_to(&mut parent, &"flushed")?;
    told.next().context("nobody said that the load is over")??;
    let said = telemetry.shutdown();
    child::report_to(&mut parent, &Run { cpu: cpu::used()? - start, said })
}

/// All contestants in turns, in the parent.
fn compare(args: &Args) -> Result<[Vec<Row>; 2]> {
    let contestants: Vec<_> =
        contestants::all().into_iter().filter(|it| stack(*it, args.logs).is_some()).collect();
    let mut measured: Vec<_> = contestants.iter().map(|it| Measured::new(it.name)).collect();
    for _ in 0..args.rounds {
        for contestant in &mut measured {
            contestant.measure(args)?;
        }
    }
    Ok(rows(args, measured))
}

/// One contestant's runs.
struct Measured {
    contestant: &'static str,
    /// Microseconds a request, in the order of the rounds.
    costs: Vec<f64>,
    records: Arrived,
    said: String,
}

impl Measured {
    fn new(contestant: &'static str) -> Self {
        Self { contestant, costs: Vec::new(), records: Arrived { made: 0, received: 0 }, said: String::new() }
    }

    fn measure(&mut self, args: &Args) -> Result<()> {
        let receiver = Receiver::start()?;
        let mut service = Service::start(self.contestant, &receiver.endpoint(), args.logs)?;
        load_from_another_process(&service.address, args.warm_up, args.connections)?;
        let _flushed: String = service.dialogue.tell("next")?;
        load_from_another_process(&service.address, args.requests, args.connections)?;
        let run: Run = service.dialogue.tell("next")?;
        service.dialogue.end(TIME_MAX)?;

        self.costs.push(run.cpu.as_secs_f64() * 1e6 / args.requests as f64);
        self.records.made += (args.warm_up + args.requests) * records_a_request(args.logs);
        let count = receiver.settled()?;
        self.records.received += count.spans + count.logs;
        self.said = run.said;
        Ok(())
    }

    fn row(&self, work: &str, costs: Vec<f64>) -> Row {
        Row {
            work: work.to_owned(),
            contestant: self.contestant.to_owned(),
            measured: Summary::of(costs),
            unit: "µs",
            ..Row::default()
        }
    }
}

/// Each contestant's cost, then what it adds to the bare service of the same round.
fn rows(args: &Args, measured: Vec<Measured>) -> [Vec<Row>; 2] {
    let bare = measured.first().map(|first| first.costs.clone()).unwrap_or_default();
    let request = if args.logs { "CPU a web request with a log" } else { "CPU a web request" };
    let whole = measured.iter().map(|one| one.row(&format!("{request}, whole"), one.costs.clone()));
    let added = measured.iter().skip(1).map(|one| {
        let costs = one.costs.iter().zip(&bare).map(|(with, without)| with - without).collect();
        Row {
            spans: Some(one.records),
            said: one.said.clone(),
            ..one.row(&format!("{request}, on top of the bare service"), costs)
        }
    });
    [whole.collect(), added.collect()]
}

fn load_from_another_process(address: &str, requests: u64, connections: u64) -> Result<()> {
    let (requests, connections) = (requests.to_string(), connections.to_string());
    let mut load =
        child::start(&["--load", address, "--requests", &requests, "--connections", &connections])?;
    child::wait(&mut load, TIME_MAX).context("the load generator failed")
}

/// The service's process, seen from the one that measures.
struct Service {
    dialogue: Dialogue,
    address: String,
}

impl Service {
    fn start(contestant: &str, endpoint: &str, logs: bool) -> Result<Self> {
        let mut arguments = vec!["--contestant", contestant, "--endpoint", endpoint];
        arguments.extend(logs.then_some("--logs"));
        let mut dialogue = Dialogue::start(&arguments)?;
        let address = dialogue.hear()?;
        Ok(Self { dialogue, address })
    }
}
