//! Which files are read.

use std::path::{Path, PathBuf};

use crate::doctor::files;
use crate::doctor::project::SourceFolder;

/// More files than a large service has.
const FILES_MAX: usize = 3_000;

/// Generated code is longer, and says nothing about exporters.
const FILE_BYTES_MAX: u64 = 512 * 1024;

/// Nobody nests deeper, except links that lead in circles.
const DEPTH_MAX: usize = 24;

/// Where the programs of a package are, next to its library.
const PROGRAMS: [&str; 2] = ["main.rs", "bin"];

pub(super) struct Found {
    pub(super) paths: Vec<PathBuf>,
    pub(super) is_cut: bool,
}

/// The `.rs` files in `folders`, in order; links are not followed.
pub(super) fn in_folders(folders: &[SourceFolder]) -> Found {
    let mut found = Found { paths: Vec::new(), is_cut: false };
    for SourceFolder { path, is_linked } in folders {
        let programs = if *is_linked { &PROGRAMS[..] } else { &[] };
        let left_out: Vec<PathBuf> = programs.iter().map(|name| path.join(name)).collect();
        walk(path, DEPTH_MAX, &left_out, &mut found);
    }
    found
}

fn walk(folder: &Path, depth: usize, left_out: &[PathBuf], found: &mut Found) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if is_of_tests(&path) || left_out.contains(&path) {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            walk(&path, depth - 1, left_out, found);
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            match found.paths.len() < FILES_MAX {
                true => found.paths.push(path),
                false => found.is_cut = true,
            }
        }
    }
}

/// What `#[cfg(test)] mod …;` names by custom: it does not run in production.
fn is_of_tests(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    name == "tests" || name.ends_with("_tests") || name.ends_with("_test")
}

/// The text of a file; none when it is too long or no text.
pub(super) fn read(path: &Path) -> Option<String> {
    files::read(path, FILE_BYTES_MAX).ok()?
}

/// As somebody in the current folder would write it.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let relative = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    relative.unwrap_or(path).display().to_string()
}
