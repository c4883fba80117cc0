//! Labels out of attributes.
//!
//! Specification: "Metric Attributes" and "Instrumentation Scope",
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes>.

use std::borrow::Cow;

use crate::record::{ScopeView, ValueView};

use super::name;
use super::value::write_value;

/// The label that OpenMetrics and Prometheus keep for a bucket's bound.
const BOUND: &str = "le";
/// What Prometheus itself makes of a label whose name is taken.
const BOUND_TAKEN: &str = "exported_le";

/// An attribute under its translated name.
pub(super) struct Label<'a> {
    name: Cow<'a, str>,
    /// The original key: where several get one name, their values are joined in the order of their keys.
    key: Cow<'a, str>,
    value: ValueView<'a>,
}

impl<'a> Label<'a> {
    pub(super) fn new(key: &'a str, value: ValueView<'a>) -> Self {
        Self { name: Cow::Owned(name::label(key)), key: Cow::Borrowed(key), value }
    }

    /// The same label, for as long as this one is kept.
    fn borrowed(&self) -> Label<'_> {
        Label { name: Cow::Borrowed(&self.name), key: Cow::Borrowed(&self.key), value: self.value }
    }

    fn of_scope(key: String, value: ValueView<'a>) -> Self {
        Self { name: Cow::Owned(name::label(&key)), key: Cow::Owned(key), value }
    }
}

/// The labels that tell the scope: its name, version and schema, and its attributes under `otel_scope_…`. An attribute whose
/// label would be one of the first three is left out, as the specification says.
pub(super) fn of_scope(scope: ScopeView<'_>) -> Vec<Label<'_>> {
    const OWN: [&str; 3] = ["otel_scope_name", "otel_scope_version", "otel_scope_schema_url"];
    let own = OWN.into_iter().zip([scope.name(), scope.version(), scope.schema_url()]);
    let own = own.map(|(key, value)| Label::new(key, ValueView::Str(value)));
    let attributes =
        scope.attributes().map(|(key, value)| Label::of_scope(format!("otel_scope_{key}"), value));
    own.chain(attributes.filter(|label| !OWN.contains(&&*label.name))).collect()
}

/// The labels of one point, written out: `a="1",b="2"`, sorted by name. The same set of labels is always the same text.
pub(super) fn of_point<'a>(
    attributes: impl Iterator<Item = (&'a str, ValueView<'a>)>,
    scope: &'a [Label<'a>],
    is_histogram: bool,
) -> String {
    let mut labels: Vec<_> = attributes.map(|(key, value)| Label::new(key, value)).collect();
    labels.extend(scope.iter().map(Label::borrowed));
    if is_histogram {
        labels
            .iter_mut()
            .filter(|label| label.name == BOUND)
            .for_each(|label| label.name = BOUND_TAKEN.into());
    }
    let mut out = String::with_capacity(labels.len() * 32);
    merge(labels, |name, value| write(&mut out, name, value));
    out
}

/// Gives each name once, sorted, with its values joined by `;`. A label without a value is none to Prometheus, and left out.
pub(super) fn merge(mut labels: Vec<Label<'_>>, mut each: impl FnMut(&str, &str)) {
    labels.sort_by(|a, b| (&a.name, &a.key).cmp(&(&b.name, &b.key)));
    let mut value = String::new();
    for same in labels.chunk_by(|a, b| a.name == b.name) {
        value.clear();
        for (i, label) in same.iter().enumerate() {
            if i > 0 {
                value.push(';');
            }
            write_value(&mut value, label.value);
        }
        if !value.is_empty() {
            each(&same[0].name, &value);
        }
    }
}

/// Appends one label, behind a comma if it is not the first in `out`.
pub(super) fn write(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push(',');
    }
    out.push_str(name);
    out.push_str("=\"");
    escape(out, value, true);
    out.push('"');
}

/// Appends `text` with backslashes and line ends escaped, and quotes where they would end something.
pub(super) fn escape(out: &mut String, text: &str, quotes: bool) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(attributes: &[(&'static str, &'static str)], is_histogram: bool) -> String {
        of_point(attributes.iter().map(|(key, value)| (*key, ValueView::Str(value))), &[], is_histogram)
    }

    #[test]
    fn labels_are_sorted_and_escaped() {
        assert_eq!(point(&[("b", "2"), ("a.b", "x\"y\\z\n")], false), r#"a_b="x\"y\\z\n",b="2""#);
    }

    #[test]
    fn keys_that_become_one_name_share_it_in_the_order_of_the_keys() {
        assert_eq!(point(&[("a_b", "3"), ("a.b", "2"), ("a-b", "1")], false), r#"a_b="1;2;3""#);
    }

    #[test]
    fn a_label_without_a_value_is_none() {
        assert_eq!(point(&[("a", ""), ("b", "2")], false), r#"b="2""#);
    }

    #[test]
    fn only_histograms_keep_the_label_for_bounds_to_themselves() {
        assert_eq!(point(&[("le", "x")], true), r#"exported_le="x""#);
        assert_eq!(point(&[("le", "x")], false), r#"le="x""#);
    }

    #[test]
    fn an_attribute_named_like_the_scopes_label_shares_it() {
        let scope = [Label::new("otel_scope_name", ValueView::Str("lib"))];
        let attributes = [("otel.scope.name", ValueView::Str("mine"))];
        assert_eq!(of_point(attributes.into_iter(), &scope, false), r#"otel_scope_name="mine;lib""#);
    }
}
