//! Where variables come from: the process's environment, or a map in tests.

use std::collections::HashMap;
use std::ffi::OsString;

/// Looks up environment variables.
///
/// Values come as the operating system has them, so that one that is not UTF-8 can be warned about instead of being
/// taken for unset.
pub trait Source {
    /// The value of `name`, exactly as it was set.
    fn get(&self, name: &str) -> Option<OsString>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Source for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }
}

/// Variables in a map: for tests, and for programs that keep their settings elsewhere.
///
/// ```
/// use pilotlight_sdk::config::{SettingsBuilder, Variables};
///
/// let variables = Variables::from([("OTEL_SDK_DISABLED", "true")]);
/// assert!(SettingsBuilder::new().resolve(&variables).settings.disabled);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Variables(HashMap<String, OsString>);

impl Variables {
    /// No variables at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one variable, over an earlier value.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Variables {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<OsString>> FromIterator<(K, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Source for Variables {
    fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_environment_answers_for_what_is_set_and_what_is_not() {
        assert!(ProcessEnvironment.get("PATH").is_some());
        assert!(ProcessEnvironment.get("PILOTLIGHT_TEST_NEVER_SET").is_none());
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let variables = Variables::from([("A", "1")]).with("A", "2");
        assert_eq!(variables.get("A"), Some("2".into()));
        assert_eq!(variables.get("B"), None);
    }
}
