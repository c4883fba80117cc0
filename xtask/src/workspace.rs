//! What the workspace holds, as cargo sees it.

use crate::command::Failure;
use cargo_metadata::{Metadata, MetadataCommand};
use std::path::{Path, PathBuf};

/// A crate that users can depend on.
#[derive(Debug)]
pub struct Published {
    /// The package's name.
    pub name: String,
    /// Its features, without `default` and without those that start with `_`, which are not for direct use.
    pub features: Vec<String>,
    /// Its manifest.
    pub manifest: PathBuf,
    /// What users get of it is a program.
    pub is_program: bool,
}

/// The folder that holds the workspace's Cargo.toml.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// The crates whose manifest does not say `publish = false`, by name.
///
/// # Errors
/// When cargo cannot read the workspace.
pub fn published(root: &Path) -> Result<Vec<Published>, Failure> {
    let metadata =
        MetadataCommand::new().current_dir(root).no_deps().exec().map_err(|error| {
            Failure::new(format!("cannot read the workspace with `cargo metadata`: {error}"))
        })?;
    let published = metadata
        .packages
        .into_iter()
        // An empty list of registries is how cargo spells `publish = false`.
        .filter(|package| package.publish.as_ref().is_none_or(|registries| !registries.is_empty()))
        .map(|package| Published {
            name: package.name.to_string(),
            features: package.features.into_keys().filter(|feature| is_for_users(feature)).collect(),
            is_program: package.targets.iter().any(cargo_metadata::Target::is_bin),
            manifest: package.manifest_path.into(),
        });
    Ok(published.collect())
}

/// Where cargo builds: `target`, unless the environment or cargo's configuration says otherwise.
///
/// # Errors
/// When cargo cannot read the workspace.
pub fn target_directory(root: &Path) -> Result<PathBuf, Failure> {
    Ok(metadata(root)?.target_directory.into())
}

fn metadata(root: &Path) -> Result<Metadata, Failure> {
    MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()
        .map_err(|error| Failure::new(format!("cannot read the workspace with `cargo metadata`: {error}")))
}

fn is_for_users(feature: &str) -> bool {
    feature != "default" && !feature.starts_with('_')
}
