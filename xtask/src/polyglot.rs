//! `cargo xtask polyglot-check`: a program in Go, with its own SDK, between the gateway and payments.

use crate::command::{Cargo, Failure, show_and_run};
use crate::{go, workspace};
use std::path::Path;
use std::process::Command;

/// Builds the program of `e2e/polyglot` with the modules that its go.sum names, and sends an order through it.
///
/// # Errors
/// When Go is missing, a module cannot be had, or the order is not one trace with its baggage intact.
pub fn run(root: &Path) -> Result<(), Failure> {
    go::require()?;
    let target = workspace::target_directory(root)?;
    let screening = target.join("tools/screening");
    show_and_run(
        Command::new("go")
            .args(["build", "-trimpath", "-o"])
            .arg(&screening)
            .arg(".")
            .current_dir(root.join("e2e/polyglot")),
    )?;
    Cargo::new(root, "build --package e2e --bin shop-under-test --bin polyglot-check").run()?;
    show_and_run(Command::new(target.join("debug/polyglot-check")).arg(&screening))
}
