//! What proxies say about the request they forwarded: `Forwarded` (RFC 7239) and its `X-Forwarded-*`
//! forerunners.

use crate::http::authority::Authority;
use http::HeaderMap;
use http::header::FORWARDED;
use std::net::IpAddr;

/// The request as the client sent it to the first proxy, as far as the proxies told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarded<'a> {
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<&'a str>,
    pub(super) server: Option<Authority<'a>>,
}

impl<'a> Forwarded<'a> {
    /// Reads the standard header, and for what it does not say the older ones. The leftmost entry of each is
    /// the client's.
    pub(super) fn read(headers: &'a HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let standard = headers.get(FORWARDED).and_then(|value| value.to_str().ok()).map(Self::parse);
        let standard = standard.unwrap_or_default();
        Self {
            client: standard.client.or_else(|| node(first(text("x-forwarded-for")))),
            scheme: standard.scheme.or_else(|| scheme(first(text("x-forwarded-proto")))),
            server: standard.server.or_else(|| Authority::parse(first(text("x-forwarded-host")))),
        }
    }

    /// The first element of a `Forwarded` header. A pair that is malformed is skipped, and so is one with an
    /// escape in its quoted value: no address, scheme or host needs one.
    pub(super) fn parse(header: &'a str) -> Self {
        let mut found = Self::default();
        for pair in split_unquoted(header, b',')
            .next()
            .map(|element| split_unquoted(element, b';'))
            .into_iter()
            .flatten()
        {
            let Some((key, value)) = pair.split_once('=') else { continue };
            let value = unquoted(value.trim());
            match key.trim() {
                key if key.eq_ignore_ascii_case("for") => found.client = found.client.or_else(|| node(value)),
                key if key.eq_ignore_ascii_case("proto") => {
                    found.scheme = found.scheme.or_else(|| scheme(value))
                }
                key if key.eq_ignore_ascii_case("host") => {
                    found.server = found.server.or_else(|| Authority::parse(value));
                }
                _ => {}
            }
        }
        found
    }
}

fn first(list: &str) -> &str {
    list.split(',').next().unwrap_or_default().trim()
}

/// An address with or without brackets and port. `unknown` and obfuscated identifiers are no addresses.
fn node(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| Authority::parse(text)?.host.parse().ok())
}

/// A scheme is a few letters (RFC 3986, section 3.1); a longer one is somebody's joke.
fn scheme(text: &str) -> Option<&str> {
    const SCHEME_BYTES_MAX: usize = 16;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let valid = text.len() <= SCHEME_BYTES_MAX
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(allowed);
    valid.then_some(text)
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if inner.contains('\\') => "",
        Some(inner) => inner,
        None => value,
    }
}

/// Splits at `separator`, but not inside quotes.
fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                // Separators are ASCII, so both sides are whole characters.
                _ if byte == separator && !quoted => {
                    rest = Some(&text[at + 1..]);
                    return Some(&text[..at]);
                }
                _ => {}
            }
        }
        rest = None;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(found: Forwarded<'_>) -> String {
        let client = found.client.map_or("-".to_owned(), |client| client.to_string());
        let server =
            found.server.map_or("-".to_owned(), |server| format!("{}:{:?}", server.host, server.port));
        format!("{client} {} {server}", found.scheme.unwrap_or("-"))
    }

    #[test]
    fn the_first_element_is_the_clients() {
        let header = "for=192.0.2.60;proto=https;host=shop.example:8443;by=203.0.113.43, for=198.51.100.17";
        assert_eq!(drawn(Forwarded::parse(header)), "192.0.2.60 https shop.example:Some(8443)");
    }

    #[test]
    fn quoted_addresses_may_have_brackets_and_ports() {
        assert_eq!(drawn(Forwarded::parse(r#"For="[2001:db8:cafe::17]:4711""#)), "2001:db8:cafe::17 - -");
        assert_eq!(drawn(Forwarded::parse(r#"for="192.0.2.1:80""#)), "192.0.2.1 - -");
    }

    #[test]
    fn separators_inside_quotes_separate_nothing() {
        assert_eq!(drawn(Forwarded::parse(r#"ext="a,b;for=1.2.3.4\"";proto=http"#)), "- http -");
    }

    #[test]
    fn hidden_unknown_and_malformed_nodes_are_nobody() {
        for header in
            ["for=_hidden", "for=unknown", "for", "for=", ";;;", r#"for="1.2.3.4"#, r#"for="\1.2.3.4""#]
        {
            assert_eq!(drawn(Forwarded::parse(header)), "- - -", "{header}");
        }
    }

    #[test]
    fn the_older_headers_fill_in_what_the_standard_one_leaves_out() {
        let mut headers = HeaderMap::new();
        headers.insert("forwarded", "proto=https".parse().unwrap());
        headers.insert("x-forwarded-for", "2001:db8::7, 10.0.0.1".parse().unwrap());
        headers.insert("x-forwarded-proto", "http".parse().unwrap());
        headers.insert("x-forwarded-host", "shop.example".parse().unwrap());
        assert_eq!(drawn(Forwarded::read(&headers)), "2001:db8::7 https shop.example:None");
    }

    proptest! {
        #[test]
        fn any_header_parses_without_harm(header in ".*") {
            Forwarded::parse(&header);
        }

        #[test]
        fn shuffled_grammar_parses_without_harm(
            parts in prop::collection::vec(
                prop::sample::select(vec!["for", "=", "\"", "\\", ";", ",", "host", "proto", "[", "]", ":", "1.2.3.4", "é"]),
                0..24,
            )
        ) {
            Forwarded::parse(&parts.concat());
        }

        #[test]
        fn every_address_is_read_back(address: IpAddr) {
            let node = if address.is_ipv6() { format!("\"[{address}]:1\"") } else { address.to_string() };
            let header = format!("for={node};proto=http");
            prop_assert_eq!(Forwarded::parse(&header).client, Some(address));
        }
    }
}
