//! Go, for the two checks that are made of other people's published modules.

use crate::command::{Failure, output_of};
use std::process::Command;

/// A call of `go`, with the modules' checksums as they are written down.
pub(crate) fn command() -> Command {
    let mut go = Command::new("go");
    // One that is asked for by a go.mod may be newer than the one that is installed: Go then fetches it like a module.
    go.env("GOTOOLCHAIN", "auto").env("GOFLAGS", "-mod=readonly");
    go
}

/// Says what to install when there is no Go.
pub(crate) fn require() -> Result<(), Failure> {
    output_of(Command::new("go").arg("version")).map(drop).map_err(|failure| {
        Failure::new(format!(
            "this check is built from published Go modules, and Go {failure}\n\
             Install Go 1.25 or newer so that `go` is on the PATH. The default tests do not need it."
        ))
    })
}
