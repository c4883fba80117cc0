//! Metadata that the user asked to see, under the names of each generation.

use super::stability::Names;
use crate::http::capture::CapturedHeaders;
use http::{HeaderMap, HeaderName};
use opentelemetry::KeyValue;

/// The keys to record of one direction's metadata, once for each generation of names. Values of keys that end in
/// `-bin` are shown in base64, as they are sent.
#[derive(Debug, Default)]
pub(super) struct CapturedMetadata(Vec<CapturedHeaders>);

impl CapturedMetadata {
    /// `direction` is `request` or `response`.
    pub(super) fn new(names: Names, direction: &str, keys: impl IntoIterator<Item = HeaderName>) -> Self {
        let keys: Vec<HeaderName> = keys.into_iter().collect();
        let captured = |prefix: String| CapturedHeaders::new(&prefix, keys.iter().cloned());
        Self(prefixes(names, direction).map(captured).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(CapturedHeaders::len).sum()
    }

    pub(super) fn record(&self, metadata: &HeaderMap, bytes_max: usize, attributes: &mut Vec<KeyValue>) {
        for headers in &self.0 {
            headers.record(metadata, bytes_max, attributes);
        }
    }
}

fn prefixes(names: Names, direction: &str) -> impl Iterator<Item = String> {
    let current = names.current.then(|| format!("rpc.{direction}.metadata."));
    let older = names.older.then(|| format!("rpc.grpc.{direction}.metadata."));
    current.into_iter().chain(older)
}
