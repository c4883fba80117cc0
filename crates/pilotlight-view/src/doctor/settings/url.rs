//! Where OTLP goes: as it was given, and as it is called.

use std::fmt;
use std::net::IpAddr;

/// Longer texts are mistakes.
const TEXT_BYTES_MAX: usize = 4096;

/// An address that requests go to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    /// Whether over TLS.
    pub is_secure: bool,
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port, the scheme's own when none was given.
    pub port: u16,
    /// At least `/`.
    pub path: String,
    /// What may hold a key: never shown.
    query: Option<String>,
}

/// An endpoint as it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// Whether TLS was asked for; none without a scheme.
    pub is_secure: Option<bool>,
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port, when there is one.
    pub port: Option<u16>,
    /// At least `/`.
    pub path: String,
    /// Whether there is a user name or password in it.
    pub has_user: bool,
    query: Option<String>,
}

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Another scheme than http and https: its name.
    Scheme(String),
    /// Quotes that belong to a shell or a file.
    Quoted,
    /// `http:/host`, `http//host`: something missing.
    Mangled,
    /// No host, or none that can be one.
    Host,
    /// A port that is none.
    Port,
    /// Longer than any endpoint.
    Long,
}

impl Given {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Fault::Long);
        }
        if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
            return Err(Fault::Quoted);
        }
        let (is_secure, rest) = scheme(text)?;
        let (address, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, address) =
            address.rsplit_once('@').map_or((None, address), |(user, address)| (Some(user), address));
        let (host, port) = host_and_port(address)?;
        let tail = tail.split('#').next().unwrap_or_default();
        let (path, query) =
            tail.split_once('?').map_or((tail, None), |(path, query)| (path, Some(query.to_owned())));
        let path = if path.is_empty() { "/" } else { path }.to_owned();
        Ok(Self { is_secure, host, port, path, has_user: user.is_some(), query })
    }

    /// Whether requests stay on this machine, as far as the name tells.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    pub(super) fn into_url(self, is_secure: bool) -> Url {
        let port = self.port.unwrap_or(if is_secure { 443 } else { 80 });
        Url { is_secure, host: self.host, port, path: self.path, query: self.query }
    }
}

impl Url {
    /// `http://localhost:…`.
    pub(super) fn loopback(port: u16) -> Self {
        Self { is_secure: false, host: "localhost".to_owned(), port, path: "/".to_owned(), query: None }
    }

    /// The server alone.
    pub(super) fn without_path(self) -> Self {
        Self { path: "/".to_owned(), query: None, ..self }
    }

    /// Appends `/v1/traces` before the query.
    pub(super) fn joined(mut self, path: &str) -> Self {
        self.path = format!("{}{path}", self.path.trim_end_matches('/'));
        self
    }

    /// Whether requests stay on this machine, as far as the name tells.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// `host:port`, with the brackets that IPv6 needs.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Path and query, for requests and nothing else.
    pub(in crate::doctor) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        let query = if self.query.is_some() { "?REDACTED" } else { "" };
        let path =
            Some(self.path.as_str()).filter(|path| *path != "/" || !query.is_empty()).unwrap_or_default();
        write!(f, "{scheme}://{}{path}{query}", self.authority())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn scheme(text: &str) -> Result<(Option<bool>, &str), Fault> {
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Ok((Some(false), rest)),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Ok((Some(true), rest)),
        Some((scheme, _)) if is_scheme(scheme) => Err(Fault::Scheme(scheme.to_owned())),
        Some(_) => Err(Fault::Mangled),
        None => {
            let lower = text.to_ascii_lowercase();
            let is_mangled =
                ["http:/", "https:/", "http//", "https//"].iter().any(|start| lower.starts_with(start));
            if lower.starts_with("unix:") {
                return Err(Fault::Scheme("unix".to_owned()));
            }
            if is_mangled { Err(Fault::Mangled) } else { Ok((None, text)) }
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn host_and_port(address: &str) -> Result<(String, Option<u16>), Fault> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(Fault::Host)?;
            (host, after.strip_prefix(':').or((after.is_empty()).then_some("")).ok_or(Fault::Port)?)
        }
        None => address.split_once(':').unwrap_or((address, "")),
    };
    let is_host = !host.is_empty()
        && (host.parse::<IpAddr>().is_ok()
            || host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    if !is_host {
        return Err(Fault::Host);
    }
    let ends_in_colon = address.ends_with(':');
    let port = match port {
        "" if ends_in_colon => return Err(Fault::Port),
        "" => None,
        port => Some(port.parse::<u16>().ok().filter(|port| *port > 0).ok_or(Fault::Port)?),
    };
    Ok((host.to_owned(), port))
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// `text` without what may be secret in a URL; works on any text, and in doubt hides more.
pub fn without_secrets(text: &str) -> String {
    let (scheme, rest) =
        text.split_once("://").map_or((String::new(), text), |(scheme, rest)| (format!("{scheme}://"), rest));
    let (address, tail) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    if tail.contains('@') {
        return format!("{scheme}REDACTED");
    }
    let query = if tail.is_empty() { "" } else { "?REDACTED" };
    match address.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}REDACTED@{host}{query}"),
        None => format!("{scheme}{address}{query}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn endpoints_in_every_usual_form_are_read() {
        for (text, url) in [
            ("http://localhost:4318", "http://localhost:4318"),
            ("HTTPS://collector/base/", "https://collector:443/base/"),
            ("http://[::1]:4317", "http://[::1]:4317"),
            ("http://me:pa@collector:1/x?key=1#f", "http://collector:1/x?REDACTED"),
            ("collector:4317", "http://collector:4317"),
        ] {
            let given = Given::parse(text).ok().unwrap();
            let is_secure = given.is_secure.unwrap_or(false);
            assert_eq!(given.into_url(is_secure).to_string(), url);
        }
    }

    #[test]
    fn what_is_no_endpoint_says_why() {
        for (text, fault) in [
            ("grpc://collector:4317", Fault::Scheme("grpc".to_owned())),
            ("unix:/run/otlp.sock", Fault::Scheme("unix".to_owned())),
            ("\"http://collector\"", Fault::Quoted),
            ("http:/collector:4318", Fault::Mangled),
            ("http://", Fault::Host),
            ("http://a b", Fault::Host),
            ("http://collector:0", Fault::Port),
            ("http://collector:", Fault::Port),
            ("http://collector:http", Fault::Port),
        ] {
            assert_eq!(Given::parse(text).err(), Some(fault), "{text}");
        }
    }

    #[test]
    fn a_signals_path_goes_before_the_query() {
        let url = Given::parse("http://c:1/base/?k=v").ok().unwrap().into_url(false).joined("/v1/traces");
        assert_eq!(url.target(), "/base/v1/traces?k=v");
    }
}
