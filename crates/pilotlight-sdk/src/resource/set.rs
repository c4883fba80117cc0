//! A set of attributes that describes where telemetry comes from.

use std::borrow::Cow;

use opentelemetry::{Key, KeyValue, Value};

use crate::config::show::Show;

/// The version of the semantic conventions that our own attributes follow.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.45.0";

/// Where telemetry comes from: attributes, each key once and in order, and the schema they follow.
///
/// Specification: "Resource SDK", <https://opentelemetry.io/docs/specs/otel/resource/sdk/>.
///
/// ```
/// use opentelemetry::KeyValue;
/// use pilotlight_sdk::resource::Resource;
///
/// let resource = Resource::builder().attribute(KeyValue::new("service.name", "shop")).build();
/// assert_eq!(resource.get("service.name"), Some(&"shop".into()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    pub(super) attributes: Vec<KeyValue>,
    pub(super) schema_url: Option<Cow<'static, str>>,
}

impl Resource {
    /// No attributes and no schema.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Starts a resource.
    pub fn builder() -> ResourceBuilder {
        ResourceBuilder::default()
    }

    /// The attributes, ordered by key.
    pub fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).ok().map(|at| &self.attributes[at].value)
    }

    /// The schema that the attributes follow.
    pub fn schema_url(&self) -> Option<&str> {
        self.schema_url.as_deref()
    }

    /// Sets `attribute`, over an earlier one with its key. One without a key is not an attribute, and is left out.
    pub(super) fn insert(&mut self, attribute: KeyValue) {
        if attribute.key.as_str().is_empty() {
            return;
        }
        match self.position(attribute.key.as_str()) {
            Ok(at) => self.attributes[at] = attribute,
            Err(at) => self.attributes.insert(at, attribute),
        }
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.attributes.binary_search_by(|attribute| attribute.key.as_str().cmp(key))
    }
}

impl Show for Resource {
    fn show(&self) -> String {
        match self.attributes.len() {
            0 => "no attributes".to_owned(),
            count => format!("{count} attributes"),
        }
    }
}

/// Builds a [`Resource`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResourceBuilder {
    resource: Resource,
}

impl ResourceBuilder {
    /// Sets an attribute, over an earlier one with the same key. An attribute with an empty key is left out.
    pub fn attribute(mut self, attribute: KeyValue) -> Self {
        self.resource.insert(attribute);
        self
    }

    /// Sets several attributes.
    pub fn attributes(self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        attributes.into_iter().fold(self, Self::attribute)
    }

    /// Says which schema the attributes follow. An empty URL is none.
    pub fn schema_url(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.resource.schema_url = Some(url.into()).filter(|url| !url.is_empty());
        self
    }

    /// The resource.
    pub fn build(self) -> Resource {
        self.resource
    }

    /// Sets an attribute whose value could be found out.
    pub(super) fn known(self, key: impl Into<Key>, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.attribute(KeyValue::new(key, value)),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_the_last_value_counts() {
        let resource = Resource::builder()
            .attributes([KeyValue::new("b", 1), KeyValue::new("a", 2), KeyValue::new("b", 3)])
            .build();
        assert_eq!(resource.attributes(), [KeyValue::new("a", 2), KeyValue::new("b", 3)]);
        assert_eq!(resource.get("b"), Some(&3.into()));
        assert_eq!(resource.get("c"), None);
    }

    #[test]
    fn an_empty_key_is_left_out_and_an_empty_schema_is_none() {
        let resource = Resource::builder().attribute(KeyValue::new("", 1)).schema_url("").build();
        assert_eq!(resource, Resource::empty());
    }
}
