//! `cargo xtask test`: every test there is.

use crate::command::{Cargo, Failure};
use crate::servers::{self, Found};
use crate::{browser, page, sdks, workspace};
use std::path::Path;

/// Runs the unit, integration and documentation tests of the workspace, those of the viewer's page, by themselves and in a browser, those of panics where they abort, the totals of many
/// threads at full size, then the loom models.
///
/// # Errors
/// When a server that the tests need is not to be had; then the first command that fails, with its exit code. What comes after it does
/// not run.
pub fn run(root: &Path) -> Result<(), Failure> {
    let tests = Cargo::new(root, "test --workspace --all-features --no-fail-fast");
    let with_servers =
        |tests: Cargo, found: &Found| tests.env(found.tool.variable, found.folder.display().to_string());
    sdks::fetch(root)?;
    servers::find_or_fetch(root)?.iter().fold(tests, with_servers).run()?;
    page::test(root)?;
    browser::test(root)?;
    panics_that_abort(root)?;
    exact_totals(root)?;
    loom_models(root)
}

/// The panic hook's tests once more, as a program that is built with `panic = "abort"`: cargo builds tests to unwind whatever a
/// profile says.
fn panics_that_abort(root: &Path) -> Result<(), Failure> {
    // Without features but the one that is tested: nothing here goes over a network, and there is less to build.
    Cargo::new(root, "run --package pilotlight-sdk --no-default-features --features tracing-layer")
        .argument("--example")
        .argument("panic_hook")
        // Every dependency is built for it once more.
        .argument("--target-dir")
        .argument(workspace::target_directory(root)?.join("abort").display().to_string())
        .env("CARGO_PROFILE_DEV_PANIC", "abort")
        .env("CARGO_PROFILE_DEV_DEBUG", "none")
        .run()
}

/// Eighty million measurements, added up exactly: minutes without optimisation, seconds with it.
fn exact_totals(root: &Path) -> Result<(), Failure> {
    // Without features: what is tested needs no transport, and there is less to build.
    let tests = "test --package pilotlight-sdk --no-default-features --test metrics_exactness";
    optimised(Cargo::new(root, tests), &["pilotlight-sdk"])
        // The test takes its full size where debug assertions are off.
        .argument("--config")
        .argument("profile.dev.package.pilotlight-sdk.debug-assertions=false")
        .run()
}

/// With optimisation for these packages alone: a release build would optimise everything that the tests need, for minutes.
fn optimised(cargo: Cargo, packages: &[&str]) -> Cargo {
    let setting = |package: &&str| format!("profile.dev.package.{package}.opt-level=3");
    packages.iter().map(setting).fold(cargo, |cargo, setting| cargo.argument("--config").argument(setting))
}

/// Model checks of the code that threads share: tests named `loom_*`, built with `--cfg pilotlight_loom`.
fn loom_models(root: &Path) -> Result<(), Failure> {
    // Without features, but for the one whose code is the model's: the flag reaches every dependency, tokio then has
    // no sockets, and the transports do not build. The code that threads share needs none of them.
    loom_models_of(root, "pilotlight-sdk", "--no-default-features")?;
    loom_models_of(root, "pilotlight-instrument", "--no-default-features --features allocator")
}

fn loom_models_of(root: &Path, package: &str, features: &str) -> Result<(), Failure> {
    let tests = Cargo::new(root, &format!("test --package {package} {features} --lib loom_"));
    // loom explores every interleaving: minutes without optimisation, seconds with it.
    optimised(tests, &[package, "loom", "generator"])
        // Other RUSTFLAGS rebuild every dependency; in a directory of their own they leave the main one alone.
        .argument("--target-dir")
        .argument(workspace::target_directory(root)?.join("loom").display().to_string())
        .env("RUSTFLAGS", "--cfg pilotlight_loom")
        .run()
}
