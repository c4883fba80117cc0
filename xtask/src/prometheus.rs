//! A real Prometheus server for the tests: `prometheus` and `promtool`, found or fetched.
//!
//! Nothing is installed. Where the programs are missing, Debian's package is unpacked below the target directory, which needs
//! no root and starts no service.

use crate::command::Failure;
use crate::{debian, workspace};
use std::path::{Path, PathBuf};

/// Tells the tests which folder holds both programs. Whoever sets it before is believed.
pub const VARIABLE: &str = "PILOTLIGHT_PROMETHEUS_BIN";

const PROGRAMS: [&str; 2] = ["prometheus", "promtool"];

/// The folder that holds both programs: the one in [`VARIABLE`], one on the PATH, or `tools/prometheus` in the target
/// directory, where Debian's package is unpacked the first time.
///
/// # Errors
/// When they are nowhere and cannot be fetched; the message says what to install.
pub fn directory(root: &Path) -> Result<PathBuf, Failure> {
    if let Some(directory) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        return if has_both(&directory) { Ok(directory) } else { Err(misled(&directory)) };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(directory) = std::env::split_paths(&path).find(|directory| has_both(directory)) {
        return Ok(directory);
    }
    let tools = workspace::target_directory(root)?.join("tools");
    // `e2e/tests/e2e/prometheus.rs` looks here as well, for `cargo test` without us.
    let unpacked = tools.join("prometheus");
    let directory = unpacked.join("usr/bin");
    if !has_both(&directory) {
        eprintln!(
            "\nThe tests need a Prometheus server, and there is none on the PATH: unpacking Debian's package into {}. \
             Nothing is installed.",
            unpacked.display()
        );
        debian::unpack_once(&["prometheus"], &unpacked).map_err(|failure| not_to_be_had(&failure))?;
    }
    if has_both(&directory) { Ok(directory) } else { Err(not_to_be_had(&misled(&directory))) }
}

fn has_both(directory: &Path) -> bool {
    PROGRAMS.iter().all(|program| directory.join(program).is_file())
}

fn misled(directory: &Path) -> Failure {
    Failure::new(format!("{} does not hold both `prometheus` and `promtool`", directory.display()))
}

fn not_to_be_had(cause: &Failure) -> Failure {
    Failure::new(format!(
        "the tests need a Prometheus server, and it could not be fetched: {cause}\n\
         Install Prometheus so that `prometheus` and `promtool` are on the PATH (Debian and Ubuntu: `apt install prometheus`), \
         or name the folder that holds both in {VARIABLE}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::show_and_run;
    use std::fs;
    use std::process::Command;

    #[test]
    fn a_folder_counts_when_it_holds_both_programs() {
        let folder = std::env::temp_dir().join(format!("xtask-prometheus-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("prometheus"), "").unwrap();
        let with_one = has_both(&folder);
        fs::write(folder.join("promtool"), "").unwrap();
        let with_both = has_both(&folder);
        fs::remove_dir_all(&folder).unwrap();

        assert_eq!((with_one, with_both), (false, true));
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let failure = show_and_run(Command::new("no-such-program").arg("argument")).unwrap_err();

        let told = not_to_be_had(&failure).to_string();
        assert!(
            told.contains("no-such-program argument") && told.contains("apt install prometheus"),
            "{told}"
        );
    }
}
