//! Stub until merged.
use std::borrow::Cow;

use opentelemetry::KeyValue;

/// Resource.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    attributes: Vec<KeyValue>,
    schema_url: Option<Cow<'static, str>>,
}
impl Resource {
    /// Attributes.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
        self.attributes.iter()
    }
    /// Schema.
    pub fn schema_url(&self) -> Option<&str> {
        self.schema_url.as_deref()
    }
}
