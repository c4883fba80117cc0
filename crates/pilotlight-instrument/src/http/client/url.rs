//! `url.full` without the credentials and signatures that URLs carry.

use crate::http::query::{REDACTED, push_redacted};
use crate::telemetry::text::cut;
use http::Uri;
use opentelemetry::StringValue;

/// The absolute URL of a request for `uri` to `authority`, cut to `bytes_max`.
///
/// User information becomes `REDACTED:REDACTED@`, also a name alone: it may be a token. The values of `sensitive`
/// query keys become `REDACTED`. There is no fragment: [`Uri`] drops it, as it never goes over the wire.
pub(super) fn full(
    scheme: &str,
    authority: &str,
    uri: &Uri,
    sensitive: &[Box<str>],
    bytes_max: usize,
) -> StringValue {
    let query = uri.query().unwrap_or_default();
    let usual = scheme.len() + authority.len() + uri.path().len() + query.len() + "://?".len();
    let mut text = String::with_capacity(usual.min(bytes_max));
    let mut push = |piece| text.push_str(cut(piece, bytes_max.saturating_sub(text.len())));
    push(scheme);
    push("://");
    match authority.rsplit_once('@') {
        Some((_, host)) => [REDACTED, ":", REDACTED, "@", host].map(&mut push),
        None => [authority, "", "", "", ""].map(&mut push),
    };
    push(uri.path());
    if !query.is_empty() {
        push("?");
        push_redacted(query, sensitive, bytes_max, &mut text);
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::query::SENSITIVE_KEYS;
    use proptest::prelude::*;

    fn shown(text: &str, bytes_max: usize) -> String {
        let uri: Uri = text.parse().unwrap();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let sensitive = SENSITIVE_KEYS.map(Box::from);
        full(uri.scheme_str().unwrap_or("http"), authority, &uri, &sensitive, bytes_max).as_str().to_owned()
    }

    #[test]
    fn urls_are_shown_without_their_secrets() {
        for (url, expected) in [
            ("https://shop.example/a?b=c", "https://shop.example/a?b=c"),
            ("https://shop.example", "https://shop.example/"),
            ("https://ada:hunter2@shop.example:8443/a", "https://REDACTED:REDACTED@shop.example:8443/a"),
            ("https://token@shop.example/", "https://REDACTED:REDACTED@shop.example/"),
            ("https://shop.example/?sig=hunter2&a=1#top", "https://shop.example/?sig=REDACTED&a=1"),
            ("http://[::1]:80/?Signature=hunter2", "http://[::1]:80/?Signature=REDACTED"),
            ("http://a/?", "http://a/"),
        ] {
            assert_eq!(shown(url, 4096), expected);
        }
    }

    #[test]
    fn a_long_url_is_cut() {
        assert_eq!(shown("http://shop.example/aaaa", 10), "http://sho");
    }

    proptest! {
        #[test]
        fn no_secret_shows_and_no_bound_is_passed(
            user in "[a-z]{0,4}",
            path in "(/[a-z@:=&%0-9]{0,6}){0,3}",
            key in prop::sample::select(SENSITIVE_KEYS.to_vec()),
            before in "[a-z=&;@/?:]{0,8}",
            bytes_max in 0usize..160,
        ) {
            let url = format!("https://{user}:hunter2@shop.example{path}?{before}&{key}=hunter2&z=1");
            if url.parse::<Uri>().is_ok() {
                let shown = shown(&url, bytes_max);
                prop_assert!(!shown.contains("hunter2") && shown.len() <= bytes_max, "{}", shown);
            }
        }

        #[test]
        fn any_uri_is_shown_without_harm(text in ".{0,64}", bytes_max in 0usize..64) {
            if text.parse::<Uri>().is_ok() {
                prop_assert!(shown(&text, bytes_max).len() <= bytes_max);
            }
        }
    }
}
