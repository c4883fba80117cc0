//! Cargo.toml: what each package asks for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::doctor::files;

/// The largest manifest that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The most packages of a workspace that are looked at.
const MEMBERS_MAX: usize = 200;

/// One package.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it links: name and features. Dependencies of tests and build scripts are left out.
    dependencies: Vec<(String, Features)>,
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
        let named = self.dependencies.iter().filter(|(found, _)| found == name);
        named.map(|(_, features)| features.clone()).reduce(Features::united)
    }

    pub(super) fn dependency_names(&self) -> Vec<&str> {
        self.dependencies.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// The package of the manifest at `path`, or the members when it is a workspace without a package; and what could not be read.
pub(super) fn around(path: &Path) -> (Vec<Manifest>, Vec<String>) {
    let root = match read(path) {
        Ok(root) => root,
        Err(error) => return (Vec::new(), vec![error]),
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let shared = root.get("workspace").and_then(Value::as_table).cloned();
    if root.contains_key("package") {
        let shared = shared.or_else(|| workspace_above(folder));
        return (manifest(&root, folder, shared.as_ref()).into_iter().collect(), Vec::new());
    }
    let (mut manifests, mut unreadable) = (Vec::new(), Vec::new());
    for member in members(shared.as_ref(), folder) {
        match read(&member.join("Cargo.toml")) {
            Ok(table) => manifests.extend(manifest(&table, &member, shared.as_ref())),
            Err(error) => unreadable.push(error),
        }
    }
    (manifests, unreadable)
}

fn workspace_above(folder: &Path) -> Option<Table> {
    let mut above = folder.ancestors().skip(1).map(|ancestor| ancestor.join("Cargo.toml"));
    above.find_map(|path| read(&path).ok()?.get("workspace")?.as_table().cloned())
}

fn members(workspace: Option<&Table>, folder: &Path) -> Vec<PathBuf> {
    let patterns =
        workspace.and_then(|table| table.get("members")).and_then(Value::as_array).into_iter().flatten();
    let found = patterns.filter_map(Value::as_str).flat_map(|pattern| expanded(folder, pattern));
    found.filter(|member| member.join("Cargo.toml").is_file()).take(MEMBERS_MAX).collect()
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

fn manifest(table: &Table, folder: &Path, workspace: Option<&Table>) -> Option<Manifest> {
    let name = table.get("package")?.get("name")?.as_str()?.to_owned();
    let shared = workspace.and_then(|workspace| workspace.get("dependencies")).and_then(Value::as_table);
    let of_targets =
        table.get("target").and_then(Value::as_table).into_iter().flat_map(|targets| targets.values());
    let tables =
        std::iter::once(table.get("dependencies")).chain(of_targets.map(|target| target.get("dependencies")));
    let entries = tables.flatten().filter_map(Value::as_table).flatten();
    let dependencies = entries.map(|(key, value)| dependency(key, value, shared)).collect();
    Some(Manifest { name, folder: folder.to_owned(), dependencies })
}

fn dependency(key: &str, value: &Value, shared: Option<&Table>) -> (String, Features) {
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let inherited = shared.filter(|_| inherits).and_then(|shared| shared.get(key));
    let renamed =
        [Some(value), inherited].into_iter().flatten().find_map(|value| value.get("package")?.as_str());
    let own = features(value);
    let features = match inherited {
        // What the workspace says about the default features holds, unless the member asks for them.
        Some(inherited) => {
            let asks = value.get("default-features").and_then(Value::as_bool) == Some(true);
            let theirs = features(inherited);
            Features {
                default: theirs.default || asks,
                named: own.named.into_iter().chain(theirs.named).collect(),
            }
        }
        None => own,
    };
    (renamed.unwrap_or(key).to_owned(), features)
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
