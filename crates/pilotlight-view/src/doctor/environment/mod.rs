//! The variables that a service would see.

mod container;
mod file;

pub use container::container;

use std::collections::BTreeMap;
use std::path::Path;

use crate::doctor::files;

/// The most that is read of a file with variables: more is no file of variables.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Names and values, each with the place it came from.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone)]
struct Variable {
    value: String,
    from: String,
}

/// Values may be secrets: only names are shown.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// The variables that we were started with.
    pub fn of_this_process() -> Self {
        let pairs = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        Self::of(pairs, "environment")
    }

    /// The variables that another process was started with.
    ///
    /// # Errors
    ///
    /// When there is no such process, it is somebody else's, or the system has no `/proc`.
    pub fn of_process(pid: u32) -> Result<Self, String> {
        let path = format!("/proc/{pid}/environ");
        let bytes = std::fs::read(&path).map_err(|error| {
            format!("{path} cannot be read ({error}): run the doctor as the user of that process, on Linux")
        })?;
        let pairs = bytes.split(|byte| *byte == 0).filter_map(|pair| {
            let pair = String::from_utf8_lossy(pair);
            pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        });
        Ok(Self::of(pairs, &format!("environment of process {pid}")))
    }

    /// Adds the variables of a file, over those already known.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is too large, or has a line that is no `NAME=value`.
    pub fn overlay_file(&mut self, path: &Path) -> Result<(), String> {
        let shown = path.display();
        let text = files::read(path, FILE_BYTES_MAX)
            .map_err(|error| format!("{shown} cannot be read ({error})"))?
            .ok_or_else(|| format!("{shown} is larger than 1 MiB: that is no file of variables"))?;
        for (name, value) in file::parse(&text).map_err(|problem| format!("{shown}: {problem}"))? {
            self.variables.insert(name, Variable { value, from: shown.to_string() });
        }
        Ok(())
    }

    fn of(pairs: impl IntoIterator<Item = (String, String)>, from: &str) -> Self {
        let variables = pairs
            .into_iter()
            .map(|(name, value)| (name, Variable { value, from: from.to_owned() }))
            .collect();
        Self { variables }
    }

    /// The value of `name`, trimmed; blank counts as unset, as the specification has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|variable| variable.value.trim()).filter(|value| !value.is_empty())
    }

    /// Where `name` was set, when that is not the environment itself.
    pub fn place(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|variable| variable.from.as_str()).filter(|from| *from != "environment")
    }

    /// Every name with a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str).filter(|name| self.get(name).is_some())
    }
}

/// For tests, and for whoever has variables at hand.
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self::of(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())), "environment")
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self::of(pairs, "environment")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn blank_values_count_as_unset() {
        let environment = Environment::from([("A", "  "), ("B", " b ")]);
        assert_eq!((environment.get("A"), environment.get("B")), (None, Some("b")));
        assert_eq!(environment.names().collect::<Vec<_>>(), ["B"]);
    }

    #[test]
    fn a_file_wins_over_the_environment_and_is_named() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, b"# comment\nexport A='file'\n").unwrap();
        let mut environment = Environment::from([("A", "environment"), ("B", "2")]);
        environment.overlay_file(file.path()).unwrap();
        assert_eq!(environment.get("A"), Some("file"));
        assert_eq!(environment.place("A"), Some(file.path().to_str().unwrap()));
        assert_eq!(environment.place("B"), None);
    }

    #[test]
    fn debug_output_has_no_values() {
        let shown = format!("{:?}", Environment::from([("KEY", "s3cret")]));
        assert!(shown.contains("KEY") && !shown.contains("s3cret"), "{shown}");
    }
}
