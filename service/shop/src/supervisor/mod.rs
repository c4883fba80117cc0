//! The shop as one command: its programs as child processes, started and stopped together, none of them left behind.
//!
//! ```text
//!  plan ──────────> start ─────────> until a signal, or one of them ends ──> stop
//!  a listener and   each in a        ended unasked: told of, exit code 1     load, gateway, then the others:
//!  flags for each   group of its own                                         a signal, and time to drain
//! ```
//!
//! The listeners are opened here and handed on, so that a port cannot be lost between being chosen and being used. Each child asks the
//! system to be told to stop when this process is gone, however that happens.

mod child;
mod environment;
mod plan;
mod stages;

use std::process::ExitCode;

use clap::ArgMatches;

use crate::cli::ShopCommand;
use crate::failure::Failure;
use plan::Plan;
use stages::Stages;

/// Runs the shop's programs until a signal, or until one of them ends, and then stops them all. The matches are those that the command
/// was read from: they tell which flags to hand on.
///
/// To be called on the main thread, in a runtime of that thread alone: for the system, the parent of a process is the thread that
/// started it.
///
/// # Errors
/// When a listener cannot be opened or a process not be started; then none is left.
pub async fn run(command: &ShopCommand, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let plan = Plan::new(command, matches)?;
    let mut signals = stages::Signals::install()?;
    let mut stages = Stages::start(plan)?;
    let ended_unasked = stages.watch(&mut signals).await;
    let ended_well = stages.stop(&mut signals).await;
    Ok(if ended_well && !ended_unasked { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tells what no program's log can tell. Unlike `eprintln!`, it does not panic when nobody reads it.
fn note(line: impl std::fmt::Display) {
    use std::io::Write;

    let _ = writeln!(std::io::stderr(), "shop: {line}");
}
