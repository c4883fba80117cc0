//! Headers that the user asked to see.

use super::query::REDACTED;
use crate::telemetry::text::bounded_bytes;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use std::sync::Arc;

/// The headers to record.
#[derive(Debug, Default)]
pub(crate) struct CapturedHeaders(Vec<Captured>);

#[derive(Debug)]
struct Captured {
    name: HeaderName,
    /// The attribute's, made once.
    key: Key,
    secret: bool,
}

/// Of these it is only said that they were there: nobody who lists them wants their values in a trace store.
const SECRETS: [HeaderName; 4] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE];

/// A header may be repeated as often as the server's own limit allows; nobody reads more of them than this.
const VALUES_MAX: usize = 16;

impl CapturedHeaders {
    /// `prefix` is the attribute's name up to the header's, which is lower case by its type.
    pub(crate) fn new(prefix: &str, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let keyed = |name: HeaderName| {
            let key = Key::from(Arc::<str>::from(format!("{prefix}{name}")));
            Captured { key, secret: SECRETS.contains(&name), name }
        };
        Self(names.into_iter().map(keyed).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn record(&self, headers: &HeaderMap, bytes_max: usize, attributes: &mut Vec<KeyValue>) {
        for Captured { name, key, secret } in &self.0 {
            let values = headers.get_all(name).iter().take(VALUES_MAX);
            let values: Vec<StringValue> = values.map(|value| shown(value, *secret, bytes_max)).collect();
            if !values.is_empty() {
                attributes.push(KeyValue::new(key.clone(), Value::Array(Array::String(values))));
            }
        }
    }
}

/// A value that the application marked as sensitive stays hidden, also when its header is on the list.
fn shown(value: &HeaderValue, secret: bool, bytes_max: usize) -> StringValue {
    match secret || value.is_sensitive() {
        true => REDACTED.into(),
        false => bounded_bytes(value.as_bytes(), bytes_max),
    }
}
