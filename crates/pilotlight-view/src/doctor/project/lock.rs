//! Cargo.lock: which versions are linked, and who wants them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::sdk::Release;

/// The largest lock file that is read: the largest known ones have a tenth of it.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Nobody links more versions of one package; the others are not looked at.
const VERSIONS_MAX: usize = 64;

/// A package to start from: its name, and the names of what it links when those are known.
pub type Root<'p> = (&'p str, Vec<&'p str>);

/// A lock file.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Where it is.
    pub path: PathBuf,
    packages: Vec<Package>,
    by_name: HashMap<String, Vec<usize>>,
}

/// One package in one version.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, as written.
    pub version: String,
    /// Where it comes from; none for packages of the workspace.
    #[serde(default)]
    source: Option<String>,
    /// `name`, `name version`, or `name version (source)`.
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Package>,
}

impl Lock {
    /// Reads the lock file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is no TOML, or is none of Cargo's.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = super::manifest::read_text(path, FILE_BYTES_MAX)?;
        let File { package: packages } = toml::from_str(&text)
            .map_err(|error| format!("{} is no lock file of Cargo ({})", path.display(), error.message()))?;
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, package) in packages.iter().enumerate() {
            by_name.entry(package.name.clone()).or_default().push(at);
        }
        Ok(Self { path: path.to_owned(), packages, by_name })
    }

    pub(super) fn package(&self, at: usize) -> &Package {
        &self.packages[at]
    }

    /// Every version of the packages called `name`.
    pub fn named<'l>(&'l self, name: &str) -> impl Iterator<Item = &'l Package> + use<'l> {
        self.by_name.get(name).into_iter().flatten().map(|at| &self.packages[*at])
    }

    /// What is linked from `roots` on; the whole file when there are none in it.
    pub(super) fn reached(&self, roots: &[Root<'_>]) -> Vec<usize> {
        let mut seen = HashSet::new();
        let mut open: Vec<usize> = Vec::new();
        for (name, links) in roots {
            let Some(root) = self.local(name) else { continue };
            seen.insert(root);
            let links: HashSet<&str> = links.iter().copied().collect();
            let wanted = |entry: &&String| links.contains(entry.split(' ').next().unwrap_or_default());
            open.extend(
                self.packages[root]
                    .dependencies
                    .iter()
                    .filter(wanted)
                    .filter_map(|entry| self.resolve(entry)),
            );
        }
        if seen.is_empty() {
            return (0..self.packages.len()).collect();
        }
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(self.packages[at].dependencies.iter().filter_map(|entry| self.resolve(entry)));
            }
        }
        let mut reached: Vec<usize> = seen.into_iter().collect();
        reached.sort_unstable();
        reached
    }

    /// The versions of `name` that are linked from `roots` on, each with the packages that want it; at most 64 of them.
    pub fn versions(&self, name: &str, roots: &[Root<'_>]) -> Vec<(&Package, Vec<&Package>)> {
        let reached = self.reached(roots);
        let named = reached.iter().filter(|at| self.packages[**at].name == name);
        let mut wanted_by: BTreeMap<usize, Vec<usize>> =
            named.take(VERSIONS_MAX).map(|at| (*at, Vec::new())).collect();
        for at in reached {
            for wanted in self.packages[at].dependencies.iter().filter_map(|entry| self.resolve(entry)) {
                // A lock file that was not written by Cargo may name one package again and again.
                if let Some(by) = wanted_by.get_mut(&wanted).filter(|by| by.last() != Some(&at)) {
                    by.push(at);
                }
            }
        }
        let packages = |by: Vec<usize>| by.into_iter().map(|at| &self.packages[at]).collect();
        wanted_by.into_iter().map(|(at, by)| (&self.packages[at], packages(by))).collect()
    }

    fn local(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)?.iter().copied().find(|at| self.packages[*at].source.is_none())
    }

    fn resolve(&self, entry: &str) -> Option<usize> {
        let mut words = entry.split(' ');
        let candidates = self.by_name.get(words.next()?)?;
        match words.next() {
            None => candidates.first().copied(),
            Some(version) => {
                candidates.iter().copied().take(VERSIONS_MAX).find(|at| self.packages[*at].version == version)
            }
        }
    }
}

impl Package {
    /// Whether it links a package called `name`: for optional ones, whether somebody turned the feature on.
    pub fn links(&self, name: &str) -> bool {
        self.dependencies.iter().any(|entry| entry.split(' ').next() == Some(name))
    }

    /// The version, as far as compatibility goes.
    pub fn release(&self) -> Release {
        Release::parse(&self.version)
    }
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
