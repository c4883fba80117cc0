//! Cargo.toml: what each package asks for.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::doctor::files;

/// The largest manifest that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The most packages that are looked at.
const PACKAGES_MAX: usize = 200;

/// SDKs and what belongs to them: their sources name every exporter there is, and say nothing about a service that links them by path.
const OF_SDKS: [&str; 9] = [
    "opentelemetry",
    "opentelemetry_sdk",
    "opentelemetry-http",
    "opentelemetry-otlp",
    "opentelemetry-proto",
    "pilotlight",
    "pilotlight-instrument",
    "pilotlight-sdk",
    "tracing-opentelemetry",
];

/// One package.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it links. Dependencies of tests and build scripts are left out.
    dependencies: Vec<Dependency>,
}

/// A package that another one links.
#[derive(Debug, Clone)]
struct Dependency {
    name: String,
    features: Features,
    /// Where it is, when that is said.
    folder: Option<PathBuf>,
}

/// Features that somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// Whether the default ones are among them.
    pub default: bool,
    /// The others, by name.
    pub named: BTreeSet<String>,
}

impl Features {
    /// All of both: features of one package add up.
    #[must_use]
    pub fn united(mut self, other: Self) -> Self {
        self.default |= other.default;
        self.named.extend(other.named);
        self
    }

    /// Whether `feature` is asked for by name.
    pub fn has(&self, feature: &str) -> bool {
        self.named.contains(feature)
    }
}

impl Manifest {
    pub(super) fn dependency(&self, name: &str) -> Option<Features> {
        let named = self.dependencies.iter().filter(|dependency| dependency.name == name);
        named.map(|dependency| dependency.features.clone()).reduce(Features::united)
    }

    pub(super) fn dependency_names(&self) -> Vec<&str> {
        self.dependencies.iter().map(|dependency| dependency.name.as_str()).collect()
    }

    /// The folders of what it links by path.
    fn linked_folders(&self) -> impl Iterator<Item = PathBuf> {
        let own = self.dependencies.iter().filter(|dependency| !OF_SDKS.contains(&dependency.name.as_str()));
        own.filter_map(|dependency| dependency.folder.clone())
    }
}

/// The root of a workspace: what members inherit.
#[derive(Debug, Clone)]
struct Workspace {
    folder: PathBuf,
    table: Table,
}

impl Workspace {
    /// The one whose root the manifest `table` in `folder` is.
    fn of(table: &Table, folder: &Path) -> Option<Self> {
        let table = table.get("workspace")?.as_table()?.clone();
        Some(Self { folder: folder.to_owned(), table })
    }

    /// The one that a package in `folder` belongs to.
    fn above(folder: &Path) -> Option<Self> {
        let mut above = folder.ancestors().skip(1);
        above.find_map(|ancestor| Self::of(&read(&ancestor.join("Cargo.toml")).ok()?, ancestor))
    }

    fn dependency(&self, key: &str) -> Option<&Value> {
        self.table.get("dependencies")?.get(key)
    }

    fn members(&self) -> Vec<PathBuf> {
        let patterns = self.table.get("members").and_then(Value::as_array).into_iter().flatten();
        let found = patterns.filter_map(Value::as_str).flat_map(|pattern| expanded(&self.folder, pattern));
        found.filter(|member| member.join("Cargo.toml").is_file()).take(PACKAGES_MAX).collect()
    }
}

/// What a manifest leads to.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// The package of the manifest, or the members when it is a workspace without a package.
    pub(super) manifests: Vec<Manifest>,
    /// What those link by path, directly or not, as far as it is not among them.
    pub(super) linked: Vec<Manifest>,
    /// What could not be read.
    pub(super) unreadable: Vec<String>,
}

/// Follows the manifest at `path`.
pub(super) fn around(path: &Path) -> Around {
    let mut around = Around::default();
    let folder = path.parent().unwrap_or(Path::new("."));
    let Some(root) = around.read(folder) else { return around };
    let mut workspace = Workspace::of(&root, folder);
    if root.contains_key("package") {
        workspace = workspace.or_else(|| Workspace::above(folder));
        around.manifests.extend(manifest(&root, folder, workspace.as_ref()));
    } else {
        for member in workspace.iter().flat_map(Workspace::members) {
            let table = around.read(&member);
            around.manifests.extend(table.and_then(|table| manifest(&table, &member, workspace.as_ref())));
        }
    }
    around.follow(workspace.as_ref());
    around
}

impl Around {
    fn read(&mut self, folder: &Path) -> Option<Table> {
        read(&folder.join("Cargo.toml")).map_err(|error| self.unreadable.push(error)).ok()
    }

    /// Reads what is linked by path, the nearest first and each package once.
    fn follow(&mut self, workspace: Option<&Workspace>) {
        let whole = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut seen: HashSet<PathBuf> =
            self.manifests.iter().map(|manifest| whole(&manifest.folder)).collect();
        let mut open: VecDeque<PathBuf> = self.manifests.iter().flat_map(Manifest::linked_folders).collect();
        while seen.len() < PACKAGES_MAX
            && let Some(folder) = open.pop_front()
        {
            let folder = whole(&folder);
            if !folder.join("Cargo.toml").is_file() || !seen.insert(folder.clone()) {
                continue;
            }
            let Some(table) = self.read(&folder) else { continue };
            let found = match workspace.filter(|workspace| folder.starts_with(&workspace.folder)) {
                Some(workspace) => manifest(&table, &folder, Some(workspace)),
                None => {
                    let other = Workspace::of(&table, &folder).or_else(|| Workspace::above(&folder));
                    manifest(&table, &folder, other.as_ref())
                }
            };
            open.extend(found.iter().flat_map(Manifest::linked_folders));
            self.linked.extend(found);
        }
    }
}

/// `crates/*` is what patterns look like in practice; others than with a star at the end are taken as they are.
fn expanded(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let Some(parent) = pattern.strip_suffix("/*").or_else(|| (pattern == "*").then_some(".")) else {
        return vec![folder.join(pattern)];
    };
    let entries = std::fs::read_dir(folder.join(parent)).into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn manifest(table: &Table, folder: &Path, workspace: Option<&Workspace>) -> Option<Manifest> {
    let name = table.get("package")?.get("name")?.as_str()?.to_owned();
    let of_targets =
        table.get("target").and_then(Value::as_table).into_iter().flat_map(|targets| targets.values());
    let tables =
        std::iter::once(table.get("dependencies")).chain(of_targets.map(|target| target.get("dependencies")));
    let entries = tables.flatten().filter_map(Value::as_table).flatten();
    let dependencies = entries.map(|(key, value)| dependency(key, value, folder, workspace)).collect();
    Some(Manifest { name, folder: folder.to_owned(), dependencies })
}

fn dependency(key: &str, value: &Value, folder: &Path, workspace: Option<&Workspace>) -> Dependency {
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let inherited = workspace
        .filter(|_| inherits)
        .and_then(|workspace| Some((workspace.dependency(key)?, workspace.folder.as_path())));
    let said = [Some((value, folder)), inherited];
    let text = |key| said.into_iter().flatten().find_map(|(value, by)| Some((value.get(key)?.as_str()?, by)));
    let own = features(value);
    let features = match inherited {
        // What the workspace says about the default features holds, unless the member asks for them.
        Some((inherited, _)) => {
            let asks = value.get("default-features").and_then(Value::as_bool) == Some(true);
            let theirs = features(inherited);
            Features {
                default: theirs.default || asks,
                named: own.named.into_iter().chain(theirs.named).collect(),
            }
        }
        None => own,
    };
    Dependency {
        name: text("package").map_or(key, |(name, _)| name).to_owned(),
        features,
        folder: text("path").map(|(path, by)| by.join(path)),
    }
}

fn features(value: &Value) -> Features {
    let named = value.get("features").and_then(Value::as_array).into_iter().flatten();
    Features {
        default: value.get("default-features").and_then(Value::as_bool) != Some(false),
        named: named.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

fn read(path: &Path) -> Result<Table, String> {
    let text = read_text(path, FILE_BYTES_MAX)?;
    text.parse().map_err(|error: toml::de::Error| {
        format!("{} is no valid TOML ({})", path.display(), error.message())
    })
}

pub(super) fn read_text(path: &Path, bytes_max: u64) -> Result<String, String> {
    String::from_utf8(files::read_regular(path, bytes_max)?)
        .map_err(|error| format!("{} cannot be read ({error})", path.display()))
}
