//! Whether it is our own page that asks.
//!
//! Any page can make the browser send a request here; it just cannot read the answer. So requests that change something, and
//! questions that cost something, are refused when the browser says that another page made them.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use http::{HeaderValue, Uri};

/// Checks that a request was not made by another page. Programs that are no browsers say nothing of it, and may ask.
///
/// # Errors
/// With the origin as far as it is known, at most 100 characters of it.
pub(super) fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
    let text =
        |value: &HeaderValue| value.to_str().unwrap_or("(not text)").chars().take(100).collect::<String>();
    for origin in headers.get_all(ORIGIN).iter().map(text) {
        if !same(&origin, uri, headers) {
            return Err(origin);
        }
    }
    match headers.get("sec-fetch-site").map(text) {
        // `none`: typed in by the user, or from a bookmark.
        None => Ok(()),
        Some(site) if site == "same-origin" || site == "none" => Ok(()),
        Some(site) => Err(format!("another page ({site})")),
    }
}

/// Whether an origin is the host that the request is for, which was checked before. The scheme may be https: a proxy's.
fn same(origin: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let host = uri.authority().map(http::uri::Authority::as_str);
    let Some(host) = host.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok())) else {
        return false;
    };
    let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn checked(headers: &[(&'static str, &'static str)]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("localhost:4316"));
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check(&Uri::from_static("/api/clear"), &map)
    }

    #[test]
    fn our_own_page_and_programs_may_ask() {
        assert_eq!(checked(&[]), Ok(()));
        assert_eq!(checked(&[("origin", "http://localhost:4316")]), Ok(()));
        assert_eq!(
            checked(&[("origin", "http://localhost:4316"), ("sec-fetch-site", "same-origin")]),
            Ok(())
        );
        assert_eq!(checked(&[("sec-fetch-site", "none")]), Ok(()));
    }

    #[test]
    fn pages_of_other_origins_may_not() {
        for other in
            ["http://evil.example", "http://localhost:3000", "null", "http://localhost:4316.evil.example", ""]
        {
            assert!(checked(&[("origin", other)]).is_err(), "{other}");
        }
        assert!(checked(&[("sec-fetch-site", "cross-site")]).is_err());
        // Another port of this machine is the same site, and another origin.
        assert!(checked(&[("sec-fetch-site", "same-site")]).is_err());
        assert!(checked(&[("origin", "http://localhost:4316"), ("origin", "http://evil.example")]).is_err());
    }
}
