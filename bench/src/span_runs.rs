//! What `benches/spans.rs` leaves behind: criterion's samples, and beside them how many spans were delivered.

use std::fs::{OpenOptions, read_to_string, remove_dir_all};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::summary::Summary;
use crate::table::{Arrived, Row};

/// One contestant doing one piece of work. The names are criterion's group and function too.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpanRun {
    /// What was done.
    pub work: String,
    /// By whom.
    pub contestant: String,
    /// Spans made, warm-up included.
    pub made: u64,
    /// Spans that reached the exporter or reporter.
    pub delivered: u64,
}

/// Forgets the results of earlier runs.
///
/// # Errors
///
/// When they cannot be removed.
pub fn forget() -> Result<()> {
    match remove_dir_all(directory()) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).context("cannot remove earlier results")
        }
        _ => Ok(()),
    }
}

/// Adds a run to the list, for [`rows`] to find.
///
/// # Errors
///
/// When the list is not writable.
pub fn write_down(run: &SpanRun) -> Result<()> {
    std::fs::create_dir_all(directory())?;
    let mut list = OpenOptions::new().create(true).append(true).open(list())?;
    Ok(writeln!(list, "{}", serde_json::to_string(run)?)?)
}

/// The rows of each piece of work, in the order in which they were run.
///
/// # Errors
///
/// When the benches have not run since the last [`forget`], or left something unreadable.
pub fn rows() -> Result<Vec<Vec<Row>>> {
    let list = read_to_string(list()).with_context(|| {
        format!("nothing in {}: run `cargo bench --bench spans` first", directory().display())
    })?;
    let runs = list.lines().map(serde_json::from_str).collect::<Result<Vec<SpanRun>, _>>()?;
    let groups = runs.chunk_by(|one, next| one.work == next.work);
    groups.map(|group| group.iter().map(row).collect()).collect()
}

fn row(run: &SpanRun) -> Result<Row> {
    Ok(Row {
        work: run.work.clone(),
        contestant: run.contestant.clone(),
        measured: Summary::of(samples(run)?),
        unit: "ns",
        spans: (run.made > 0).then_some(Arrived { made: run.made, received: run.delivered }),
        said: String::new(),
    })
}

/// Nanoseconds a round, as criterion took them.
fn samples(run: &SpanRun) -> Result<Vec<f64>> {
    #[derive(Deserialize)]
    struct Samples {
        iters: Vec<f64>,
        times: Vec<f64>,
    }
    let path = directory().join(&run.work).join(&run.contestant).join("new/sample.json");
    let text = read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let samples: Samples = serde_json::from_str(&text)?;
    Ok(samples.times.iter().zip(&samples.iters).map(|(time, rounds)| time / rounds).collect())
}

fn list() -> PathBuf {
    directory().join("span-runs.jsonl")
}

/// Where criterion puts its results.
fn directory() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("criterion")
}
