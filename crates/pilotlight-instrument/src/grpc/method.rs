//! Which method a request calls, and whether its name may be believed.

use opentelemetry::StringValue;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

/// A method's name, whole and in parts, made once and shared by all its calls.
#[derive(Debug)]
pub(super) struct MethodName {
    /// `package.Service/Method`.
    pub(super) full: StringValue,
    pub(super) service: StringValue,
    /// `Method`.
    pub(super) short: StringValue,
}

/// What a request's path names.
#[derive(Clone, Debug)]
pub(super) enum Method {
    /// A method that is known to exist.
    Known(Arc<MethodName>),
    /// What a client calls a method; only the end of the call tells whether there is one.
    Claimed(Arc<MethodName>),
    /// Nothing that is a method here.
    Other,
}

impl Method {
    pub(super) fn name(&self) -> Option<&Arc<MethodName>> {
        match self {
            Self::Known(name) | Self::Claimed(name) => Some(name),
            Self::Other => None,
        }
    }
}

/// The methods that a layer has names for.
///
/// Whatever a client calls is its own text, so a server's layer believes the names that were registered. Without
/// any, and of services whose methods were not named, it believes what a call proved to exist, and remembers
/// at most [`LEARNED_MAX`] of those: more are not told apart any more.
#[derive(Debug, Default)]
pub(super) struct Methods {
    registered: HashSet<Box<str>>,
    services: HashSet<Box<str>>,
    /// The one who calls chose the name, so there is nothing to prove.
    trusted: bool,
    /// Protects nothing but itself; locked for a look-up, or to put in one name. Keyed as paths are, without the
    /// first slash.
    learned: RwLock<HashMap<Box<str>, Arc<MethodName>>>,
}

/// More methods than services have, but few enough for a metric's attribute.
const LEARNED_MAX: usize = 1000;

/// Longer than any name that people gave.
const NAME_BYTES_MAX: usize = 256;

impl Methods {
    /// For those who call.
    pub(super) fn trusted() -> Self {
        Self { trusted: true, ..Self::default() }
    }

    pub(super) fn register_methods<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.registered.extend(names.into_iter().map(|name| Box::from(name.trim_start_matches('/'))));
    }

    pub(super) fn register_services<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.services.extend(names.into_iter().map(Box::from));
    }

    /// What a request for `path` calls.
    pub(super) fn find(&self, path: &str) -> Method {
        let name = path.strip_prefix('/').unwrap_or_default();
        if let Some(known) = self.learned.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Method::Known(Arc::clone(known));
        }
        match parse(name) {
            Some((service, short)) => self.judge(name, service, short),
            None => Method::Other,
        }
    }

    fn judge(&self, full: &str, service: &str, short: &str) -> Method {
        let name = || Arc::new(MethodName::new(full, service, short));
        if self.trusted || self.registered.contains(full) {
            let name = name();
            self.learn(&name);
            return Method::Known(name);
        }
        let open = self.registered.is_empty() && self.services.is_empty();
        if open || self.services.contains(service) { Method::Claimed(name()) } else { Method::Other }
    }

    /// Takes note of a method that exists. `false` where there is no room left to tell one more from the others.
    pub(super) fn learn(&self, name: &Arc<MethodName>) -> bool {
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        if learned.len() >= LEARNED_MAX {
            return learned.contains_key(name.full.as_str());
        }
        learned.insert(Box::from(name.full.as_str()), Arc::clone(name));
        true
    }
}

impl MethodName {
    fn new(full: &str, service: &str, short: &str) -> Self {
        let shared = |text: &str| StringValue::from(Arc::<str>::from(text));
        Self { full: shared(full), service: shared(service), short: shared(short) }
    }
}

/// `package.Service/Method`: names of letters, digits, `_` and `-`, with single dots between those of the service.
fn parse(name: &str) -> Option<(&str, &str)> {
    let (service, short) = name.split_once('/').filter(|_| name.len() <= NAME_BYTES_MAX)?;
    (service.split('.').all(is_word) && is_word(short)).then_some((service, short))
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(methods: &Methods, path: &str) -> Option<bool> {
        match methods.find(path) {
            Method::Known(_) => Some(true),
            Method::Claimed(_) => Some(false),
            Method::Other => None,
        }
    }

    #[test]
    fn a_name_is_taken_apart() {
        let method = Methods::default().find("/shop.v1.Inventory/Reserve");
        let name = method.name().unwrap();
        assert_eq!(
            [name.full.as_str(), name.service.as_str(), name.short.as_str()],
            ["shop.v1.Inventory/Reserve", "shop.v1.Inventory", "Reserve"]
        );
    }

    #[test]
    fn garbage_is_no_method() {
        let long = format!("/a.B/{}", "x".repeat(NAME_BYTES_MAX));
        let garbage =
            ["", "/", "*", "/a", "/a/", "//b", "/a/b/c", "a.B/C", "/a..B/C", "/.B/C", "/a.B/C%20", &long];
        for path in garbage {
            assert_eq!(known(&Methods::trusted(), path), None, "{path:?}");
        }
    }

    #[test]
    fn without_a_register_names_are_believed_once_they_are_proven() {
        let methods = Methods::default();
        let Method::Claimed(name) = methods.find("/a.B/C") else { panic!("nothing is proven yet") };
        assert!(methods.learn(&name));
        assert_eq!(known(&methods, "/a.B/C"), Some(true));
    }

    #[test]
    fn registered_methods_are_known_and_no_others() {
        let mut methods = Methods::default();
        methods.register_methods(["a.B/C", "/a.B/D"]);
        assert_eq!(known(&methods, "/a.B/C"), Some(true));
        assert_eq!(known(&methods, "/a.B/D"), Some(true));
        assert_eq!(known(&methods, "/a.B/E"), None);
    }

    #[test]
    fn methods_of_registered_services_have_to_prove_themselves() {
        let mut methods = Methods::default();
        methods.register_services(["a.B"]);
        assert_eq!(known(&methods, "/a.B/C"), Some(false));
        assert_eq!(known(&methods, "/x.Y/C"), None);
    }

    #[test]
    fn only_so_many_names_are_learned() {
        let methods = Methods::default();
        let learn = |number: usize| {
            let path = format!("/a.B/M{number}");
            methods.find(&path).name().is_some_and(|name| methods.learn(name))
        };
        assert!((0..LEARNED_MAX).all(learn));
        assert!(!learn(LEARNED_MAX));
        assert!(learn(0), "what is known stays known");
    }

    proptest! {
        #[test]
        fn a_path_of_the_right_grammar_is_a_method(path in "/[a-z]{1,8}(\\.[A-Z0-9_]{1,8}){0,4}/[A-Za-z]{1,20}") {
            let method = Methods::trusted().find(&path);
            prop_assert_eq!(method.name().unwrap().full.as_str(), &path[1..]);
        }

        #[test]
        fn any_text_is_a_short_clean_name_or_none(path in ".*") {
            if let Some(name) = Methods::default().find(&path).name() {
                prop_assert!(name.full.as_str().len() <= NAME_BYTES_MAX && name.full.as_str().is_ascii());
            }
        }
    }
}
