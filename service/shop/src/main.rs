//! The reference service of Pilotlight as a program: one of its parts, or all of them as child processes.

mod telemetry;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgMatches, CommandFactory, FromArgMatches};
use shop::cli::{Cli, LoadCommand, Program, ShopCommand};
use shop::gateway::Gateway;
use shop::inventory::Inventory;
use shop::payments::Payments;
use shop::worker::Worker;
use shop::{Hosting, Role, load};
use tracing::error;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let Cli { program, shop } = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let ended = match program {
        None => all(&shop, &matches).map_err(|error| ("run", error)),
        Some(program) => {
            let what = doing(&program);
            one(program).map_err(|error| (what, error))
        }
    };
    ended.unwrap_or_else(|(what, error)| {
        // The last line, where it is not lost among what telemetry shows at its end.
        note(&format_args!("shop could not {what}: {}", shop::whole_story(error.as_ref())));
        ExitCode::FAILURE
    })
}

/// What could not be done when it fails.
fn doing(program: &Program) -> &'static str {
    match program {
        Program::Gateway(_) | Program::Inventory(_) | Program::Payments(_) | Program::Worker(_) => "serve",
        Program::Load(_) => "make traffic",
        Program::Health(_) => "see that all is well",
    }
}

/// All programs, as children of this one, which has no telemetry itself. One thread: it is the parent.
#[cfg(unix)]
fn all(shop: &ShopCommand, matches: &ArgMatches) -> Outcome<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(shop::supervisor::run(shop, matches))?)
}

#[cfg(not(unix))]
fn all(_: &ShopCommand, _: &ArgMatches) -> Outcome<ExitCode> {
    Err("only Unix hands listeners and signals to child processes; start each program by itself, see --help"
        .into())
}

#[tokio::main]
async fn one(program: Program) -> Outcome<ExitCode> {
    match program {
        Program::Gateway(command) => {
            let open = async || Ok(Gateway::open(&command).await?);
            serve("gateway", command.hosting, command.addr, open).await
        }
        Program::Inventory(command) => {
            let open = async || Ok(Inventory::open(&command).await?);
            serve("inventory", command.hosting, command.addr, open).await
        }
        Program::Payments(command) => {
            let open = async || Ok(Payments::open(&command.settings, command.timeouts));
            serve("payments", command.hosting, command.addr, open).await
        }
        Program::Worker(command) => {
            let open = async || Ok(Worker::open(&command).await?);
            serve("worker", command.hosting, command.addr, open).await
        }
        Program::Load(command) => make_traffic(command).await,
        Program::Health(command) => {
            shop::check_health(&command).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Telemetry on, serve until told to stop, drain, telemetry off.
async fn serve<R: Role>(
    service: &'static str,
    hosting: Hosting,
    addr: SocketAddr,
    open: impl AsyncFnOnce() -> Outcome<Arc<R>>,
) -> Outcome<ExitCode> {
    hosting.follow_parent()?;
    let guard = telemetry::start(service)?;
    let served = async {
        let role = open().await?;
        let listener = hosting.listener(addr)?;
        // Before anybody hears where to send requests: none of them is lost to a signal.
        let shutdown = pilotlight::shutdown_signal();
        shop::serve(&role, listener, shutdown).await;
        Ok(role)
    };
    let outcome: Outcome<Arc<R>> = served.await;
    if let Err(error) = &outcome {
        error!(error = error.as_ref(), "{service} could not serve");
    }
    // Last, so that the spans of the requests that were drained are still sent. The role is kept until then: the last collection
    // looks at its shelves too.
    note(&guard.shutdown_async().await);
    outcome.map(|_role| ExitCode::SUCCESS)
}

/// Telemetry on, traffic until it is over or told to stop, telemetry off, and what became of it.
async fn make_traffic(command: LoadCommand) -> Outcome<ExitCode> {
    command.hosting.follow_parent()?;
    let guard = telemetry::start("load")?;
    let shutdown = pilotlight::shutdown_signal();
    let outcome = load::run(&command.target, &command.settings, shutdown).await;
    note(&guard.shutdown_async().await);
    note(&outcome?);
    Ok(ExitCode::SUCCESS)
}

/// Writes a line to standard error, for what no log can tell any more. Unlike `eprintln!`, it does not panic when nobody reads it,
/// which would end the program before its telemetry is sent; and it writes once, so that the last words of three programs do not mix.
fn note(line: &dyn Display) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
