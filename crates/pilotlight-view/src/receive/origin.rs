//! Browsers: pages on this machine may send, others may not.
//!
//! A page of any site can make a browser send requests to a port of this machine. Browsers put the page's `Origin` on each POST, also on
//! one that needs no permission, and also when the site's name was made to point here (DNS rebinding: the origin is still the site's).
//! So an `Origin` that is not a loopback one is refused before anything is read, and none is ever answered with `*`.
//!
//! Requests without an `Origin` come from SDKs and collectors. Their `Host` is not held against them: it is whatever name leads here,
//! `localhost`, `host.docker.internal`, `pilotlight` in a network of containers. Nothing can be read from these ports, so a name that
//! was made to point here has nothing to gain; the page's own port, where things can be read, does check it.

use super::IncidentKind;
use super::answer::Answer;
use super::refusal::{Refusal, shown};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, HOST, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use http::uri::Authority;
use http::{Response, StatusCode, Uri};
use std::net::{IpAddr, Ipv6Addr};

/// The page that sends, when it is one and may.
///
/// # Errors
/// When it may not.
pub(super) fn admitted(headers: &HeaderMap) -> Result<Option<HeaderValue>, Refusal> {
    let Some(origin) = headers.get(ORIGIN) else {
        return match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"same-origin" | b"none") => Ok(None),
            Some(_) => Err(Refusal::new(
                IncidentKind::Origin,
                "a browser sends this for a page of another site and does not say which; only pages on this machine may send",
            )),
        };
    };
    if !is_loopback_origin(origin) {
        return Err(Refusal::new(
            IncidentKind::Origin,
            format!(
                "pages of {} may not send here, only those of http://localhost, 127.0.0.1 and [::1]",
                shown(origin.as_bytes())
            ),
        ));
    }
    match headers.get(HOST) {
        Some(host) if !is_address_or_loopback_name(host) => Err(Refusal::new(
            IncidentKind::Host,
            format!(
                "a page sends here by the name {}, which is not this machine's own",
                shown(host.as_bytes())
            ),
        )),
        _ => Ok(Some(origin.clone())),
    }
}

fn is_loopback_origin(origin: &HeaderValue) -> bool {
    let Ok(origin) = Uri::try_from(origin.as_bytes()) else { return false };
    matches!(origin.scheme_str(), Some("http" | "https"))
        && origin.authority().is_some_and(|authority| is_loopback(&host_of(authority)))
}

fn is_address_or_loopback_name(host: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let host = host_of(&authority);
    is_loopback(&host) || host.parse::<IpAddr>().is_ok()
}

/// Without the brackets of an IPv6 address; nothing when there is a user's name, which no browser sends.
fn host_of(authority: &Authority) -> String {
    if authority.as_str().contains('@') {
        return String::new();
    }
    authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

fn is_loopback(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => address == Ipv6Addr::LOCALHOST,
        // Browsers resolve names below localhost to loopback addresses without asking anyone.
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// How long a browser may remember the answer to a preflight: changes come with a restart, and that is soon enough.
const PREFLIGHT_SECONDS: u16 = 600;

/// The answer to a preflight of a page that may send. The headers it asks for are allowed: an SDK may be told to send any.
pub(super) fn preflight(headers: &HeaderMap) -> Response<Answer> {
    let mut response = Response::new(Answer::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let allowed = response.headers_mut();
    allowed.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    allowed.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(PREFLIGHT_SECONDS));
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        allowed.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    if headers.contains_key("access-control-request-private-network") {
        allowed.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
    }
    response
}

/// Lets the page read the answer.
pub(super) fn allow(response: &mut Response<Answer>, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
}

#[cfg(test)]
mod tests {
    use super::{admitted, is_loopback_origin};
    use http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};

    #[test]
    fn only_origins_on_this_machine_are_loopback_ones() {
        for origin in [
            "http://localhost:3000",
            "https://LOCALHOST",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://app.localhost",
        ] {
            assert!(is_loopback_origin(&HeaderValue::from_static(origin)), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://evil.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "file://localhost",
            "http://localhost@evil.example",
            "http://evil@localhost",
            "http://192.168.1.1",
            "*",
            "localhost",
        ] {
            assert!(!is_loopback_origin(&HeaderValue::from_static(origin)), "{origin}");
        }
    }

    #[test]
    fn a_name_that_was_made_to_point_here_is_no_place_for_a_page_but_any_name_will_do_for_an_sdk() {
        let headers = |origin: Option<&'static str>, host: &'static str| {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            origin.map(|origin| headers.insert(ORIGIN, HeaderValue::from_static(origin)));
            headers
        };
        assert!(admitted(&headers(None, "host.docker.internal:4318")).is_ok());
        assert!(admitted(&headers(Some("http://localhost:3000"), "127.0.0.1:4318")).is_ok());
        assert!(admitted(&headers(Some("http://localhost:3000"), "evil.example:4318")).is_err());
        assert!(admitted(&headers(Some("http://evil.example:4318"), "evil.example:4318")).is_err());
    }
}
