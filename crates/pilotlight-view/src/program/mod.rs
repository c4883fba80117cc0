//! The command line: `view`, `run`, `doctor`.

mod browser;
mod run;
mod units;
mod view;

pub(crate) use browser::open;
pub(crate) use units::age;
pub(crate) use view::told_to_end;

use clap::{Arg, Command as CommandLine, CommandFactory, FromArgMatches, Parser, Subcommand};
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
    let arguments = Arguments::from_arg_matches(&command_line().get_matches());
    match arguments.unwrap_or_else(|error| error.exit()).command {
        Command::View(arguments) => view::main(arguments),
        Command::Run(arguments) => run::main(arguments),
        Command::Doctor(arguments) => crate::doctor::main(&arguments),
    }
}

fn command_line() -> CommandLine {
    Arguments::command().mut_subcommands(|command| command.mut_args(unset_when_empty))
}

/// A variable that is set and empty is one that is not set, as with those of OpenTelemetry: container files write `NAME: ${NAME:-}`.
fn unset_when_empty(argument: Arg) -> Arg {
    let value = argument.get_env().and_then(std::env::var_os);
    if value.is_some_and(|value| value.is_empty()) { argument.env(None) } else { argument }
}

#[cfg(test)]
mod tests {
    use super::command_line;

    #[test]
    fn the_command_line_is_in_itself_consistent() {
        command_line().debug_assert();
    }
}
