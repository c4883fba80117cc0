//! The filter applied to what is not a row of a segment: a metric's series.

use super::Filter;
use super::meaning::{Subject, Test, ValueTest};

/// What a filter can look at where there is no segment. Words about spans and log records do not hold of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fields<'a> {
    /// `service.name`.
    pub(crate) service: &'a str,
    /// The scope's name.
    pub(crate) scope: &'a str,
    /// Its attributes, keys and texts of values.
    pub(crate) attributes: &'a [(&'a str, &'a str)],
    /// Attributes of its scope.
    pub(crate) scope_attributes: &'a [(&'a str, &'a str)],
    /// Attributes of its resource.
    pub(crate) resource_attributes: &'a [(&'a str, &'a str)],
}

impl Filter {
    /// Whether all of it holds.
    pub(crate) fn holds(&self, fields: &Fields<'_>) -> bool {
        self.tests.iter().all(|test| fields.pass(test))
    }
}

impl Fields<'_> {
    fn pass(&self, test: &Test) -> bool {
        let lists = [self.attributes, self.scope_attributes, self.resource_attributes];
        let holds = match &test.subject {
            Subject::Anything(needle) => {
                let values = lists.into_iter().flatten().map(|(_, value)| *value);
                values.chain([self.scope]).any(|value| needle.is_in(value))
            }
            Subject::Attribute(key, value) => lists.into_iter().any(|list| has(list, key, value)),
            Subject::Resource(key, value) => has(self.resource_attributes, key, value),
            Subject::Service(value) => value.holds(self.service),
            Subject::ScopeName(value) => value.holds(self.scope),
            _ => false,
        };
        holds != test.negated
    }
}

fn has(list: &[(&str, &str)], key: &str, test: &ValueTest) -> bool {
    list.iter().any(|(known, value)| *known == key && test.holds(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_meant_by_its_attributes_and_its_resource_s() {
        let fields = Fields {
            service: "shop",
            attributes: &[("http.route", "/orders")],
            resource_attributes: &[("host.name", "a"), ("service.name", "shop")],
            ..Fields::default()
        };
        let holds = |text: &str| Filter::parse(text).unwrap().holds(&fields);
        assert!(holds("service=shop http.route~ORDER host.name=a resource.host.name=a"));
        assert!(holds("http.route!=/health !user.id?"));
        assert!(!holds("resource.http.route?"));
        assert!(!holds("span.kind=server"));
    }
}
