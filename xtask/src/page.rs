//! The viewer's page: built from `crates/pilotlight-view/ui` to `ui/dist`, which is committed, so that nobody else needs npm.

use crate::command::{Failure, show_and_run};
use crate::{npm, workspace};
use npm::io_failure;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Builds the page into its place, with the types of the API that `openapi.json` describes.
///
/// # Errors
/// When Node.js is missing, the sources have an error, or the page is over its budget.
pub fn build(root: &Path) -> Result<(), Failure> {
    let sources = sources(root);
    prepare(&sources)?;
    types_to(&sources, &sources.join(TYPES))?;
    build_to(&sources, &sources.join("dist"))
}

/// The API's types, as the page has them.
const TYPES: &str = "src/api/schema.d.ts";

/// Types and unit tests of the sources.
///
/// # Errors
/// When Node.js is missing, or a test fails.
pub fn test(root: &Path) -> Result<(), Failure> {
    let sources = sources(root);
    prepare(&sources)?;
    show_and_run(npm::command(&sources).args(["run", "check"]))
}

/// Whether what is committed is what the sources give.
///
/// # Errors
/// When Node.js is missing, the sources have an error, or the committed page is another one.
pub fn is_current(root: &Path) -> Result<(), Failure> {
    let sources = sources(root);
    prepare(&sources)?;
    let target = workspace::target_directory(root)?;
    let types = target.join("page-types/schema.d.ts");
    types_to(&sources, &types)?;
    let built = target.join("page");
    build_to(&sources, &built)?;
    let mut committed = files(&sources.join("dist"))?;
    let mut made = files(&built)?;
    for (files, path) in [(&mut committed, sources.join(TYPES)), (&mut made, types)] {
        let content = fs::read(&path).map_err(|error| io_failure("read", &path, &error))?;
        files.insert(PathBuf::from("..").join(TYPES), content);
    }
    compare(&committed, &made)
}

fn sources(root: &Path) -> PathBuf {
    root.join("crates/pilotlight-view/ui")
}

fn prepare(sources: &Path) -> Result<(), Failure> {
    npm::require()?;
    npm::install(sources)
}

/// The budget is held by `weigh`.
fn build_to(sources: &Path, folder: &Path) -> Result<(), Failure> {
    let folder = folder.display().to_string();
    show_and_run(npm::command(sources).args([
        "exec",
        "--",
        "vite",
        "build",
        "--emptyOutDir",
        "--outDir",
        &folder,
    ]))?;
    show_and_run(npm::command(sources).args(["run", "weigh", "--", &folder]))
}

fn types_to(sources: &Path, file: &Path) -> Result<(), Failure> {
    let file = file.display().to_string();
    show_and_run(npm::command(sources).args(["run", "api", "--", "--output", &file]))
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// All files below a folder, by their path in it.
fn files(folder: &Path) -> Result<Files, Failure> {
    let mut found = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).map_err(|error| io_failure("read", &next, &error))?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = fs::read(&path).map_err(|error| io_failure("read", &path, &error))?;
            found.insert(path.strip_prefix(folder).unwrap_or(&path).to_owned(), content);
        }
    }
    Ok(found)
}

fn compare(committed: &Files, built: &Files) -> Result<(), Failure> {
    let all = committed.keys().chain(built.keys());
    let other: std::collections::BTreeSet<_> =
        all.filter(|path| committed.get(*path) != built.get(*path)).collect();
    if other.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = other.into_iter().map(|path| path.display().to_string()).collect();
    Err(Failure::new(format!(
        "crates/pilotlight-view/ui/dist is not what its sources and openapi.json give: {} differ.\n\
         Build it with `cargo xtask page` and commit it.",
        names.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> Files {
        of.iter().map(|(path, content)| (PathBuf::from(path), content.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_committed_page_that_is_another_one_is_told_file_by_file() {
        let committed = files(&[("app.js", "old"), ("gone.js", ""), ("index.html", "same")]);
        let built = files(&[("app.js", "new"), ("index.html", "same"), ("more.js", "")]);

        let told = compare(&committed, &built).unwrap_err().to_string();

        assert!(told.contains("app.js, gone.js, more.js differ"), "{told}");
        assert!(compare(&built, &built).is_ok());
    }
}
