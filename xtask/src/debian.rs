//! Programs of Debian's packages without installing them: a package is downloaded and unpacked below the target directory, which
//! needs no root and starts no service.

use crate::command::{Failure, show_and_run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Downloads these packages and unpacks them together as `unpacked`, unless that is there.
///
/// It is written beside its place and moved there when it is whole: a run that is interrupted, or another one at the same time,
/// leaves nothing half done in its place.
///
/// # Errors
/// When apt cannot find or download a package, or nothing can be written there.
pub fn unpack_once(packages: &[&str], unpacked: &Path) -> Result<(), Failure> {
    if unpacked.is_dir() {
        return Ok(());
    }
    let workplace = unpacked.with_extension(std::process::id().to_string());
    fs::create_dir_all(&workplace).map_err(|error| io_failure("create", &workplace, &error))?;
    let outcome = download(packages, &workplace).and_then(|()| unpack(&workplace, unpacked));
    // What is left over costs nothing but space.
    let _ = fs::remove_dir_all(&workplace);
    outcome
}

/// With the system's package lists, or with new ones of our own when those are missing or out of date.
fn download(packages: &[&str], workplace: &Path) -> Result<(), Failure> {
    let lists_of_the_system = show_and_run(apt(workplace).arg("download").args(packages));
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
    show_and_run(with_own_lists().arg("download").args(packages))
}

/// apt in `workplace`, quiet enough for a log. It downloads as whoever it runs as: apt's own user cannot write here.
fn apt(workplace: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.current_dir(workplace).args(["-q", "-o", "APT::Sandbox::User="]);
    command
}

fn unpack(workplace: &Path, unpacked: &Path) -> Result<(), Failure> {
    let whole = workplace.join("whole");
    for package in packages_in(workplace)? {
        show_and_run(Command::new("dpkg").arg("-x").arg(&package).arg(&whole))?;
    }
    match fs::rename(&whole, unpacked) {
        // Another run was quicker.
        Err(_) if unpacked.is_dir() => Ok(()),
        moved => moved.map_err(|error| io_failure("write", unpacked, &error)),
    }
}

fn packages_in(workplace: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(workplace).map_err(|error| io_failure("read", workplace, &error))?;
    let packages: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect();
    if packages.is_empty() {
        return Err(Failure::new(format!("apt-get left no package in {}", workplace.display())));
    }
    Ok(packages)
}

fn io_failure(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}
