//! The viewer's page in a real Chromium: `e2e/browser`, where the tests and the pictures of the documentation come from.

use crate::command::{Cargo, Failure, show_and_run};
use crate::{npm, servers, workspace};
use ::servers::tools::{self, CHROMIUM};
use std::env;
use std::path::{Path, PathBuf};

/// Runs the tests.
///
/// # Errors
/// When Node.js or Chromium is missing, a program cannot be built, or a test fails.
pub fn test(root: &Path) -> Result<(), Failure> {
    run(root, "test")
}

/// Takes the pictures in `docs/screenshots` anew.
///
/// # Errors
/// When Node.js or Chromium is missing, a program cannot be built, or a page does not come to show what it should.
pub fn screenshots(root: &Path) -> Result<(), Failure> {
    run(root, "screenshots")
}

fn run(root: &Path, script: &str) -> Result<(), Failure> {
    let folder = root.join("e2e/browser");
    npm::require()?;
    npm::install(&folder)?;
    let programs = build(root)?;
    let chromium = servers::folder_of(root, &CHROMIUM)?;
    show_and_run(
        npm::command(&folder)
            .args(["run", "--silent", script])
            .env("PILOTLIGHT_PROGRAM", program(&programs, "pilotlight"))
            .env("SHOP_PROGRAM", program(&programs, "shop-under-test"))
            .env("CHROMIUM_PROGRAM", program(&chromium, CHROMIUM.programs[0]))
            .env("CHROMIUM_LIBRARIES", libraries(&chromium)?),
    )
}

/// The viewer and the shop, built with all tests: another choice of them would have other features, for which everything is compiled once
/// more. Returns their folder.
fn build(root: &Path) -> Result<PathBuf, Failure> {
    Cargo::new(root, "test --workspace --all-features --no-run").run()?;
    Ok(workspace::target_directory(root)?.join("debug"))
}

fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// What was unpacked with Chromium and is not where the system looks; for it alone, not for Node.js.
fn libraries(chromium: &Path) -> Result<std::ffi::OsString, Failure> {
    env::join_paths(tools::libraries(chromium))
        .map_err(|error| Failure::new(format!("{} cannot be in a search path: {error}", chromium.display())))
}
