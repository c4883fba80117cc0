//! Data directories that take seconds to make are made once for a target directory, and copied for each server.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// Fills `folder`, which is not there yet, with what `make` makes in it: a copy, when that was made before from the same `recipe`,
/// which holds everything that it depends on.
pub(crate) fn copy_or_make(name: &str, recipe: &impl Hash, folder: &Path, make: impl FnOnce(&Path)) {
    let template = place(name, recipe);
    if template.as_ref().is_some_and(|template| copy(template, folder).is_ok()) {
        return;
    }
    // What is left of a copy that failed.
    let _ = fs::remove_dir_all(folder);
    make(folder);
    if let Some(template) = template {
        // It would only have saved time.
        let _ = keep(folder, &template);
    }
}

/// Where it is kept; nowhere for a program that was not built in a target directory.
fn place(name: &str, recipe: &impl Hash) -> Option<PathBuf> {
    let mut hasher = DefaultHasher::new();
    // What one user made, another cannot read.
    (recipe, rustix::process::geteuid().as_raw()).hash(&mut hasher);
    let target = target_directory()?;
    Some(target.join("tools/templates").join(format!("{name}-{:016x}", hasher.finish())))
}

/// The target directory that this very program was built in. Cargo keeps there what it knows of the compiler, and marks those that it
/// makes itself for programs that make backups.
fn target_directory() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let is_it =
        |folder: &&Path| [".rustc_info.json", "CACHEDIR.TAG"].iter().any(|file| folder.join(file).is_file());
    program.ancestors().find(is_it).map(Path::to_owned)
}

/// Written beside its place and moved there when it is whole.
fn keep(folder: &Path, template: &Path) -> io::Result<()> {
    let unfinished = template.with_extension(std::process::id().to_string());
    fs::create_dir_all(template.parent().unwrap_or(template))?;
    copy(folder, &unfinished)?;
    // Another test may have been quicker; then this one is too many.
    fs::rename(&unfinished, template).or_else(|_| fs::remove_dir_all(&unfinished))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let entries = fs::read_dir(from)?;
    fs::create_dir(to)?;
    for entry in entries {
        let entry = entry?;
        let copied = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &copied)?;
        } else {
            fs::copy(entry.path(), copied)?;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_once_is_copied_from_then_on() {
        let folders = tempfile::tempdir().unwrap();
        let recipe = (std::process::id(), std::time::SystemTime::now());
        let make = |folder: &Path| {
            fs::create_dir_all(folder.join("deep")).unwrap();
            fs::write(folder.join("deep/file"), "made").unwrap();
        };
        copy_or_make("test", &recipe, &folders.path().join("first"), make);

        copy_or_make("test", &recipe, &folders.path().join("second"), |_| panic!("it is made twice"));

        assert_eq!(fs::read_to_string(folders.path().join("second/deep/file")).unwrap(), "made");
        fs::remove_dir_all(place("test", &recipe).unwrap()).unwrap();
    }
}
