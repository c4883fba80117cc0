//! `host:port`, as the `Host` header, `:authority` and the forwarding headers have it.

/// A host name or address, without brackets, and the port if one was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
}

/// The longest name that DNS allows; whatever is longer names no host.
const HOST_BYTES_MAX: usize = 253;

impl<'a> Authority<'a> {
    /// `None` for what cannot name a host. A port that is no port is left out; user information is skipped,
    /// since it may hold a password.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let text = text.rsplit_once('@').map_or(text, |(_, host)| host);
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, rest.strip_prefix(':').unwrap_or_default())
            }
            None => {
                let (host, port) = text.split_once(':').unwrap_or((text, ""));
                is_name(host).then_some((host, port))?
            }
        };
        Some(Self { host, port: port.parse().ok() })
    }
}

/// The characters of a registered name in a URI (RFC 3986, section 3.2.2).
fn is_name(host: &str) -> bool {
    let allowed = |byte: u8| {
        matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' | b'%')
            || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
    };
    !host.is_empty() && host.len() <= HOST_BYTES_MAX && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Option<(&str, Option<u16>)> {
        Authority::parse(text).map(|authority| (authority.host, authority.port))
    }

    #[test]
    fn names_and_addresses_come_with_and_without_a_port() {
        assert_eq!(parsed("example.com"), Some(("example.com", None)));
        assert_eq!(parsed("example.com:8080"), Some(("example.com", Some(8080))));
        assert_eq!(parsed("192.0.2.1:80"), Some(("192.0.2.1", Some(80))));
        assert_eq!(parsed("[2001:db8::1]"), Some(("2001:db8::1", None)));
        assert_eq!(parsed("[2001:db8::1]:443"), Some(("2001:db8::1", Some(443))));
    }

    #[test]
    fn garbage_names_no_host() {
        for garbage in ["", ":80", "a b", "exa<mple>", "[::1", "[zz]", "é.example", &"a".repeat(254)] {
            assert_eq!(parsed(garbage), None, "{garbage:?}");
        }
    }

    #[test]
    fn a_port_that_is_no_port_is_left_out() {
        for text in ["example.com:", "example.com:http", "example.com:99999", "example.com:1:2"] {
            assert_eq!(parsed(text), Some(("example.com", None)), "{text:?}");
        }
    }

    #[test]
    fn a_password_before_the_host_is_not_recorded() {
        assert_eq!(parsed("user:secret@example.com:1"), Some(("example.com", Some(1))));
    }

    proptest! {
        #[test]
        fn any_text_parses_to_a_short_clean_host_or_to_nothing(text in ".*") {
            if let Some(authority) = Authority::parse(&text) {
                prop_assert!(authority.host.len() <= HOST_BYTES_MAX && authority.host.is_ascii());
                prop_assert!(text.contains(authority.host));
            }
        }
    }
}
