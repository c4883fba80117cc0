//! How fast the viewer starts, takes and answers.
//!
//! ```text
//! cargo build --release -p pilotlight-view
//! cargo run --release --manifest-path bench/viewer/Cargo.toml -- --program target/release/pilotlight
//! ```
//!
//! The viewer is a process of its own; the sender shares the machine with it, as a service would.

mod beside;
mod questions;
mod requests;
mod sender;
mod viewer;

use anyhow::{Result, ensure};
use clap::Parser;
use requests::{SPANS, Template};
use sender::{Connection, Run, Signal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use viewer::Viewer;

/// How fast the viewer starts, takes and answers.
#[derive(Parser)]
struct Options {
    /// The viewer: `target/release/pilotlight`.
    #[arg(long)]
    program: PathBuf,
    /// Spans of each run.
    #[arg(long, default_value_t = 1_000_000)]
    spans: u64,
    /// Spans a second of the steady run.
    #[arg(long, default_value_t = 40_000)]
    rate: u64,
    /// Seconds of the steady run.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Connections of the sender.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Requests that are under way at once on each connection.
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Memory that the viewer may take for what is live.
    #[arg(long, default_value = "512MiB")]
    memory: String,
    /// How often each question is asked.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let templates: Arc<Vec<Template>> = Arc::new((0..50).map(Template::new).collect());
    println!("| what | measured | goal |\n|---|--:|--:|");
    starting(&options).await?;
    for durable in [false, true] {
        let viewer = Viewer::start(&options.program, durable, &options.memory).await?;
        let run = as_fast_as_it_goes(&options, &viewer, &templates).await?;
        taken(&options, &viewer, &run, durable).await?;
        if !durable {
            let beside = beside::send(viewer.otlp, options.spans).await?;
            questions::ask(&viewer, options.rounds, options.spans, &beside).await?;
        }
        viewer.stop().await?;
        let viewer = Viewer::start(&options.program, durable, &options.memory).await?;
        steadily(&options, &viewer, &templates, durable).await?;
        viewer.stop().await?;
    }
    Ok(())
}

async fn starting(options: &Options) -> Result<()> {
    let size = std::fs::metadata(&options.program)?.len();
    println!("| size of the program | {} MB | 15 MB |", tenths(size as f64 / 1e6));
    let mut times = Vec::new();
    for _ in 0..options.rounds {
        let viewer = Viewer::start(&options.program, false, &options.memory).await?;
        times.push(viewer.first_page);
        viewer.stop().await?;
    }
    times.sort();
    println!("| first page after the start | {} ms | 100 ms |", tenths(ms(times[times.len() / 2])));
    let viewer = Viewer::start(&options.program, false, &options.memory).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("| memory, idle | {} MB | 25 MB |", tenths(viewer.resident()? as f64 / 1e6));
    viewer.stop().await
}

/// Each sender has one request under way; there are as many as are told.
async fn as_fast_as_it_goes(
    options: &Options,
    viewer: &Viewer,
    templates: &Arc<Vec<Template>>,
) -> Result<Run> {
    let next = Arc::new(AtomicU64::new(0));
    let requests = options.spans / SPANS as u64;
    let started = Instant::now();
    let mut senders = Vec::new();
    for _ in 0..options.connections {
        let connection = Connection::open(viewer.otlp).await?;
        for _ in 0..options.at_once {
            let (mut connection, templates, next) = (connection.clone(), templates.clone(), next.clone());
            senders.push(tokio::spawn(async move {
                let (mut latencies, mut again) = (Vec::new(), 0);
                loop {
                    let count = next.fetch_add(1, Ordering::Relaxed);
                    if count >= requests {
                        return anyhow::Ok((latencies, again));
                    }
                    let request = templates[count as usize % templates.len()].stamp(count);
                    let due = Instant::now();
                    again += connection.export(Signal::Traces, request).await?;
                    latencies.push(sender::since(due));
                }
            }));
        }
    }
    let mut run =
        Run { spans: requests * SPANS as u64, took: Duration::ZERO, latencies: Vec::new(), again: 0 };
    for sender in senders {
        let (latencies, again) = sender.await??;
        run.latencies.extend(latencies);
        run.again += again;
    }
    run.took = started.elapsed();
    run.latencies.sort();
    Ok(run)
}

async fn taken(options: &Options, viewer: &Viewer, run: &Run, durable: bool) -> Result<()> {
    let (where_to, goal) =
        if durable { ("into a file of the user's", "60,000") } else { ("over gRPC", "100,000") };
    println!(
        "| spans a second {where_to}, 8 attributes each, as fast as they are taken | {:.0} (asked to come again {} times) | {goal} |",
        run.rate(),
        run.again
    );
    let (state, _) = viewer.ask("/api/state").await?;
    ensure!(
        state["received"]["spans"].as_u64() == Some(run.spans),
        "acknowledged {}, counted {}",
        run.spans,
        state["received"]["spans"]
    );
    println!(
        "| held in memory of {} spans {where_to}; memory of the process | {} ({} MB counted); {} MB | {} |",
        run.spans,
        state["held"]["spans"],
        state["held"]["memory_bytes"].as_u64().unwrap_or_default() / 1_000_000,
        viewer.resident()? / 1_000_000,
        options.memory
    );
    Ok(())
}

/// A request when it is due, whatever became of the last ones.
async fn steadily(
    options: &Options,
    viewer: &Viewer,
    templates: &Arc<Vec<Template>>,
    durable: bool,
) -> Result<()> {
    let requests = options.rate * options.seconds / SPANS as u64;
    let pause = Duration::from_secs(options.seconds) / u32::try_from(requests)?;
    let mut connections = Vec::new();
    for _ in 0..options.connections {
        connections.push(Connection::open(viewer.otlp).await?);
    }
    let started = Instant::now();
    let mut under_way = Vec::new();
    for count in 0..requests {
        let due = started + pause * u32::try_from(count)?;
        tokio::time::sleep_until(due.into()).await;
        let request = templates[count as usize % templates.len()].stamp(count);
        let mut connection = connections[count as usize % connections.len()].clone();
        under_way.push(tokio::spawn(async move {
            let again = connection.export(Signal::Traces, request).await?;
            anyhow::Ok((sender::since(due), again))
        }));
    }
    let mut run =
        Run { spans: requests * SPANS as u64, took: Duration::ZERO, latencies: Vec::new(), again: 0 };
    for request in under_way {
        let (latency, again) = request.await??;
        run.latencies.push(latency);
        run.again += again;
    }
    run.took = started.elapsed();
    run.latencies.sort();
    let where_to = if durable { "into a file of the user's" } else { "over gRPC" };
    println!(
        "| a request of {SPANS} spans {where_to} at {} spans a second, p50; p99 | {} ms; {} ms | 20 ms |",
        options.rate,
        tenths(ms(run.quantile(50.0))),
        tenths(ms(run.quantile(99.0)))
    );
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn tenths(number: f64) -> String {
    format!("{number:.1}")
}
