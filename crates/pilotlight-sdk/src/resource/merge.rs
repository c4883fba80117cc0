//! Two resources become one.

use std::fmt;

use super::set::Resource;

/// Two resources that were merged follow different schemas; what came out follows none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaConflict {
    old: String,
    updating: String,
}

impl fmt::Display for SchemaConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "follows the schema {}, while the rest of the resource follows {}", self.updating, self.old)
    }
}

impl std::error::Error for SchemaConflict {}

impl Resource {
    /// Adds everything in `updating`, whose values win even when they are empty.
    ///
    /// The schema is the one that either names, or that both do. When they name different ones the result names none
    /// and the conflict is returned beside it: it is worth a message, and no reason to lose attributes.
    ///
    /// Specification: "Merge", <https://opentelemetry.io/docs/specs/otel/resource/sdk/#merge>.
    #[must_use]
    pub fn merge(mut self, updating: Resource) -> (Self, Option<SchemaConflict>) {
        let conflict = match (self.schema_url.take(), updating.schema_url) {
            (Some(old), Some(updating)) if old != updating => {
                Some(SchemaConflict { old: old.into_owned(), updating: updating.into_owned() })
            }
            (old, updating) => {
                self.schema_url = old.or(updating);
                None
            }
        };
        updating.attributes.into_iter().for_each(|attribute| self.insert(attribute));
        (self, conflict)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;

    use super::*;

    fn resource(schema_url: &'static str, attributes: &[(&'static str, &'static str)]) -> Resource {
        let attributes = attributes.iter().map(|(key, value)| KeyValue::new(*key, *value));
        Resource::builder().attributes(attributes).schema_url(schema_url).build()
    }

    #[test]
    fn the_updating_resource_wins_even_with_an_empty_value() {
        for (old, updating, merged) in [
            (&[][..], &[][..], &[][..]),
            (&[("a", "1")], &[], &[("a", "1")]),
            (&[], &[("a", "1")], &[("a", "1")]),
            (&[("a", "1")], &[("b", "2")], &[("a", "1"), ("b", "2")]),
            (&[("a", "1"), ("b", "2")], &[("a", "3")], &[("a", "3"), ("b", "2")]),
            (&[("a", "1")], &[("a", "")], &[("a", "")]),
        ] {
            let (result, conflict) = resource("", old).merge(resource("", updating));
            assert_eq!(result, resource("", merged), "{old:?} merged with {updating:?}");
            assert_eq!(conflict, None);
        }
    }

    #[test]
    fn the_schema_is_the_one_that_either_names_and_none_when_they_differ() {
        for (old, updating, merged, conflicts) in [
            ("", "", None, false),
            ("a", "", Some("a"), false),
            ("", "b", Some("b"), false),
            ("a", "a", Some("a"), false),
            ("a", "b", None, true),
        ] {
            let (result, conflict) = resource(old, &[("k", "1")]).merge(resource(updating, &[("l", "2")]));
            assert_eq!(result.schema_url(), merged, "{old:?} merged with {updating:?}");
            assert_eq!(conflict.is_some(), conflicts, "{old:?} merged with {updating:?}");
            assert_eq!(result.attributes().len(), 2);
        }
    }
}
