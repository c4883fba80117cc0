//! `pilotlight doctor run -- CMD`: runs a program against the doctor's own receiver, and says what came of it.
//!
//! ```text
//!  run/ of the crate   tells the program where to send, with short intervals; hands signals on
//!  listen/             receives
//!  errors              what the program writes to standard error goes on, and past `explain`
//!  ───────────────────────────────────────────────────────────────────────────────────────────
//!  verdict             what came, whether it was flushed at the end, what was ignored
//! ```

mod errors;
mod verdict;

use std::ffi::OsString;
use std::io::Write;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::arguments::{Arguments, RunArguments};
use super::listen::Listening;
use super::report::{self, Report};
use crate::run::child::{self, Outputs};
use crate::run::environment::{Destination, Environment};
use crate::run::signals::Signals;
use errors::Errors;
use verdict::Run;

/// Runs what the command line names, and reports.
pub fn main(run: &RunArguments, arguments: &Arguments) -> ExitCode {
    let report = super::runtime().and_then(|runtime| {
        let report = runtime.block_on(observe(&run.command, arguments.json));
        // A grandchild may hold standard error open: its reader is not waited for.
        runtime.shutdown_background();
        report
    });
    match report {
        Ok(report) => report::print(&report, arguments.json),
        Err(error) => report::could_not_check(&error),
    }
}

/// Runs the program to its end. With `json`, standard output is the report's, and the program writes to standard error instead.
async fn observe(command: &[OsString], json: bool) -> Result<Report, String> {
    let listening = Listening::anywhere().await?;
    let destination = Destination { address: listening.ports.http, token: None };
    let environment = Environment::new(command, &destination, &|name| std::env::var_os(name));
    let signals = Signals::new().map_err(|error| format!("signals cannot be received: {error}"))?;
    let (reader, writer) =
        std::io::pipe().map_err(|error| format!("standard error cannot be watched: {error}"))?;
    let stdout = if json { Stdio::from(std::io::stderr()) } else { Stdio::inherit() };
    environment.notes.iter().for_each(|note| say(note));
    let started = Instant::now();
    let mut child = child::start(command, &environment, Outputs { stdout, stderr: writer.into() })
        .map_err(|(_, message)| message)?;
    let errors = Errors::read(reader)?;
    let status = signals.wait(&mut child).await;
    let status = status.map_err(|error| format!("the program cannot be waited for: {error}"))?;
    let (lived, ended) = (started.elapsed(), now());
    let explained = errors.explained().await;
    let watch = listening.close().await;
    let run = Run {
        lived,
        ended,
        code: child::code(status),
        status: status.to_string(),
        name: set(&environment, "OTEL_SERVICE_NAME"),
        delay: milliseconds(&environment, "OTEL_BSP_SCHEDULE_DELAY"),
        interval: milliseconds(&environment, "OTEL_METRIC_EXPORT_INTERVAL"),
    };
    let report = verdict::report(&watch, &run, explained);
    watch.store.close().await;
    Ok(report)
}

/// What we told the program, when it was not told otherwise.
fn set(environment: &Environment, name: &str) -> Option<String> {
    let ours = environment.set.iter().find(|(known, _)| *known == name);
    ours.map(|(_, value)| value.to_string_lossy().into_owned())
}

/// A setting of ours, or else the user's own.
fn milliseconds(environment: &Environment, name: &str) -> Duration {
    let value = set(environment, name).or_else(|| std::env::var(name).ok());
    // What is no number becomes the SDK's default, which is longer than most programs run.
    Duration::from_millis(value.and_then(|value| value.trim().parse().ok()).unwrap_or(60_000))
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

fn say(message: &str) {
    // Nobody may be reading it, which is no reason to end.
    let _ = writeln!(std::io::stderr(), "pilotlight doctor run: {message}");
}
