//! The service's folder: what it is written in, which SDK it uses, and what is compiled into that.

mod lock;
mod manifest;
mod other;
mod sdk;

pub use lock::{Lock, Package, Root};
pub use manifest::{Features, Manifest};
pub use other::Other;
pub use sdk::{Release, Sdk};

use std::path::{Path, PathBuf};

/// What a folder says about the service in it.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Cargo.lock, when there is one here or above.
    pub lock: Option<Lock>,
    /// The packages that are looked at: that of the folder, or all of a workspace when the folder is the workspace's root.
    pub manifests: Vec<Manifest>,
    /// What those link by path: packages next to them, which may well set telemetry up.
    pub linked_by_path: Vec<Manifest>,
    /// The manifest of another language, when there is one.
    pub other: Option<Other>,
    /// Which SDK the service uses.
    pub sdk: Sdk,
    /// How that is known.
    pub evidence: String,
    /// Files that are there and cannot be read, with the reason.
    pub unreadable: Vec<String>,
}

/// Where the sources of one package are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFolder {
    /// Its `src`.
    pub path: PathBuf,
    /// Whether others link the package, which is to say its library, and none of its programs.
    pub is_linked: bool,
}

impl Project {
    /// Reads manifests and the lock file at `path` (a folder, a Cargo.toml or a Cargo.lock) and above.
    pub fn read(path: &Path) -> Self {
        let folder = match path.is_file() {
            true => path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")),
            false => path,
        };
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut project = Self { other: other::read(&folder), ..Self::default() };
        project.read_lock(&folder);
        project.read_manifests(&folder);
        (project.sdk, project.evidence) = sdk::which(&project);
        project
    }

    fn read_lock(&mut self, folder: &Path) {
        let Some(path) = upwards(folder, "Cargo.lock") else { return };
        match Lock::read(&path) {
            Ok(lock) => self.lock = Some(lock),
            Err(error) => self.unreadable.push(error),
        }
    }

    fn read_manifests(&mut self, folder: &Path) {
        let Some(path) = upwards(folder, "Cargo.toml") else { return };
        let around = manifest::around(&path);
        self.manifests = around.manifests;
        self.linked_by_path = around.linked;
        self.unreadable.extend(around.unreadable);
    }

    /// All manifests whose features and sources become part of the service.
    fn all_manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.manifests.iter().chain(&self.linked_by_path)
    }

    /// The features of `package` that the manifests ask for, all together as Cargo unites them; none when nobody names it.
    pub fn features(&self, package: &str) -> Option<Features> {
        self.all_manifests().filter_map(|manifest| manifest.dependency(package)).reduce(Features::united)
    }

    /// Whether `package` is among what the service links, directly or not, as far as the lock file tells.
    pub fn links(&self, package: &str) -> bool {
        self.linked(package).is_some()
    }

    /// The newest version of `package` that the service links.
    pub fn linked(&self, package: &str) -> Option<&Package> {
        let lock = self.lock.as_ref()?;
        let reached = lock.reached(&self.roots());
        reached
            .into_iter()
            .map(|at| lock.package(at))
            .filter(|found| found.name == package)
            .max_by_key(|found| found.release())
    }

    /// The packages that are looked at with what they link, without what only their tests and build scripts need.
    pub fn roots(&self) -> Vec<Root<'_>> {
        self.manifests.iter().map(|manifest| (manifest.name.as_str(), manifest.dependency_names())).collect()
    }

    /// Where the sources are.
    pub fn source_folders(&self) -> Vec<SourceFolder> {
        let folder =
            |manifest: &Manifest, is_linked| SourceFolder { path: manifest.folder.join("src"), is_linked };
        let own = self.manifests.iter().map(|manifest| folder(manifest, false));
        own.chain(self.linked_by_path.iter().map(|manifest| folder(manifest, true))).collect()
    }
}

fn upwards(folder: &Path, name: &str) -> Option<PathBuf> {
    folder.ancestors().map(|ancestor| ancestor.join(name)).find(|path| path.is_file())
}
