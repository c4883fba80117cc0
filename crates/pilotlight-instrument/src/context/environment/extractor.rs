//! The environment this process was started with.

use super::name::{is_variable, variable};
use crate::context::thread;
use opentelemetry::propagation::Extractor;
use opentelemetry::{Context, global};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// The context that the parent process gave to this one, on top of the current one, by the global propagator.
///
/// Once, when `main` has installed its telemetry; spans made in it are children of the parent process's span.
///
/// ```
/// use pilotlight_instrument::context::{from_env, in_context};
///
/// // let telemetry = pilotlight::init()?;
/// in_context(&from_env(), run);
///
/// fn run() {}
/// ```
///
/// For an asynchronous `main`: `in_context(&from_env(), || bind_future(run())).await`.
///
/// Only for programs whose caller waits for them, or that are one step of a larger whole: jobs, build steps, commands. A server
/// that was started by an instrumented process would otherwise hang all that it does for years below that span.
///
/// Costs one look at the whole environment. Without a propagator, without variables, and with ones that are no text or
/// that the propagator does not accept, it is the current context.
pub fn from_env() -> Context {
    let environment = EnvExtractor::new();
    global::get_text_map_propagator(|global| global.extract_with_context(&thread::current(), &environment))
}

/// Lets a propagator read the environment of this process, as it is when this is made; [`from_env`] uses the global propagator.
///
/// Asked for `x-b3-traceid` it looks for `X_B3_TRACEID`, and for nothing else: as the specification wants it, variables that are not
/// called so are not seen (on Windows, names have no case). Neither are ones whose name or value is not Unicode.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use pilotlight_instrument::context::EnvExtractor;
///
/// # fn extract(propagator: impl TextMapPropagator) {
/// let parent = propagator.extract(&EnvExtractor::new());
/// # let _ = parent;
/// # }
/// ```
///
/// Its `Debug` names the variables and keeps their values to itself.
#[derive(Clone)]
pub struct EnvExtractor(BTreeMap<String, String>);

impl EnvExtractor {
    /// The environment as it is now.
    #[expect(clippy::new_without_default, reason = "a default is not expected to look at the process")]
    pub fn new() -> Self {
        Self::of(std::env::vars_os())
    }

    fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().filter_map(readable).collect())
    }
}

fn readable((name, value): (OsString, OsString)) -> Option<(String, String)> {
    let mut name = name.into_string().ok()?;
    if cfg!(windows) {
        name.make_ascii_uppercase();
    }
    is_variable(&name).then_some(())?;
    Some((name, value.into_string().ok()?))
}

impl Extractor for EnvExtractor {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(&variable(key)).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// An environment is full of secrets.
impl std::fmt::Debug for EnvExtractor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EnvExtractor").field(&self.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> EnvExtractor {
        EnvExtractor::of(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn a_key_is_found_under_its_normalized_name_as_it_is() {
        let environment = environment(&[("X_B3_TRACEID", " a=b "), ("BAGGAGE", "")]);
        assert_eq!(environment.get("x-b3-traceid"), Some(" a=b "));
        assert_eq!(environment.get("Baggage"), Some(""));
        assert_eq!(environment.get("traceparent"), None);
    }

    #[cfg(not(windows))]
    #[test]
    fn a_variable_that_is_not_called_by_the_rule_is_not_seen() {
        let environment = environment(&[("traceparent", "a"), ("TRACE-PARENT", "b"), ("3D", "c")]);
        assert_eq!(environment.get("traceparent"), None);
        assert!(environment.keys().is_empty());
    }

    #[test]
    fn debug_shows_no_values() {
        let environment = environment(&[("API_KEY", "secret")]);
        assert_eq!(format!("{environment:?}"), r#"EnvExtractor(["API_KEY"])"#);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_text_is_not_seen() {
        use std::os::unix::ffi::OsStringExt;
        let torn = || OsString::from_vec(vec![b'A', 0xff]);
        let environment = EnvExtractor::of([("BAGGAGE".into(), torn()), (torn(), "b".into())]);
        assert_eq!(environment.get("baggage"), None);
        assert!(environment.keys().is_empty());
    }
}
