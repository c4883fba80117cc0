//! `cargo xtask test`: every test there is.

use crate::command::{Cargo, Failure};
use crate::workspace;
use std::path::Path;

/// Runs the unit, integration and documentation tests of the workspace, the totals of many threads at full size, then the
/// loom models.
///
/// # Errors
/// The first command that fails, with its exit code; what comes after it does not run.
pub fn run(root: &Path) -> Result<(), Failure> {
    Cargo::new(root, "test --workspace --all-features --no-fail-fast").run()?;
    exact_totals(root)?;
    loom_models(root)
}

/// Eighty million measurements, added up exactly: minutes without optimisation, seconds with it.
fn exact_totals(root: &Path) -> Result<(), Failure> {
    // Without features: what is tested needs no transport, and there is less to build.
    Cargo::new(root, "test --package pilotlight-sdk --no-default-features --release --test metrics_exactness")
        .run()
}

/// Model checks of the code that threads share: tests named `loom_*`, built with `--cfg pilotlight_loom`.
fn loom_models(root: &Path) -> Result<(), Failure> {
    // loom explores every interleaving: minutes without optimisation, seconds with it. Without features: the
    // flag reaches every dependency, tokio then has no sockets, and the transports do not build. The code that
    // threads share needs none of them.
    Cargo::new(root, "test --package pilotlight-sdk --no-default-features --release --lib loom_")
        // Other RUSTFLAGS rebuild every dependency; in a directory of their own they leave the main one alone.
        .argument("--target-dir")
        .argument(workspace::target_directory(root)?.join("loom").display().to_string())
        .env("RUSTFLAGS", "--cfg pilotlight_loom")
        .run()
}
