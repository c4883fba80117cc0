//! Node.js and npm, for what is written for browsers: the page's sources, and the tests that look at it.

use crate::command::{Failure, output_of, show_and_run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the page's build tools ask for.
const NODE_VERSION_MIN: (u32, u32) = (20, 19);

/// Says what to install when there is no Node.js, or one that is too old.
///
/// # Errors
/// When there is none, or too old a one.
pub fn require() -> Result<(), Failure> {
    let (major, minor) = NODE_VERSION_MIN;
    let advice = format!("Install Node.js {major}.{minor} or newer, with npm, so that `node` is on the PATH");
    let told = output_of(Command::new("node").arg("--version"))
        .map_err(|failure| Failure::new(format!("there is no Node.js: {failure}\n{advice}.")))?;
    if version(&told).is_some_and(|version| version >= NODE_VERSION_MIN) {
        return Ok(());
    }
    Err(Failure::new(format!("this Node.js is {}, which is too old. {advice}.", told.trim())))
}

/// `v20.20.2` as numbers, the first two of them.
fn version(told: &str) -> Option<(u32, u32)> {
    let mut numbers = told.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Fetches exactly what the lock file of `folder` names into its `node_modules`, unless that was done for this very lock file.
///
/// # Errors
/// When npm is missing or cannot fetch something.
pub fn install(folder: &Path) -> Result<(), Failure> {
    let lock = read(&folder.join("package-lock.json"))?;
    // Beside what was fetched, and gone with it.
    let fetched = folder.join("node_modules/.fetched-by-lock");
    if fs::read(&fetched).is_ok_and(|of| of == lock) {
        return Ok(());
    }
    show_and_run(command(folder).args(["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&fetched, lock).map_err(|error| io_failure("write", &fetched, &error))
}

/// `npm` in a folder.
pub fn command(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    // A browser of its own is the one thing that its packages would fetch from elsewhere.
    npm.current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    npm
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| io_failure("read", path, &error))
}

pub(crate) fn io_failure(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert!(version("v9.19.0").is_some_and(|version| version < NODE_VERSION_MIN));
        assert_eq!(version("20.1.0"), None);
    }
}
