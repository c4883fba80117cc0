//! Headers that the user asked to see.

use super::text::bounded_bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use std::sync::Arc;

/// The headers to record, with their attribute keys made once.
#[derive(Debug, Default)]
pub(crate) struct CapturedHeaders(Vec<(HeaderName, Key)>);

/// A header may be repeated as often as the server's own limit allows; nobody reads more of them than this.
const VALUES_MAX: usize = 16;

impl CapturedHeaders {
    /// `prefix` is the attribute's name up to the header's, which is lower case by its type.
    pub(crate) fn new(prefix: &str, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let keyed = |name: HeaderName| {
            let key = Key::from(Arc::<str>::from(format!("{prefix}{name}")));
            (name, key)
        };
        Self(names.into_iter().map(keyed).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn record(&self, headers: &HeaderMap, bytes_max: usize, attributes: &mut Vec<KeyValue>) {
        for (name, key) in &self.0 {
            let values = headers.get_all(name).iter().take(VALUES_MAX);
            let values: Vec<StringValue> = values.map(|value| shown(value, bytes_max)).collect();
            if !values.is_empty() {
                attributes.push(KeyValue::new(key.clone(), Value::Array(Array::String(values))));
            }
        }
    }
}

/// A value that the application marked as sensitive stays hidden, also when its header is on the list.
fn shown(value: &HeaderValue, bytes_max: usize) -> StringValue {
    if value.is_sensitive() { "REDACTED".into() } else { bounded_bytes(value.as_bytes(), bytes_max) }
}
