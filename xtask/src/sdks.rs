//! OpenTelemetry SDKs of other languages, whose telemetry the viewer is tested with: fetched from their registries, nothing installed.

use crate::command::{Failure, output_of, show_and_run};
use crate::npm::{self, io_failure};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python SDK in an environment of its own below the target directory, and the JavaScript SDK beside the program that uses it.
///
/// # Errors
/// When there is no Python or Node.js, or something cannot be fetched; the message says what to install.
pub fn fetch(root: &Path) -> Result<(), Failure> {
    let sdks = root.join("e2e/sdks");
    python(
        &sdks.join("python/requirements.txt"),
        &workspace::target_directory(root)?.join("tools/sdk-python"),
    )?;
    npm::require()?;
    npm::install(&sdks.join("javascript"))
}

/// Makes the environment, unless it was made for these very requirements.
fn python(requirements: &Path, environment: &Path) -> Result<(), Failure> {
    let wanted = fs::read(requirements).map_err(|error| io_failure("read", requirements, &error))?;
    let fetched = environment.join("fetched-for");
    if fs::read(&fetched).is_ok_and(|of| of == wanted) {
        return Ok(());
    }
    require_python()?;
    // What an interrupted run left is not whole.
    let _ = fs::remove_dir_all(environment);
    show_and_run(Command::new("python3").args(["-m", "venv"]).arg(environment)).map_err(without_venv)?;
    show_and_run(
        Command::new(python_of(environment))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(requirements),
    )?;
    fs::write(&fetched, wanted).map_err(|error| io_failure("write", &fetched, &error))
}

fn python_of(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn require_python() -> Result<(), Failure> {
    output_of(Command::new("python3").arg("--version")).map(drop).map_err(|failure| {
        Failure::new(format!(
            "the tests need Python, and there is none: {failure}\n\
             Install Python 3.10 or newer so that `python3` is on the PATH (Debian and Ubuntu: `apt install python3 python3-venv`)."
        ))
    })
}

fn without_venv(failure: Failure) -> Failure {
    Failure::new(format!(
        "{failure}\nPython cannot make an environment of its own (Debian and Ubuntu: `apt install python3-venv`)."
    ))
}
