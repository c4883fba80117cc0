//! Metadata that the user asked to see, under the names of each generation.

use super::stability::Names;
use crate::http::capture::CapturedHeaders;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

/// The keys to record of one direction's metadata. Values of keys that end in `-bin` are shown in base64, as they
/// are sent.
#[derive(Debug, Default)]
pub(super) struct CapturedMetadata {
    plain: Vec<CapturedHeaders>,
    secret: Vec<(HeaderName, Key)>,
}

/// Of these it is only said that they were there: nobody who lists them wants their values in a trace store.
const SECRETS: [HeaderName; 4] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE];

impl CapturedMetadata {
    /// `direction` is `request` or `response`.
    pub(super) fn new(names: Names, direction: &str, keys: impl IntoIterator<Item = HeaderName>) -> Self {
        let (secret, plain): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| SECRETS.contains(key));
        let mut captured = Self::default();
        for prefix in prefixes(names, direction) {
            captured.plain.push(CapturedHeaders::new(&prefix, plain.iter().cloned()));
            let keyed = |name: &HeaderName| (name.clone(), Key::from(format!("{prefix}{name}")));
            captured.secret.extend(secret.iter().map(keyed));
        }
        captured
    }

    pub(super) fn len(&self) -> usize {
        self.plain.iter().map(CapturedHeaders::len).sum::<usize>() + self.secret.len()
    }

    pub(super) fn record(&self, metadata: &HeaderMap, bytes_max: usize, attributes: &mut Vec<KeyValue>) {
        for plain in &self.plain {
            plain.record(metadata, bytes_max, attributes);
        }
        for (_, key) in self.secret.iter().filter(|(name, _)| metadata.contains_key(name)) {
            let redacted = Value::Array(Array::String(vec![StringValue::from("REDACTED")]));
            attributes.push(KeyValue::new(key.clone(), redacted));
        }
    }
}

fn prefixes(names: Names, direction: &str) -> Vec<String> {
    let current = names.current.then(|| format!("rpc.{direction}.metadata."));
    let older = names.older.then(|| format!("rpc.grpc.{direction}.metadata."));
    current.into_iter().chain(older).collect()
}
