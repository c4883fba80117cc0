//! The settings chain: code, then the signal's variable, then the generic variable, then the default.
//!
//! Every setting is declared as the list of places it may come from, strongest first:
//!
//! ```text
//! chain.setting()
//!     .code(self.timeout)
//!     .variables(&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], parse::timeout)
//!     .or(Some(TIMEOUT))
//! ```
//!
//! The first place with a usable value wins, and the weaker ones are not even read. A place whose value cannot be
//! used is warned about and then counts as unset, as the specification asks ("Common configuration",
//! <https://opentelemetry.io/docs/specs/otel/configuration/common/>).

use std::collections::HashSet;
use std::ffi::OsString;

use super::env::Source;
use super::show::Show;
use super::url::without_secrets;
use super::warning::{Problems, Warning};

/// The variables, and what was wrong with those read so far.
pub(crate) struct Chain<'s> {
    source: &'s dyn Source,
    warnings: Vec<Warning>,
}

impl<'s> Chain<'s> {
    pub(crate) fn new(source: &'s dyn Source) -> Self {
        Self { source, warnings: Vec::new() }
    }

    /// Starts the declaration of one setting.
    pub(crate) fn setting<T>(&mut self) -> Setting<'_, 's, T> {
        Setting { chain: self, privacy: Privacy::Open, chosen: None, faults: Vec::new() }
    }

    /// Whether `name` has a value at all, good or bad. Blank counts as unset.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.source.get(name).is_some_and(|value| !value.to_string_lossy().trim().is_empty())
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// What was wrong, each thing once: several signals read the same generic variable and find the same fault.
    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        let mut told = HashSet::new();
        self.warnings.into_iter().filter(|warning| told.insert(warning.clone())).collect()
    }
}

/// How much of a setting's value a warning may repeat.
#[derive(Clone, Copy)]
enum Privacy {
    Open,
    Url,
    Secret,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Code,
    Variable(String),
    Default,
}

/// A value and where it came from.
#[derive(Debug)]
pub(crate) struct Chosen<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// One setting under declaration. Dropping it without [`or`](Setting::or) or [`optional`](Setting::optional) would
/// lose its warnings.
#[must_use]
pub(crate) struct Setting<'c, 's, T> {
    chain: &'c mut Chain<'s>,
    privacy: Privacy,
    chosen: Option<Chosen<T>>,
    faults: Vec<Fault>,
}

/// A warning that does not know yet what will be used instead.
struct Fault {
    setting: String,
    value: Option<String>,
    problem: String,
}

impl<T> Setting<'_, '_, T> {
    /// Warnings never repeat the value.
    pub(crate) fn secret(mut self) -> Self {
        self.privacy = Privacy::Secret;
        self
    }

    /// The value is a URL: warnings repeat it without what may be secret in it.
    pub(crate) fn url(mut self) -> Self {
        self.privacy = Privacy::Url;
        self
    }

    /// A value set in code that cannot be wrong.
    pub(crate) fn code(mut self, value: Option<T>) -> Self {
        if let (None, Some(value)) = (&self.chosen, value) {
            self.chosen = Some(Chosen { value, origin: Origin::Code });
        }
        self
    }

    /// A value set in code through `setter` that `check` may correct or refuse.
    pub(crate) fn checked<V>(
        mut self,
        setter: &str,
        value: Option<V>,
        check: impl FnOnce(V, &mut Problems) -> Option<T>,
    ) -> Self {
        if let (None, Some(value)) = (&self.chosen, value) {
            let mut problems = Problems::default();
            let value = check(value, &mut problems);
            self.blame(setter, None, problems);
            self.chosen = value.map(|value| Chosen { value, origin: Origin::Code });
        }
        self
    }

    /// Text set in code through `setter`, read like a variable.
    pub(crate) fn text(
        mut self,
        setter: &str,
        text: Option<&str>,
        parse: impl Fn(&str, &mut Problems) -> Option<T>,
    ) -> Self {
        if let (None, Some(text)) = (&self.chosen, text) {
            self.read(setter, text.into(), Origin::Code, parse);
        }
        self
    }

    /// Variables, strongest first.
    pub(crate) fn variables<N: AsRef<str>>(
        mut self,
        names: &[N],
        parse: impl Fn(&str, &mut Problems) -> Option<T>,
    ) -> Self {
        for name in names.iter().map(AsRef::as_ref) {
            if self.chosen.is_some() {
                break;
            }
            if let Some(value) = self.chain.source.get(name) {
                self.read(name, value, Origin::Variable(name.to_owned()), &parse);
            }
        }
        self
    }

    /// A single variable.
    pub(crate) fn variable(self, name: &str, parse: impl Fn(&str, &mut Problems) -> Option<T>) -> Self {
        self.variables(&[name], parse)
    }

    fn read(
        &mut self,
        name: &str,
        value: OsString,
        origin: Origin,
        parse: impl Fn(&str, &mut Problems) -> Option<T>,
    ) {
        let mut problems = Problems::default();
        let shown = value.to_string_lossy().into_owned();
        match value.to_str().map(str::trim) {
            Some("") => {}
            Some(text) => self.chosen = parse(text, &mut problems).map(|value| Chosen { value, origin }),
            None => problems.add("is not valid UTF-8"),
        }
        self.blame(name, Some(shown), problems);
    }

    fn blame(&mut self, setting: &str, value: Option<String>, problems: Problems) {
        let value = value.and_then(|value| match self.privacy {
            Privacy::Open => Some(value),
            Privacy::Url => Some(without_secrets(&value)),
            Privacy::Secret => None,
        });
        let setting = setting.to_owned();
        self.faults.extend(problems.into_vec().into_iter().map(|problem| Fault {
            setting: setting.clone(),
            value: value.clone(),
            problem,
        }));
    }
}

impl<T: Show> Setting<'_, '_, T> {
    /// The first usable value, or `default`.
    pub(crate) fn or(self, default: T) -> T {
        self.or_chosen(default).value
    }

    /// The first usable value, or `default`, and where it came from.
    pub(crate) fn or_chosen(mut self, default: T) -> Chosen<T> {
        let chosen = self.chosen.take().unwrap_or(Chosen { value: default, origin: Origin::Default });
        self.report(|setting| in_force(&chosen, setting));
        chosen
    }

    /// The first usable value, if there is one.
    pub(crate) fn optional(mut self) -> Option<T> {
        let chosen = self.chosen.take();
        self.report(|setting| match &chosen {
            Some(chosen) => in_force(chosen, setting),
            None => "leaving it unset".to_owned(),
        });
        chosen.map(|chosen| chosen.value)
    }

    /// Turns faults into warnings, now that it is known what is used `instead`.
    fn report(self, instead: impl Fn(&str) -> String) {
        self.chain.warnings.extend(self.faults.into_iter().map(|fault| {
            let instead = instead(&fault.setting);
            Warning::new(fault.setting, fault.value, fault.problem, instead)
        }));
    }
}

/// What is in force, told to whoever set `setting`.
fn in_force<T: Show>(chosen: &Chosen<T>, setting: &str) -> String {
    let value = chosen.value.show();
    match &chosen.origin {
        Origin::Code => format!("using {value}, set in code"),
        // A part of the value was usable.
        Origin::Variable(name) if name == setting => format!("using {value}"),
        Origin::Variable(name) => format!("using {value} from {name}"),
        Origin::Default => format!("using the default, {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::env::Variables;
    use super::super::parse;
    use super::*;

    fn resolve(code: Option<usize>, variables: &Variables) -> (usize, Vec<String>) {
        let mut chain = Chain::new(variables);
        let value = chain.setting().code(code).variables(&["SIGNAL", "GENERIC"], parse::count).or(128);
        (value, chain.into_warnings().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_strongest_place_with_a_value_wins() {
        let all = Variables::from([("SIGNAL", "2"), ("GENERIC", "3")]);
        assert_eq!(resolve(Some(1), &all), (1, vec![]));
        assert_eq!(resolve(None, &all), (2, vec![]));
        assert_eq!(resolve(None, &Variables::from([("GENERIC", "3")])), (3, vec![]));
        assert_eq!(resolve(None, &Variables::new()), (128, vec![]));
    }

    #[test]
    fn blank_counts_as_unset() {
        for blank in ["", " ", "\t\n"] {
            let variables = Variables::from([("SIGNAL", blank), ("GENERIC", " 3 ")]);
            assert_eq!(resolve(None, &variables), (3, vec![]));
        }
    }

    #[test]
    fn a_bad_value_is_warned_about_and_passes_the_turn_to_the_next_place() {
        let both = Variables::from([("SIGNAL", "x"), ("GENERIC", "3")]);
        let warning =
            "SIGNAL=\"x\" is not a whole number from 0 to 2147483647; using 3 from GENERIC".to_owned();
        assert_eq!(resolve(None, &both), (3, vec![warning]));

        let alone = Variables::from([("SIGNAL", "x")]);
        let warning =
            "SIGNAL=\"x\" is not a whole number from 0 to 2147483647; using the default, 128".to_owned();
        assert_eq!(resolve(None, &alone), (128, vec![warning]));
    }

    #[test]
    fn a_weaker_place_is_not_even_read() {
        let variables = Variables::from([("SIGNAL", "2"), ("GENERIC", "nonsense")]);
        assert_eq!(resolve(None, &variables), (2, vec![]));
        assert_eq!(resolve(Some(1), &Variables::from([("SIGNAL", "nonsense")])), (1, vec![]));
    }

    #[test]
    fn the_same_fault_found_twice_is_told_once() {
        let variables = Variables::from([("GENERIC", "x")]);
        let mut chain = Chain::new(&variables);
        for signal in ["ONE_SIGNAL", "ANOTHER_SIGNAL"] {
            chain.setting().variables(&[signal, "GENERIC"], parse::count).or(128);
        }
        assert_eq!(chain.into_warnings().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf_8_is_warned_about() {
        use std::os::unix::ffi::OsStringExt;
        let variables = Variables::new().with("SIGNAL", OsString::from_vec(vec![b'1', 0xff]));
        let (value, warnings) = resolve(None, &variables);
        assert_eq!(value, 128);
        assert_eq!(warnings, ["SIGNAL=\"1\u{fffd}\" is not valid UTF-8; using the default, 128"]);
    }
}
