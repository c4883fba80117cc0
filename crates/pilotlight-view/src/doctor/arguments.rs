//! What the command line says.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::environment::Environment;
use super::facts::Place;

/// Finds out why no telemetry arrives.
///
/// Without arguments, in the folder or container of a service: reads the environment, Cargo.lock, Cargo.toml and the sources, asks the
/// effective addresses who they are, and says what is wrong and what to do next. Nothing is changed and no telemetry is sent. Exit
/// codes: 0 nothing is wrong, 1 something was found, 2 nothing could be checked.
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// The service's folder, its Cargo.toml or its Cargo.lock.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Variables of this file (NAME=value lines) win over those of the environment.
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// Take the environment that this process was started with instead of our own (Linux).
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,
    /// The longest that one probe may take, in milliseconds [default: 300 on loopback, 1000 elsewhere].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub probe_timeout: Option<u64>,
    /// Do not touch the network.
    #[arg(long)]
    pub offline: bool,
    /// For programs: one JSON document on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do instead of looking around.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the doctor does besides looking around.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Decodes error lines of any program: `pilotlight doctor explain < log`.
    Explain(ExplainArguments),
}

/// Which lines to explain.
#[derive(Debug, Clone, Default, Args)]
pub struct ExplainArguments {
    /// Logs to read; standard input when there are none.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

impl Arguments {
    /// Where to look.
    pub(super) fn place(&self) -> Result<Place, String> {
        if !self.path.exists() {
            return Err(format!("{} does not exist: give --path the service's folder", self.path.display()));
        }
        let mut environment = match self.pid {
            Some(pid) => Environment::of_process(pid)?,
            None => Environment::of_this_process(),
        };
        if let Some(file) = &self.env_file {
            environment.overlay_file(file)?;
        }
        Ok(Place {
            environment,
            folder: self.path.clone(),
            container: super::environment::container(),
            probe_timeout: self.probe_timeout.map(Duration::from_millis),
            offline: self.offline,
        })
    }
}
