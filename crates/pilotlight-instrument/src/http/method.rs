//! Methods by name, with the unknown ones folded into one: a stranger must not choose span names.

use crate::telemetry::text::bounded;
use http::Method;
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;

/// Replaces the list of methods that are known.
pub(crate) const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

/// What an unknown method is recorded as.
pub(crate) const OTHER: &str = "_OTHER";

/// The methods of RFC 9110, PATCH (RFC 5789) and QUERY; the commonest first, since the list is searched in
/// order.
const STANDARD: [(Method, &str); 10] = [
    (Method::GET, "GET"),
    (Method::POST, "POST"),
    (Method::PUT, "PUT"),
    (Method::DELETE, "DELETE"),
    (Method::PATCH, "PATCH"),
    (Method::HEAD, "HEAD"),
    (Method::OPTIONS, "OPTIONS"),
    (Method::CONNECT, "CONNECT"),
    (Method::TRACE, "TRACE"),
    (Method::QUERY, "QUERY"),
];

/// The methods that are recorded under their own name.
#[derive(Debug)]
pub(crate) struct KnownMethods(Vec<(Method, StringValue)>);

impl KnownMethods {
    pub(crate) fn standard() -> Self {
        Self(STANDARD.map(|(method, name)| (method, name.into())).into())
    }

    /// From the variable's value, a case-sensitive list separated by commas. Names that cannot be methods are
    /// left out; an empty list means that nothing was set.
    pub(crate) fn from_list(list: &str) -> Self {
        let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() { Self::standard() } else { Self::from_names(names) }
    }

    pub(crate) fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |name: &str| Some((Method::from_bytes(name.as_bytes()).ok()?, interned(name)));
        Self(names.into_iter().filter_map(known).collect())
    }

    /// The name to record, or `None` for a method that is not known.
    pub(crate) fn name(&self, method: &Method) -> Option<StringValue> {
        self.0.iter().find(|(known, _)| known == method).map(|(_, name)| name.clone())
    }
}

/// Standard names are static; others are shared, so that recording one allocates nothing either.
fn interned(name: &str) -> StringValue {
    match STANDARD.iter().find(|(_, standard)| *standard == name) {
        Some((_, standard)) => StringValue::from(*standard),
        None => std::sync::Arc::<str>::from(name).into(),
    }
}

/// Adds `http.request.method`, and `http.request.method_original` where it has another name; returns the word
/// that the span's name starts with. `known` is the name of a method that is known.
pub(crate) fn record(
    method: &Method,
    known: Option<&StringValue>,
    bytes_max: usize,
    attributes: &mut Vec<KeyValue>,
) -> StringValue {
    if let Some(name) = known {
        attributes.push(KeyValue::new("http.request.method", name.clone()));
        return name.clone();
    }
    attributes.push(KeyValue::new("http.request.method", OTHER));
    attributes.push(KeyValue::new("http.request.method_original", bounded(method.as_str(), bytes_max)));
    "HTTP".into()
}

/// `{method} {target}`, or the method alone: the path is never part of a name, since it takes any number of values.
pub(crate) fn span_name(verb: &StringValue, target: Option<&str>) -> Cow<'static, str> {
    let verb = verb.as_str();
    let Some(target) = target else {
        return standard(verb).map_or_else(|| verb.to_owned().into(), Cow::Borrowed);
    };
    let mut name = String::with_capacity(verb.len() + 1 + target.len());
    name.push_str(verb);
    name.push(' ');
    name.push_str(target);
    name.into()
}

/// The names that need no allocation.
fn standard(verb: &str) -> Option<&'static str> {
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "HTTP"]
        .into_iter()
        .find(|name| *name == verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(methods: &KnownMethods, name: &str) -> bool {
        methods.name(&Method::from_bytes(name.as_bytes()).unwrap()).is_some()
    }

    #[test]
    fn names_are_case_sensitive() {
        assert!(known(&KnownMethods::standard(), "QUERY"));
        assert!(!known(&KnownMethods::standard(), "get"));
    }

    #[test]
    fn a_list_replaces_the_standard_one() {
        let methods = KnownMethods::from_list("GET, PURGE,,bad method");
        assert!(known(&methods, "GET") && known(&methods, "PURGE"));
        assert!(!known(&methods, "POST"));
    }

    #[test]
    fn an_empty_list_changes_nothing() {
        assert!(known(&KnownMethods::from_list(" , "), "POST"));
    }
}
