//! `pilotlight run`.

use super::view::{FINISH, ViewArguments, options, runtime};
use crate::run::{Options, run};
use clap::Args;
use clap::builder::FalseyValueParser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs a program and shows its telemetry in a browser.
///
/// The viewer is started and the program is told where to send, whatever language it is written in. When it ends, so does the viewer,
/// with the program's exit code.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    view: ViewArguments,
    /// Keep the page after the program has ended, until Ctrl-C.
    #[arg(long, env = "PILOTLIGHT_RUN_WAIT", value_parser = FalseyValueParser::new())]
    wait: bool,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Runs the program to its end.
pub(super) fn main(arguments: RunArguments) -> ExitCode {
    let RunArguments { view, wait, command } = arguments;
    let open = view.open;
    let ended = runtime().and_then(|runtime| {
        let options = Options { command, view: options(view)?, wait, open, finish: FINISH };
        Ok(runtime.block_on(run(options)))
    });
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("pilotlight run: {message}");
            ExitCode::FAILURE
        }
    }
}
