//! Programs of Debian's packages without installing them: packages are downloaded and unpacked below the target directory, which
//! needs no root and starts no service. The libraries that the machine does not have come along.

use crate::command::{Failure, output_of, show_and_run};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Downloads these packages, with the libraries that they need and that are not installed, and unpacks them together as `unpacked`,
/// unless that is there.
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
    let lists_of_the_system = Apt { workplace, settings: Vec::new() };
    if lists_of_the_system.download(packages).is_ok() {
        return Ok(());
    }
    Apt::with_own_lists(workplace)?.download(packages)
}

/// apt in a folder that it may write to.
struct Apt<'a> {
    workplace: &'a Path,
    settings: Vec<String>,
}

impl<'a> Apt<'a> {
    /// With package lists that are fetched now, and are in the folder, too.
    fn with_own_lists(workplace: &'a Path) -> Result<Self, Failure> {
        let lists = workplace.join("lists");
        for part in [lists.join("partial"), workplace.join("archives/partial")] {
            fs::create_dir_all(&part).map_err(|error| io_failure("create", &part, &error))?;
        }
        let settings = vec![
            format!("Dir::State::lists={}", lists.display()),
            format!("Dir::Cache={}", workplace.display()),
            format!("Dir::Cache::archives={}", workplace.join("archives").display()),
        ];
        let apt = Self { workplace, settings };
        show_and_run(apt.command("apt-get").arg("update"))?;
        Ok(apt)
    }

    fn download(&self, packages: &[&str]) -> Result<(), Failure> {
        let all = self.with_missing_libraries(packages)?;
        show_and_run(self.command("apt-get").arg("download").args(all))
    }

    /// The packages, and those that they need to run and the machine does not have.
    fn with_missing_libraries(&self, packages: &[&str]) -> Result<BTreeSet<String>, Failure> {
        let installed = installed()?;
        let mut all = BTreeSet::new();
        let mut new: BTreeSet<String> = packages.iter().map(|package| (*package).to_owned()).collect();
        while !new.is_empty() {
            let needed = output_of(self.command("apt-cache").arg("depends").args(&new))?;
            all.append(&mut new);
            let needed = dependencies(&needed).filter(|name| is_taken_along(name, packages));
            let missing = needed.filter(|name| !all.contains(*name) && !installed.contains(*name));
            new = missing.map(str::to_owned).collect();
        }
        Ok(all)
    }

    /// Quiet enough for a log. It downloads as whoever it runs as: apt's own user cannot write here.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.workplace).args(["-q", "-o", "APT::Sandbox::User="]);
        command.args(self.settings.iter().flat_map(|setting| ["-o", setting]));
        command
    }
}

/// What packages need, as `apt-cache depends` tells it; of alternatives, the first.
fn dependencies(told: &str) -> impl Iterator<Item = &str> {
    let mut is_alternative = false;
    told.lines().filter_map(move |line| {
        let (relation, name) = line.trim_start().split_once(": ")?;
        let is_first = !std::mem::replace(&mut is_alternative, relation.starts_with('|'));
        let is_needed = matches!(relation.trim_start_matches('|'), "Depends" | "PreDepends");
        (is_first && is_needed && !name.starts_with('<')).then_some(name)
    })
}

/// Shared libraries; and the version of a program that a package stands for, as `postgresql` does for `postgresql-15`. The rest of what
/// packages need is for installing them.
fn is_taken_along(name: &str, packages: &[&str]) -> bool {
    let is_library = name.starts_with("lib") && !is_library_of_no_use(name);
    let rest = |package: &&str| name.strip_prefix(*package).and_then(|rest| rest.strip_prefix('-'));
    let is_version = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    is_library || packages.iter().filter_map(rest).any(is_version)
}

/// Those of scripts and of web pages; and a compiler, a hundred megabytes for what the tests turn off.
fn is_library_of_no_use(name: &str) -> bool {
    name.ends_with("-perl") || name.starts_with("libjs-") || name.starts_with("libllvm")
}

/// The packages that the machine has.
fn installed() -> Result<BTreeSet<String>, Failure> {
    let told = output_of(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status} ${Package}\n"]))?;
    Ok(told.lines().filter_map(|line| line.strip_prefix("installed ")).map(str::to_owned).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_package_needs_is_read_without_what_would_do_as_well() {
        let told = "lamp\n  PreDepends: libswitch1\n |Depends: libbulb2\n  Depends: libcandle\n  Depends: <virtual>\n    real\n  \
                    Recommends: shade\n  Depends: libcable3\n";

        assert_eq!(dependencies(told).collect::<Vec<_>>(), ["libswitch1", "libbulb2", "libcable3"]);
    }

    #[test]
    fn libraries_and_the_version_of_a_program_are_taken_along() {
        let taken = |name| is_taken_along(name, &["postgresql"]);

        assert!(taken("libpq5") && taken("postgresql-15"));
        assert!(!taken("libllvm14") && !taken("libjs-d3"));
        assert!(
            !taken("postgresql-common")
                && !taken("postgresql-client-15")
                && !taken("debconf")
                && !taken("libjson-perl")
        );
    }
}
