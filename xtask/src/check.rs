//! `cargo xtask check`: what CI runs, in the order in which it fails soonest.

use crate::command::{Cargo, Failure};
use crate::{page, suite, workspace};
use std::path::Path;

/// Formatting, lints, the viewer's page, documentation, each published crate's features alone, what they pull in, the tests.
///
/// A toolchain without rustfmt or clippy checks the rest; what was left out is said before the tests begin.
///
/// # Errors
/// The first step that fails, with its exit code; what comes after it does not run.
pub fn run(root: &Path) -> Result<(), Failure> {
    let mut left_out = Vec::new();
    with_component(root, "rustfmt", "fmt", &mut left_out, format)?;
    with_component(root, "clippy", "clippy", &mut left_out, lints)?;
    page::is_current(root)?;
    documentation(root)?;
    for published in workspace::published(root)? {
        features_alone(root, &published)?;
        if !published.is_program {
            no_other_sdk(root, &published)?;
        }
    }
    for component in left_out {
        eprintln!("\nnot checked: {component} is not installed; try `rustup component add {component}`");
    }
    suite::run(root)
}

fn with_component(
    root: &Path,
    component: &'static str,
    subcommand: &str,
    left_out: &mut Vec<&'static str>,
    step: fn(&Path) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let installed = Cargo::new(root, subcommand).argument("--version").output().is_ok();
    if installed {
        return step(root);
    }
    left_out.push(component);
    Ok(())
}

fn format(root: &Path) -> Result<(), Failure> {
    Cargo::new(root, "fmt --all --check").run()
}

fn lints(root: &Path) -> Result<(), Failure> {
    Cargo::new(root, "clippy --workspace --all-targets --all-features -- -D warnings").run()
}

fn documentation(root: &Path) -> Result<(), Failure> {
    Cargo::new(root, "doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "-D warnings").run()
}

/// Builds the crate without features and with each one by itself: the workspace's build unifies features
/// and so hides a module that only compiles because another feature is on.
fn features_alone(root: &Path, published: &workspace::Published) -> Result<(), Failure> {
    let bare = || Cargo::new(root, "check --no-default-features --package").argument(&published.name);
    bare().run()?;
    for feature in &published.features {
        bare().argument("--features").argument(feature).run()?;
    }
    Ok(())
}

/// What users link holds one SDK, ours.
fn no_other_sdk(root: &Path, published: &workspace::Published) -> Result<(), Failure> {
    const RIVAL: &str = "opentelemetry_sdk";
    // The whole tree, filtered here: asked to invert it, cargo answers differently when the rival is in
    // Cargo.lock for somebody else and when it is nowhere.
    let tree = Cargo::new(root, "tree --all-features --target all -e normal --prefix none --format {p} -p")
        .argument(&published.name);
    eprintln!("\n$ {tree}  # without {RIVAL}");
    if links(&tree.output()?, RIVAL) {
        return Err(Failure::new(format!(
            "{} pulls in {RIVAL}, which users must not link; see who asks for it with \
             `cargo tree --all-features -e normal -p {} -i {RIVAL}`",
            published.name, published.name
        )));
    }
    Ok(())
}

/// Whether a tree printed without indentation names this crate.
fn links(tree: &str, name: &str) -> bool {
    tree.lines().any(|line| line.split_whitespace().next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_found_by_its_whole_name_only() {
        let tree = "pilotlight-sdk v0.1.0 (/src)\nopentelemetry v0.33.1\nopentelemetry_sdk v0.33.0 (*)\n";

        assert!(links(tree, "opentelemetry_sdk"));
        assert!(!links(tree, "opentelemetry-proto"));
        assert!(!links(tree, "telemetry_sdk"));
    }
}
