//! `cargo xtask collector-check`: a real Collector, built from its published modules, takes all that the shop sends.
//!
//! ```text
//!  deploy/collector-builder.yaml ── the Collector's own builder, Go ─▶ target/tools/collector/otelcol
//!  deploy/collector.yaml ────────── otelcol validate
//!                        └───────── e2e's collector-check: the shop ─▶ otelcol ─▶ e2e's receiver
//! ```

use crate::command::{Cargo, Failure, show_and_run};
use crate::{go, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = "deploy/collector-builder.yaml";
const CONFIGURATION: &str = "deploy/collector.yaml";

/// Builds the Collector unless this very one was built before, lets it read its configuration, and puts it between the shop and the
/// receiver of the end-to-end tests.
///
/// # Errors
/// When Go is missing, a module cannot be had, the Collector refuses its configuration, or what it took is not what was sent.
pub fn run(root: &Path) -> Result<(), Failure> {
    go::require()?;
    let target = workspace::target_directory(root)?;
    let otelcol = built(root, &target.join("tools/collector"))?;
    let configuration = root.join(CONFIGURATION);
    show_and_run(Command::new(&otelcol).arg("validate").arg("--config").arg(&configuration))?;
    Cargo::new(root, "build --package e2e --bin shop-under-test --bin collector-check").run()?;
    show_and_run(Command::new(target.join("debug/collector-check")).arg(&otelcol).arg(&configuration))
}

/// The Collector of the manifest. The manifest that one was built from is kept beside it.
fn built(root: &Path, tools: &Path) -> Result<PathBuf, Failure> {
    let manifest = read(&root.join(MANIFEST))?;
    let (otelcol, built_from) = (tools.join("otelcol"), tools.join("built-from.yaml"));
    if otelcol.is_file() && fs::read_to_string(&built_from).is_ok_and(|earlier| earlier == manifest) {
        return Ok(otelcol);
    }
    fs::create_dir_all(tools).map_err(|error| failed("create", tools, &error))?;
    let sources = tools.join("sources");
    let with_place = tools.join("builder.yaml");
    write(&with_place, &with_output(&manifest, &sources)?)?;
    eprintln!("\nBuilding a Collector takes a few minutes, once.");
    show_and_run(
        Command::new("go")
            .arg("install")
            .arg(format!("go.opentelemetry.io/collector/cmd/builder@v{}", version(&manifest)?))
            .env("GOBIN", tools),
    )?;
    // The stable modules have a version of their own, which the builder would call a mismatch.
    let mut builder = Command::new(tools.join("builder"));
    show_and_run(builder.arg("--skip-strict-versioning").arg("--config").arg(&with_place))?;
    fs::rename(sources.join("otelcol"), &otelcol).map_err(|error| failed("keep", &otelcol, &error))?;
    write(&built_from, &manifest)?;
    Ok(otelcol)
}

/// The version of the Collector, and so of its builder.
fn version(manifest: &str) -> Result<&str, Failure> {
    let line = manifest.lines().find_map(|line| line.trim().strip_prefix("version: "));
    line.ok_or_else(|| Failure::new(format!("{MANIFEST} has no `version:`")))
}

/// The manifest, with the folder where the builder writes: it differs from machine to machine, and is said in the file only.
fn with_output(manifest: &str, sources: &Path) -> Result<String, Failure> {
    let (before, after) =
        manifest.split_once("dist:\n").ok_or_else(|| Failure::new(format!("{MANIFEST} has no `dist:`")))?;
    Ok(format!("{before}dist:\n  output_path: {}\n{after}", sources.display()))
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| failed("read", file, &error))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| failed("write", file, &error))
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# The parts.\ndist:\n  name: otelcol\n  version: 1.2.3\nreceivers: []\n";

    #[test]
    fn the_builder_has_the_version_of_the_collector() {
        assert_eq!(version(TEXT).unwrap(), "1.2.3");
        assert!(version("dist:\n").unwrap_err().to_string().contains("version:"));
    }

    #[test]
    fn the_builder_is_told_where_to_write() {
        let told = with_output(TEXT, Path::new("/somewhere/else")).unwrap();

        assert!(told.contains("dist:\n  output_path: /somewhere/else\n  name: otelcol\n"), "{told}");
    }
}
