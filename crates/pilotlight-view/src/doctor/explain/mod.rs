//! `pilotlight doctor explain`.

use std::process::ExitCode;

use super::arguments::{Arguments, ExplainArguments};

/// Explains.
pub fn main(_: &ExplainArguments, _: &Arguments) -> ExitCode {
    ExitCode::SUCCESS
}
