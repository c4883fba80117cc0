//! `pilotlight doctor`: why nothing arrives.
//!
//! ```text
//!  environment/   the variables: of this process, of another, of a file; and where they hold (a container?)
//!  project/       the folder: which SDK, Cargo.lock (versions, what is compiled in), Cargo.toml (features)
//!  source/        a light reading of the Rust sources: only what is certain, with file and line
//!  ─────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  settings/      what is in force for each signal, and where each value came from
//!  probe/         who listens at the effective addresses, and what they answer an empty request
//!  ─────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  checks/        facts in, findings out: one small file per family of causes, in order of likelihood
//!  report/        the findings for people and for programs
//!
//!  send/          --send: one item of each signal down the real path, and back
//!  listen/        --listen: the ports of a collector, and what is wrong with what comes
//!  run/           a program, run against that
//!  explain/       another way in: error lines of any program, decoded
//! ```
//!
//! Everything is looked at from this process only: what another network, user or container sees is theirs to check, and the report
//! says so. No telemetry is sent unless it is asked for; the probes are greetings and empty requests, which OTLP allows and receivers forget.

pub mod checks;
pub mod environment;
pub mod explain;
pub mod listen;
pub mod probe;
pub mod project;
pub mod report;
pub mod run;
pub mod send;
pub mod settings;
pub mod source;

mod arguments;
mod facts;
mod files;

pub use crate::finding::{Finding, Severity};
pub use arguments::{Arguments, Command, ExplainArguments, ListenArguments, RunArguments};
pub use facts::{Facts, Place};
pub use report::{Check, Observation, Outcome, Report, Status};

use std::process::ExitCode;

/// Runs what the command line asks for.
pub fn main(arguments: &Arguments) -> ExitCode {
    match &arguments.command {
        Some(Command::Explain(explain)) => explain::main(explain, arguments),
        Some(Command::Run(run)) => run::main(run, arguments),
        None if arguments.listen => listen::main(&arguments.listening, arguments),
        None => examine(arguments),
    }
}

fn examine(arguments: &Arguments) -> ExitCode {
    match diagnose(arguments) {
        Ok(report) => report::print(&report, arguments.json),
        Err(error) => report::could_not_check(&error),
    }
}

/// Gathers the facts that `arguments` point to, and concludes.
///
/// # Errors
///
/// When something that was named on the command line cannot be read.
pub fn diagnose(arguments: &Arguments) -> Result<Report, String> {
    let place = arguments.place()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the network cannot be used ({error}): try again with fewer open files"))?;
    let report = runtime.block_on(examined(place, arguments));
    // A question to a name server goes on after we gave it up, and is not waited for.
    runtime.shutdown_background();
    Ok(report)
}

async fn examined(place: Place, arguments: &Arguments) -> Report {
    let facts = Facts::gather(place).await;
    let mut report = checks::conclude(&facts);
    if arguments.send || arguments.send_large {
        if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            // It may take as long as the exporter's time limit.
            crate::program::say("Sending one item of each signal ...");
        }
        let options = send::Options { large: arguments.send_large, viewer: arguments.viewer.clone() };
        send::send(&facts.settings, &options, &mut report).await;
    }
    report
}

/// Where telemetry is received while others run.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| format!("no threads can be started ({error}): end some other programs"))
}
