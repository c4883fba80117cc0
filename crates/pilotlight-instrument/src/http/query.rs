//! Query strings without the secrets that signed URLs carry in them.

use crate::telemetry::text::cut;
use opentelemetry::StringValue;

/// The keys that the conventions name: signatures and credentials of the large object stores.
pub(crate) const SENSITIVE_KEYS: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Goog-Signature",
];

pub(crate) const REDACTED: &str = "REDACTED";

/// `query` with the values of sensitive keys replaced, and cut to `bytes_max`. Keys are compared
/// case-sensitively, as the conventions have it.
pub(crate) fn redacted(query: &str, sensitive: &[Box<str>], bytes_max: usize) -> StringValue {
    let mut text = String::with_capacity(query.len().min(bytes_max));
    push_redacted(query, sensitive, bytes_max, &mut text);
    text.into()
}

/// The same, after what `text` already holds and within what `bytes_max` leaves.
pub(crate) fn push_redacted(query: &str, sensitive: &[Box<str>], bytes_max: usize, text: &mut String) {
    for (at, pair) in query.split('&').enumerate() {
        if text.len() >= bytes_max {
            break;
        }
        if at > 0 {
            text.push('&');
        }
        match pair.split_once('=') {
            Some((key, _)) if sensitive.iter().any(|secret| **secret == *key) => {
                text.push_str(key);
                text.push('=');
                text.push_str(REDACTED);
            }
            _ => text.push_str(cut(pair, bytes_max)),
        }
    }
    text.truncate(cut(text, bytes_max).len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(query: &str) -> String {
        redacted(query, &SENSITIVE_KEYS.map(Box::from), 100).as_str().to_owned()
    }

    #[test]
    fn the_values_of_sensitive_keys_are_replaced_and_the_keys_kept() {
        assert_eq!(of("q=a&sig=secret&X-Amz-Signature=1=2"), "q=a&sig=REDACTED&X-Amz-Signature=REDACTED");
    }

    #[test]
    fn other_keys_stay_as_they_are() {
        for query in ["", "a", "a&&b=", "SIG=kept", "signature=kept"] {
            assert_eq!(of(query), query);
        }
    }

    proptest! {
        #[test]
        fn no_query_becomes_longer_than_its_bound(query in ".*", bytes_max in 0usize..50) {
            let sensitive = SENSITIVE_KEYS.map(Box::from);
            prop_assert!(redacted(&query, &sensitive, bytes_max).as_str().len() <= bytes_max);
        }

        #[test]
        fn a_secret_never_shows(before in "[a-z=&]{0,8}", key in prop::sample::select(SENSITIVE_KEYS.to_vec())) {
            let shown = of(&format!("{before}&{key}=hunter2&z"));
            prop_assert!(!shown.contains("hunter2"));
        }
    }
}
