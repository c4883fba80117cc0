//! What the command line says.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::environment::Environment;
use super::facts::Place;

/// Finds out why no telemetry arrives.
///
/// Without arguments, in the folder or container of a service: reads the environment, Cargo.lock, Cargo.toml and the sources, asks the
/// effective addresses who they are, and says what is wrong and what to do next. Nothing is changed, and without --send no telemetry is
/// sent. Exit codes: 0 nothing is wrong, 1 something was found, 2 nothing could be checked.
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
    /// Send one span, one data point and one log record besides, the way the service would, and read them back where that is possible.
    #[arg(long, conflicts_with = "offline")]
    pub send: bool,
    /// The same, and requests of 1, 4 and 8 MiB, to find what the receiver takes.
    #[arg(long, conflicts_with = "offline")]
    pub send_large: bool,
    /// The viewer to read back from [default: the one on this machine, when telemetry goes there].
    #[arg(long, value_name = "HOST:PORT")]
    pub viewer: Option<String>,
    /// Instead of all this: open the ports of a collector, answer like one, and say what is wrong with what comes.
    #[arg(long, conflicts_with_all = ["send", "send_large", "offline", "viewer"])]
    pub listen: bool,
    /// How to listen.
    #[command(flatten)]
    pub listening: ListenArguments,
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
    /// Runs a program against the doctor's own receiver and says what came, and whether it was flushed at the end.
    Run(RunArguments),
}

/// How to listen.
#[derive(Debug, Clone, Default, Args)]
pub struct ListenArguments {
    /// How long to listen: 60s, 5m [default: 60s]. Ctrl-C ends it as well, with the report.
    #[arg(long = "for", value_name = "TIME", requires = "listen", value_parser = crate::program::age)]
    pub how_long: Option<Duration>,
    /// The address to listen on [default: 127.0.0.1].
    #[arg(long, requires = "listen")]
    pub host: Option<IpAddr>,
    /// The port where senders of gRPC look for a receiver [default: 4317].
    #[arg(long, value_name = "PORT", requires = "listen")]
    pub grpc_port: Option<u16>,
    /// The port where senders of OTLP over HTTP look for a receiver [default: 4318].
    #[arg(long, value_name = "PORT", requires = "listen")]
    pub http_port: Option<u16>,
}

/// Which program to run.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArguments {
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
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
