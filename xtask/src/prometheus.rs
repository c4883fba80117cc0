//! A real Prometheus server for the tests: `prometheus` and `promtool`, found or fetched.
//!
//! Nothing is installed. Where the programs are missing, Debian's package is unpacked below the target directory, which needs
//! no root and starts no service.

use crate::command::Failure;
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        fetch(&tools, &unpacked).map_err(|failure| not_to_be_had(&failure))?;
    }
    if has_both(&directory) { Ok(directory) } else { Err(not_to_be_had(&misled(&directory))) }
}

fn has_both(directory: &Path) -> bool {
    PROGRAMS.iter().all(|program| directory.join(program).is_file())
}

/// Downloads and unpacks beside `unpacked`, and moves it there when it is whole: a run that is interrupted, or another one
/// at the same time, leaves nothing half done in its place.
fn fetch(tools: &Path, unpacked: &Path) -> Result<(), Failure> {
    let workplace = tools.join(format!("prometheus-{}", std::process::id()));
    fs::create_dir_all(&workplace).map_err(|error| io_failure("create", &workplace, &error))?;
    let outcome = download(&workplace).and_then(|()| unpack(&workplace, unpacked));
    // What is left over costs nothing but space.
    let _ = fs::remove_dir_all(&workplace);
    outcome
}

/// With the system's package lists, or with new ones of our own when those are missing or out of date.
fn download(workplace: &Path) -> Result<(), Failure> {
    let lists_of_the_system = show_and_run(apt(workplace).args(["download", "prometheus"]));
    if lists_of_the_system.is_ok() {
        return Ok(());
    }
    let lists = workplace.join("lists");
    for part in [lists.join("partial"), workplace.join("archives/partial")] {
        fs::create_dir_all(&part).map_err(|error| io_failure("create", &part, &error))?;
    }
    let own_lists = [
        format!("Dir::State::lists={}", lists.display()),
        format!("Dir::Cache={}", workplace.display()),
        format!("Dir::Cache::archives={}", workplace.join("archives").display()),
    ];
    let with_own_lists = || {
        let mut apt = apt(workplace);
        apt.args(own_lists.iter().flat_map(|setting| ["-o", setting]));
        apt
    };
    show_and_run(with_own_lists().arg("update"))?;
    show_and_run(with_own_lists().args(["download", "prometheus"]))
}

/// apt in `workplace`, quiet enough for a log. It downloads as whoever it runs as: apt's own user cannot write here.
fn apt(workplace: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.current_dir(workplace).args(["-q", "-o", "APT::Sandbox::User="]);
    command
}

fn unpack(workplace: &Path, unpacked: &Path) -> Result<(), Failure> {
    let package = package_in(workplace)?;
    let whole = workplace.join("whole");
    show_and_run(Command::new("dpkg").arg("-x").arg(&package).arg(&whole))?;
    match fs::rename(&whole, unpacked) {
        // Another run was quicker.
        Err(_) if has_both(&unpacked.join("usr/bin")) => Ok(()),
        moved => moved.map_err(|error| io_failure("write", unpacked, &error)),
    }
}

fn package_in(workplace: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(workplace).map_err(|error| io_failure("read", workplace, &error))?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or_else(|| Failure::new(format!("apt-get left no package in {}", workplace.display())))
}

/// Shows a command on standard error and runs it with its output untouched.
fn show_and_run(command: &mut Command) -> Result<(), Failure> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let shown = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    eprintln!("\n$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("failed ({status}): {shown}"))),
        Err(error) => Err(Failure::new(format!("cannot be started ({error}): {shown}"))),
    }
}

fn io_failure(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
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
