//! One value out of several variables, strongest first.

use super::problem::Problem;
use super::{Origin, Sourced, support};
use crate::doctor::environment::Environment;
use crate::doctor::project::Sdk;

/// Reads variables the way an SDK does, and remembers what could not be used.
pub(super) struct Reader<'e> {
    pub(super) environment: &'e Environment,
    pub(super) sdk: &'e Sdk,
    pub(super) problems: Vec<Problem>,
}

/// Why a text is no value.
pub(super) struct Unusable {
    pub(super) id: &'static str,
    pub(super) is_fatal: bool,
    /// Whether the value may be repeated.
    pub(super) is_open: bool,
    pub(super) what: String,
    pub(super) next: String,
}

impl Unusable {
    pub(super) fn new(id: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { id, is_fatal: false, is_open: true, what: what.into(), next: next.into() }
    }
}

impl Reader<'_> {
    /// The value of `name`, unless the SDK does not read it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.environment.get(name).filter(|_| support::reads(self.sdk, name))
    }

    /// Where `name` was set.
    pub(super) fn origin(&self, name: &str) -> Origin {
        match self.environment.place(name) {
            Some(place) => Origin::Variable(format!("{name} in {place}")),
            None => Origin::Variable(name.to_owned()),
        }
    }

    /// The first of `names` that has a usable value, and otherwise `default`.
    pub(super) fn first<T>(
        &mut self,
        names: &[String],
        parse: impl Fn(&str) -> Result<T, Unusable>,
        default: T,
        shown_default: &str,
    ) -> Sourced<T> {
        self.optional(names, parse, shown_default).unwrap_or_else(|| Sourced::default_of(default))
    }

    /// The first of `names` that has a usable value.
    pub(super) fn optional<T>(
        &mut self,
        names: &[String],
        parse: impl Fn(&str) -> Result<T, Unusable>,
        instead: &str,
    ) -> Option<Sourced<T>> {
        for name in names {
            let Some(text) = self.text(name).map(str::to_owned) else { continue };
            match parse(&text) {
                Ok(value) => return Some(Sourced { value, from: self.origin(name) }),
                Err(unusable) => self.complain(name, &text, unusable, instead),
            }
        }
        None
    }

    /// Remembers that `name` cannot be used; each such thing once, since signals share variables.
    pub(super) fn complain(&mut self, name: &str, text: &str, unusable: Unusable, instead: &str) {
        let problem = Problem {
            id: unusable.id,
            is_fatal: unusable.is_fatal,
            setting: name.to_owned(),
            value: unusable.is_open.then(|| text.chars().take(120).collect()),
            what: unusable.what,
            instead: instead.to_owned(),
            next: unusable.next,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Reads one of `names`; whether case counts depends on the SDK.
pub(super) fn choice<T: Copy>(
    text: &str,
    names: &[(&'static str, T)],
    is_strict: bool,
    id: &'static str,
) -> Result<T, Unusable> {
    let same = |name: &str| if is_strict { name == text } else { name.eq_ignore_ascii_case(text) };
    names.iter().find(|(name, _)| same(name)).map(|(_, value)| *value).ok_or_else(|| {
        let known = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let lower = text.to_ascii_lowercase();
        let near =
            names.iter().find(|(name, _)| *name == lower || is_near(name, &lower)).map(|(name, _)| *name);
        let next =
            near.map_or_else(|| format!("set it to one of {known}"), |name| format!("set it to {name}"));
        Unusable::new(id, format!("is not one of {known}"), next)
    })
}

/// `http`, `http/proto`, `http-protobuf` and the like.
fn is_near(name: &str, text: &str) -> bool {
    let plain = |text: &str| text.replace(['/', '_', '-', ' '], "");
    let (name, text) = (plain(name), plain(text));
    !text.is_empty() && (name.starts_with(&text) || text.starts_with(&name))
}
