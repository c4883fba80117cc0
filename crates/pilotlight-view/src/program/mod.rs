//! The command line: `view`, `run`, `doctor`.

mod browser;
mod run;
mod say;
mod units;
mod view;

pub(crate) use browser::open;
pub(crate) use say::say;
pub(crate) use units::age;
pub(crate) use view::told_to_end;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// See OpenTelemetry in a browser, and find out why nothing arrives.
#[derive(Debug, Parser)]
#[command(name = "pilotlight", version, propagate_version = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    View(view::ViewArguments),
    Run(run::RunArguments),
    Doctor(crate::doctor::Arguments),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::View(arguments) => view::main(arguments),
        Command::Run(arguments) => run::main(arguments),
        Command::Doctor(arguments) => crate::doctor::main(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_in_itself_consistent() {
        Arguments::command().debug_assert();
    }
}
