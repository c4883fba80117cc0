//! The shop as one command: its programs as child processes, started and stopped together, none of them left behind.
//!
//! ```text
//!  plan ──────────> start ─────────> until a signal, or one of them ends ──> stop
//!  a listener and   each in a        ended unasked: told of, exit code 1     load, gateway, then the others:
//!  flags for each   group of its own                                         a signal, and time to drain;
//!  the viewer first                                                          the viewer last
//! ```
//!
//! What they write to standard output goes there directly, or, where lines of several processes would tear each other, through a relay.
//!
//! The listeners are opened here and handed on, so that a port cannot be lost between being chosen and being used. Each child asks the
//! system to be told to stop when this process is gone, however that happens.

mod child;
mod environment;
mod plan;
mod relay;
mod stages;
mod viewer;

use std::process::ExitCode;

use clap::ArgMatches;

use crate::cli::ShopCommand;
use crate::failure::Failure;
use plan::{Plan, Traffic};
use relay::Relay;
use stages::Stages;
use viewer::Viewer;

/// Runs the shop's programs until a signal, or until one of them ends, and then stops them all. The matches are those that the command
/// was read from: they tell which flags to hand on.
///
/// To be called on the main thread, in a runtime of that thread alone: for the system, the parent of a process is the thread that
/// started it.
///
/// # Errors
/// When a listener cannot be opened or a process not be started; then none is left.
pub async fn run(command: &ShopCommand, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let viewer = viewer::is_wanted(command.viewer).then(|| Viewer::start(command.viewer_addr)).transpose()?;
    let mut plan = Plan::new(command, matches, traffic(command, viewer.as_ref()))?;
    if let Some(viewer) = &viewer {
        plan.tell(&viewer.environment());
    }
    let mut signals = stages::Signals::install()?;
    let relay = Relay::where_lines_would_tear()?;
    let mut stages = Stages::start(plan, relay.as_ref())?;
    if let Some(viewer) = &viewer {
        note(format_args!("open {} to see what its programs do; Ctrl-C ends them", viewer.url));
    }
    let ended_unasked = stages.watch(&mut signals).await;
    let ended_well = stages.stop(&mut signals).await;
    if let Some(relay) = relay {
        relay.finish(&mut signals).await;
    }
    if let Some(viewer) = viewer {
        viewer.stop();
    }
    Ok(if ended_well && !ended_unasked { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A viewer is nothing to look at without traffic.
fn traffic(command: &ShopCommand, viewer: Option<&Viewer>) -> Traffic {
    match (command.load, command.no_load, viewer) {
        (true, ..) => Traffic::Load,
        (false, false, Some(_)) => Traffic::Light,
        _ => Traffic::None,
    }
}

/// Tells what no program's log can tell. Unlike `eprintln!`, it does not panic when nobody reads it, and it writes once: the children
/// have words for standard error, too.
fn note(line: impl std::fmt::Display) {
    use std::io::Write;

    let _ = std::io::stderr().write_all(format!("shop: {line}\n").as_bytes());
}
