//! `cargo xtask static-build`: the Dockerfile's build stage on this machine, and the image's files from it.

use super::dockerfile::{self, Instruction};
use super::{image, musl};
use crate::command::{Failure, output_of, show_and_run};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the commands of the build stage in a copy of what the image is built from, says how large the program is and that it is
/// static, and serves from the image's files as the image's user.
///
/// The layers that only prepare the machine are left to it: rustup's target is added, the C compiler found or fetched.
///
/// # Errors
/// When a command of the Dockerfile fails, the program is not static, or the image's files alone do not serve.
pub fn run(root: &Path) -> Result<(), Failure> {
    let stages = dockerfile::stages(&read(&root.join("Dockerfile"))?);
    let [build, last] = stages.as_slice() else {
        return Err(Failure::new("Dockerfile: expected a build stage and the image's own"));
    };
    let target = workspace::target_directory(root)?;
    let stage = BuildStage::new(root, &target)?;
    for instruction in build {
        stage.perform(instruction)?;
    }
    let image = image::assemble(last, &stage.files, &target.join("static-build/image"))?;
    let program = image.program();
    assert_static(&program)?;
    println!("{}: {} bytes, static", program.display(), size(&program)?);
    image.try_out()
}

/// Where the build stage's commands run.
struct BuildStage {
    context: PathBuf,
    /// What `WORKDIR` is: emptied for each run, except for what cargo built.
    files: PathBuf,
    allowed: Vec<String>,
    environment: Vec<(String, PathBuf)>,
}

impl BuildStage {
    fn new(root: &Path, target: &Path) -> Result<Self, Failure> {
        let files = target.join("static-build/src");
        fs::create_dir_all(&files).map_err(|error| failed("create", &files, &error))?;
        for entry in entries(&files)?.into_iter().filter(|entry| !entry.ends_with("target")) {
            remove(&entry)?;
        }
        let allowed = read(&root.join(".dockerignore"))?
            .lines()
            .filter_map(|line| line.strip_prefix('!').map(str::to_owned))
            .collect();
        let environment = musl::compiler(&target.join("tools"))?;
        Ok(Self { context: root.to_owned(), files, allowed, environment })
    }

    fn perform(&self, instruction: &Instruction) -> Result<(), Failure> {
        match instruction.keyword.as_str() {
            // The machine is the base, and `files` the folder.
            "FROM" | "WORKDIR" => Ok(()),
            // Not on other people's machines: `musl::compiler` sees to it.
            "RUN" if instruction.rest.starts_with("apt-get ") => Ok(()),
            "RUN" => self.shell(&instruction.rest),
            "COPY" => self.copy(instruction),
            keyword => Err(Failure::new(format!("Dockerfile: {keyword} is not known in the build stage"))),
        }
    }

    fn shell(&self, line: &str) -> Result<(), Failure> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).current_dir(&self.files);
        // Cargo tells us, its child, about this package and where it builds: neither is so in the image.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_") && name != "CARGO_HOME" {
                command.env_remove(name);
            }
        }
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        show_and_run(&mut command)
    }

    /// Copies from the build context: what .dockerignore lets through, by its list of what is allowed.
    fn copy(&self, instruction: &Instruction) -> Result<(), Failure> {
        let words = instruction.words();
        let [sources @ .., destination] = words.as_slice() else {
            return Err(Failure::new(format!("Dockerfile: COPY {} has no destination", instruction.rest)));
        };
        for source in sources {
            if *source == "." {
                for allowed in &self.allowed {
                    copy_tree(&self.context.join(allowed), &self.files.join(allowed))?;
                }
            } else if self.allowed.iter().any(|allowed| Path::new(source).starts_with(allowed)) {
                let name = Path::new(source).file_name().unwrap_or_default();
                copy_tree(&self.context.join(source), &self.files.join(destination).join(name))?;
            } else {
                return Err(Failure::new(format!(
                    "COPY {source}: .dockerignore keeps it out of the build context"
                )));
            }
        }
        Ok(())
    }
}

fn assert_static(program: &Path) -> Result<(), Failure> {
    let told =
        output_of(Command::new("readelf").args(["--wide", "--program-headers", "--dynamic"]).arg(program))?;
    let needed: Vec<_> = needs(&told).collect();
    if needed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{} is not static:\n{}", program.display(), needed.join("\n"))))
}

/// What readelf tells of a loader or libraries that a program asks for.
fn needs(told: &str) -> impl Iterator<Item = &str> {
    told.lines().map(str::trim).filter(|line| line.contains("INTERP") || line.contains("(NEEDED)"))
}

/// Copies a file, or a folder with all that is in it but build results.
fn copy_tree(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
        }
        return fs::copy(from, to).map(drop).map_err(|error| failed("copy", from, &error));
    }
    for entry in entries(from)?.into_iter().filter(|entry| !entry.ends_with("target")) {
        copy_tree(&entry, &to.join(entry.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Failure> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|error| failed("remove", path, &error))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed = fs::read_dir(folder).map_err(|error| failed("list", folder, &error))?;
    Ok(listed.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

fn size(file: &Path) -> Result<u64, Failure> {
    Ok(fs::metadata(file).map_err(|error| failed("look at", file, &error))?.len())
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| failed("read", file, &error))
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_asks_for_a_loader_or_a_library_is_not_static() {
        let dynamic = "  INTERP  0x000318 /lib64/ld-linux-x86-64.so.2\n \
                       0x0000000000000001 (NEEDED)  Shared library: [libc.so.6]\n";
        let position_independent = "  LOAD  0x000000\n  DYNAMIC 0x5f0000\n (FLAGS_1) Flags: NOW PIE\n";

        assert_eq!(needs(dynamic).count(), 2);
        assert_eq!(needs(position_independent).count(), 0);
    }
}
