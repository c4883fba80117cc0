//! Where a server keeps its data, and what it wrote.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

/// How much of the log is shown: what led to an end is in its last lines.
const LOG_LINES_SHOWN: usize = 40;

/// A temporary folder that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Folder(TempDir);

impl Folder {
    /// A new one. Those of processes that are gone, which could not remove them, are removed.
    pub(super) fn new(name: &str) -> Self {
        let prefix = format!("pilotlight-{name}-");
        remove_orphans(&prefix);
        let folder = tempfile::Builder::new().prefix(&format!("{prefix}{}-", std::process::id())).tempdir();
        Self(folder.unwrap_or_else(|error| panic!("no folder for {name} can be made: {error}")))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The end of what the server wrote.
    pub(super) fn log(&self) -> String {
        let log = fs::read(self.log_path()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }

    /// Where the server writes, after what it has written already.
    pub(super) fn log_file(&self) -> File {
        let file = File::options().create(true).append(true).open(self.log_path());
        file.unwrap_or_else(|error| {
            panic!("the log {} cannot be written: {error}", self.log_path().display())
        })
    }

    fn log_path(&self) -> PathBuf {
        self.path().join("log")
    }
}

fn remove_orphans(prefix: &str) {
    for entry in std::env::temp_dir().read_dir().into_iter().flatten().flatten() {
        if owner(&entry.file_name().to_string_lossy(), prefix).is_some_and(is_gone) {
            // Somebody else's, or another test removes it at this moment.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that made a folder of this name.
fn owner(folder: &str, prefix: &str) -> Option<Pid> {
    let (pid, _) = folder.strip_prefix(prefix)?.split_once('-')?;
    Pid::from_raw(pid.parse().ok()?)
}

fn is_gone(process: Pid) -> bool {
    test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_whose_process_is_gone_is_removed_and_one_in_use_is_not() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let orphan = std::env::temp_dir().join(format!("pilotlight-orphan-{}-x", child.id()));
        fs::create_dir(&orphan).unwrap();
        let used = Folder::new("orphan");

        let _another = Folder::new("orphan");

        assert_eq!((orphan.exists(), used.path().exists()), (false, true));
    }
}
