//! The files that are looked at.

use serde_json::Value;
use xtask::{repository, workspace};

/// The text of a file of the repository.
pub(crate) fn text(path: &str) -> String {
    repository::read(&workspace::root().join(path)).unwrap()
}

/// A YAML file as data, with its merge keys (`<<`) resolved as Compose resolves them.
pub(crate) fn yaml(path: &str) -> Value {
    let mut value: serde_yaml_ng::Value =
        serde_yaml_ng::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    value.apply_merge().unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::to_value(value).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The entries of an object by name; none when it is not there.
pub(crate) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, entry)| (name.as_str(), entry))
}

/// The strings of a list; none when it is not there.
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The strings in the sources of the libraries and the shop: names of variables and of metrics are among them.
pub(crate) fn literals() -> std::collections::HashSet<String> {
    let mut literals = std::collections::HashSet::new();
    for folder in ["crates", "service"] {
        for file in repository::files(&workspace::root().join(folder), "rs").unwrap() {
            let source = repository::read(&file).unwrap();
            literals.extend(
                source.split('"').filter(|piece| !piece.contains(char::is_whitespace)).map(str::to_owned),
            );
        }
    }
    literals
}
