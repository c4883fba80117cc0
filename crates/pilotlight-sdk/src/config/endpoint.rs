//! Where OTLP goes: from `host:port` or a URL to the address requests are sent to.

use std::net::IpAddr;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use super::otlp::Protocol;
use super::show::Show;
use super::warning::Problems;

/// Longer texts are mistakes, and would not fit an HTTP request once a path is appended.
const TEXT_BYTES_MAX: usize = 4096;

/// An endpoint as it was given, without the credentials that may have been in it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Absent in `host:port`.
    scheme: Option<Scheme>,
    authority: Authority,
    path: PathAndQuery,
}

impl Endpoint {
    /// `http://localhost:4318`, or 4317 for gRPC: the specification's defaults.
    pub(crate) fn default_of(protocol: Protocol) -> Self {
        let authority = match protocol {
            Protocol::Grpc => "localhost:4317",
            Protocol::HttpProtobuf => "localhost:4318",
        };
        Self {
            scheme: Some(Scheme::HTTP),
            authority: Authority::from_static(authority),
            path: PathAndQuery::from_static("/"),
        }
    }

    /// Whether the endpoint itself says if it is spoken to over TLS.
    pub(crate) fn has_scheme(&self) -> bool {
        self.scheme.is_some()
    }

    /// Whether requests stay on this machine, as far as the name tells.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.authority.host().to_ascii_lowercase();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|ip| ip.is_loopback())
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.authority.port_u16()
    }

    /// Decides the scheme of an endpoint that has none.
    pub(crate) fn with_scheme(mut self, tls: bool) -> Self {
        self.scheme.get_or_insert(if tls { Scheme::HTTPS } else { Scheme::HTTP });
        self
    }

    /// Appends `signal_path` (`/v1/traces`) to the path, before the query.
    pub(crate) fn joined(mut self, signal_path: &str) -> Self {
        let base = self.path.path().trim_end_matches('/');
        let query = self.path.query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(path) = format!("{base}{signal_path}{query}").parse() {
            self.path = path;
        }
        self
    }

    /// The address to send to; `https` when the scheme was never decided.
    pub(crate) fn into_uri(self) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.unwrap_or(Scheme::HTTPS));
        parts.authority = Some(self.authority);
        parts.path_and_query = Some(self.path);
        // Scheme, authority and path are all there, which is all that this conversion asks for.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

impl Show for Endpoint {
    fn show(&self) -> String {
        let scheme = self.scheme.as_ref().map(|scheme| format!("{scheme}://")).unwrap_or_default();
        let path = Some(self.path.path()).filter(|path| *path != "/").unwrap_or_default();
        format!("{scheme}{}{path}", self.authority)
    }
}

/// Reads `host:port`, `http://…` or `https://…`.
pub(crate) fn parse(text: &str, problems: &mut Problems) -> Option<Endpoint> {
    match read(text) {
        Ok((endpoint, had_user)) => {
            if had_user {
                problems
                    .add("has a user name or password, which is not sent (use OTEL_EXPORTER_OTLP_HEADERS)");
            }
            Some(endpoint)
        }
        Err(problem) => {
            problems.add(problem);
            None
        }
    }
}

fn read(text: &str) -> Result<(Endpoint, bool), &'static str> {
    if text.len() > TEXT_BYTES_MAX {
        return Err("is longer than 4096 bytes");
    }
    let (scheme, rest) = scheme(text)?;
    let uri: Uri = format!("http://{rest}").parse().map_err(|_| NOT_AN_ENDPOINT)?;
    let given = uri.authority().ok_or(NOT_AN_ENDPOINT)?;
    let had_user = given.as_str().contains('@');
    let authority = authority(given)?;
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    Ok((Endpoint { scheme, authority, path }, had_user))
}

const NOT_AN_ENDPOINT: &str = "is not an endpoint (http://host:port, https://host:port or host:port)";

fn scheme(text: &str) -> Result<(Option<Scheme>, &str), &'static str> {
    match text.split_once("://") {
        None => Ok((None, text)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((Some(Scheme::HTTP), rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((Some(Scheme::HTTPS), rest)),
        Some(_) => Err("has a scheme that is neither http nor https"),
    }
}

/// The host and port alone.
fn authority(given: &Authority) -> Result<Authority, &'static str> {
    let address = given.as_str().rsplit('@').next().unwrap_or_default();
    let after_host = address.strip_prefix(given.host()).unwrap_or_default();
    if given.host().is_empty() {
        return Err("has no host");
    }
    if !after_host.is_empty() && given.port_u16().unwrap_or(0) == 0 {
        return Err("has a port that is not a number from 1 to 65535");
    }
    address.parse().map_err(|_| NOT_AN_ENDPOINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(text: &str) -> (Option<Endpoint>, Vec<String>) {
        let mut problems = Problems::default();
        (parse(text, &mut problems), problems.into_vec())
    }

    fn uri(text: &str) -> String {
        read_one(text).0.unwrap().into_uri().to_string()
    }

    #[test]
    fn every_usual_form_is_read() {
        for (text, expected) in [
            ("http://collector:4318", "http://collector:4318/"),
            ("HTTPS://collector", "https://collector/"),
            ("https://collector/a/b?c=d#e", "https://collector/a/b?c=d"),
            ("collector:4317", "https://collector:4317/"),
            ("127.0.0.1:4317", "https://127.0.0.1:4317/"),
            ("http://[::1]:4317", "http://[::1]:4317/"),
            ("collector", "https://collector/"),
        ] {
            assert_eq!(uri(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "http://",
            "http://:4318",
            "http://host:99999",
            "http://host:0",
            "http://host:",
            "http://host:port",
            "http://ho st",
            "ftp://host",
            "unix:///run/otel.sock",
            "unix:/run/otel.sock",
            "dns:///host:4317",
            "://host",
            "/v1/traces",
            "::1:4317",
            "a:b:c",
            "[::1",
            "@",
        ] {
            let (endpoint, problems) = read_one(text);
            assert!(endpoint.is_none(), "{text:?} became {endpoint:?}");
            assert_eq!(problems.len(), 1, "{text:?}");
        }
        assert!(read_one(&format!("http://{}", "h".repeat(5000))).0.is_none());
    }

    #[test]
    fn credentials_are_taken_out_with_a_warning() {
        let (endpoint, problems) = read_one("https://me:secret@collector:4318/x");
        assert_eq!(endpoint.unwrap().into_uri().to_string(), "https://collector:4318/x");
        assert!(problems[0].contains("is not sent"));
    }

    #[test]
    fn a_signals_path_goes_between_the_base_path_and_the_query() {
        for (base, joined) in [
            ("http://c", "http://c/v1/traces"),
            ("http://c/", "http://c/v1/traces"),
            ("http://c/otlp//", "http://c/otlp/v1/traces"),
            ("http://c/otlp?tenant=1", "http://c/otlp/v1/traces?tenant=1"),
            ("http://c?tenant=1", "http://c/v1/traces?tenant=1"),
        ] {
            let endpoint = read_one(base).0.unwrap().joined("/v1/traces");
            assert_eq!(endpoint.into_uri().to_string(), joined, "{base:?}");
        }
    }

    #[test]
    fn loopback_hosts_are_recognised() {
        for (text, loopback) in [
            ("localhost:4317", true),
            ("LocalHost", true),
            ("otel.localhost:1", true),
            ("127.0.0.2:1", true),
            ("[::1]:4317", true),
            ("localhost.example.com", false),
            ("10.0.0.1:4317", false),
            ("otel-collector:4317", false),
        ] {
            assert_eq!(read_one(text).0.unwrap().is_loopback(), loopback, "{text:?}");
        }
    }
}
