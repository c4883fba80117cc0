//! What was wrong with a setting, told to whoever operates the service.

use std::fmt;

/// How many characters of a bad value are repeated.
const VALUE_CHARS_MAX: usize = 120;

/// A setting that could not be used as it was given, and what is used instead.
///
/// Warnings are values, so that they can be reported once the level of diagnostics is known. They never contain
/// header values, nor the user name, password or query of a URL.
///
/// ```
/// use pilotlight_sdk::config::{SettingsBuilder, Variables};
///
/// let variables = Variables::from([("OTEL_BSP_SCHEDULE_DELAY", "5s")]);
/// let resolved = SettingsBuilder::new().resolve(&variables);
/// assert_eq!(
///     resolved.warnings[0].to_string(),
///     r#"OTEL_BSP_SCHEDULE_DELAY="5s" is not a whole number of milliseconds from 0 to 2147483647; using the default, 5000 ms"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    setting: String,
    value: Option<String>,
    problem: String,
    instead: String,
}

impl Warning {
    pub(crate) fn new(
        setting: impl Into<String>,
        value: Option<String>,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        Self { setting: setting.into(), value, problem: problem.into(), instead: instead.into() }
    }

    /// The variable's name, or the builder's setter when the value was set in code.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// The value as it was given, unless it is secret.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What is wrong with the value.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What is in force instead.
    pub fn instead(&self) -> &str {
        &self.instead
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        if let Some(value) = &self.value {
            write!(f, "={}", quoted(value))?;
        }
        write!(f, " {}; {}", self.problem, self.instead)
    }
}

/// `text` in quotes, control characters escaped and cut to a length that a log line bears.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// What a parser found wrong with one value, each worded to follow the setting's name.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    pub(crate) fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_hostile_values_are_cut_and_escaped() {
        let value = format!("\u{1b}[2J\n{}", "é".repeat(500));
        let text = Warning::new("OTEL_X", Some(value), "is bad", "using 1").to_string();
        assert!(text.starts_with(r#"OTEL_X="\u{1b}[2J\n"#), "{text}");
        assert!(text.ends_with("\"… is bad; using 1"), "{text}");
        assert!(text.chars().count() < 200, "{text}");
    }

    #[test]
    fn a_secret_value_leaves_no_trace() {
        let text = Warning::new("OTEL_X", None, "is bad", "using 1").to_string();
        assert_eq!(text, "OTEL_X is bad; using 1");
    }
}
