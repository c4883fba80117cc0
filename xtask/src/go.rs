//! Go, for the two checks that are made of other people's published modules.

use crate::command::{Failure, output_of};
use std::process::Command;

/// Says what to install when there is no Go.
pub(crate) fn require() -> Result<(), Failure> {
    output_of(Command::new("go").arg("version")).map(drop).map_err(|failure| {
        Failure::new(format!(
            "this check is built from published Go modules, and there is no Go: {failure}\n\
             Install Go 1.26 or newer so that `go` is on the PATH. The default tests do not need it."
        ))
    })
}
