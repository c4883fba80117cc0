//! The tests of the workspace, found by name.

use crate::command::Failure;
use crate::{repository, rust_source};
use std::collections::HashMap;
use std::path::Path;

/// Where tests live, from the workspace's folder.
const TESTED: [&str; 4] = ["crates", "service", "e2e", "xtask"];

/// Every test of the workspace, by name.
///
/// Each has its path as a reader would write it, `pilotlight_sdk::record::span::tests::name`: the crate, the
/// folders and file, the modules within the file.
#[derive(Debug, Default)]
pub struct TestIndex {
    paths_by_name: HashMap<String, Vec<Vec<String>>>,
}

impl TestIndex {
    /// Reads the tests of the workspace.
    ///
    /// # Errors
    /// When a file cannot be read or is not Rust.
    pub fn read(root: &Path) -> Result<Self, Failure> {
        let mut index = Self::default();
        for folder in TESTED {
            for file in repository::files(&root.join(folder), "rs")? {
                let source = repository::read(&file)?;
                let relative = file.strip_prefix(root).unwrap_or(&file);
                index
                    .add(relative, &source)
                    .map_err(|error| Failure::new(format!("{}: {error}", relative.display())))?;
            }
        }
        Ok(index)
    }

    /// Adds the tests of one file, given by its path from the workspace's folder.
    ///
    /// # Errors
    /// When the text is not Rust.
    pub fn add(&mut self, file: &Path, source: &str) -> Result<(), String> {
        let module = module_path(file);
        for test in rust_source::tests(source)? {
            let path = [module.clone(), test.modules, vec![test.name.clone()]].concat();
            self.paths_by_name.entry(test.name).or_default().push(path);
        }
        Ok(())
    }

    /// Whether there is a test of this name; with a path, one whose own path has those parts in that order.
    /// Modules may be left out: `pilotlight_sdk::span::name` finds `pilotlight_sdk::record::span::tests::name`.
    pub fn has(&self, named: &str) -> bool {
        let parts: Vec<&str> = named.split("::").collect();
        let Some(paths) = parts.last().and_then(|name| self.paths_by_name.get(*name)) else { return false };
        paths.iter().any(|path| {
            let mut path = path.iter();
            parts.iter().all(|part| path.any(|of_path| of_path == part))
        })
    }
}

/// `crates/pilotlight-sdk/src/record/span.rs` is `pilotlight_sdk::record::span`.
fn module_path(file: &Path) -> Vec<String> {
    file.with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().replace('-', "_"))
        .filter(|part| !["crates", "service", "src", "lib", "main", "mod"].contains(&part.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(file: &str) -> TestIndex {
        let mut index = TestIndex::default();
        index.add(Path::new(file), "mod tests { #[test] fn it_works() {} }").unwrap();
        index
    }

    #[test]
    fn a_test_is_found_by_its_name_and_by_any_path_to_it() {
        let index = index("crates/pilotlight-sdk/src/record/span.rs");

        assert!(index.has("it_works"));
        assert!(index.has("pilotlight_sdk::it_works"));
        assert!(index.has("record::span::tests::it_works"));
        assert!(index.has("pilotlight_sdk::record::span::tests::it_works"));
    }

    #[test]
    fn a_test_is_not_found_by_a_path_that_leads_elsewhere() {
        let index = index("crates/pilotlight-sdk/src/record/mod.rs");

        assert!(!index.has("pilotlight::it_works"));
        assert!(!index.has("record::pilotlight_sdk::it_works"));
        assert!(!index.has("it_works::it_works"));
        assert!(!index.has("tests"));
        assert!(!index.has(""));
    }
}
