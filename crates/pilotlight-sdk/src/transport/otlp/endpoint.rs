//! Where requests go, with what a URL may keep secret taken out of it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;

use super::BuildError;

/// An absolute `http` or `https` URI without credentials in it.
#[derive(Clone)]
pub(super) struct Endpoint {
    uri: Uri,
}

impl Endpoint {
    /// Splits `user:password@` off, as the value of an `authorization: Basic` header.
    pub(super) fn parse(uri: &Uri) -> Result<(Self, Option<HeaderValue>), BuildError> {
        let Some(authority) = uri.authority() else {
            return Err(BuildError::new(format!(
                "the OTLP endpoint `{uri}` names no host: use http://host:port"
            )));
        };
        let Some((userinfo, host)) = authority.as_str().rsplit_once('@') else {
            return Ok((Self { uri: uri.clone() }, None));
        };
        let unusable =
            || BuildError::new(format!("the OTLP endpoint at `{host}` cannot be used without its user name"));
        let mut parts = uri.clone().into_parts();
        parts.authority = Some(host.parse::<Authority>().map_err(|error| unusable().caused_by(error))?);
        let uri = Uri::from_parts(parts).map_err(|error| unusable().caused_by(error))?;
        Ok((Self { uri }, Some(basic(userinfo).ok_or_else(unusable)?)))
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Host, without the brackets of an IPv6 address, and port.
    pub(super) fn server(&self) -> Option<(String, u16)> {
        let host = self.uri.host()?.trim_start_matches('[').trim_end_matches(']');
        let default_port = if self.is_https() { 443 } else { 80 };
        Some((host.to_owned(), self.uri.port_u16().unwrap_or(default_port)))
    }

    #[cfg(feature = "otlp-http")]
    pub(super) fn uri(&self) -> Uri {
        self.uri.clone()
    }

    /// The same host with another path.
    #[cfg(feature = "otlp-grpc")]
    pub(super) fn at(&self, path: &'static str) -> Uri {
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::from_static(path));
        // Only the path was replaced, and by a valid one: the parts still belong together.
        Uri::from_parts(parts).unwrap_or_default()
    }
}

/// For messages: without the query, where some vendors' URLs carry an API key.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", Authority::as_str);
        let path = self.uri.path_and_query().map_or("", PathAndQuery::path);
        write!(f, "{scheme}://{authority}{}", path.strip_suffix('/').unwrap_or(path))
    }
}

/// Specification: RFC 7617; in a URL both parts are percent-encoded.
fn basic(userinfo: &str) -> Option<HeaderValue> {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut credentials: Vec<u8> = percent_decode_str(user).collect();
    credentials.push(b':');
    credentials.extend(percent_decode_str(password));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(credentials))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(uri: &str) -> (Endpoint, Option<HeaderValue>) {
        Endpoint::parse(&uri.parse().unwrap()).unwrap()
    }

    #[test]
    fn credentials_become_a_basic_authorization_and_are_never_shown() {
        let (endpoint, authorization) =
            parse("https://us%40er:p%3Ass@collector:4318/v1/traces?api-key=secret");
        assert_eq!(endpoint.to_string(), "https://collector:4318/v1/traces");
        // `us@er:p:ss`, encoded by another tool.
        assert_eq!(authorization.unwrap(), "Basic dXNAZXI6cDpzcw==");
        assert_eq!(endpoint.uri, "https://collector:4318/v1/traces?api-key=secret");
    }

    #[test]
    fn a_plain_endpoint_is_kept_as_it_is() {
        let (endpoint, authorization) = parse("http://[::1]:4317");
        assert_eq!(endpoint.to_string(), "http://[::1]:4317");
        assert!(authorization.is_none() && !endpoint.is_https());
    }

    #[test]
    fn the_server_is_host_and_port_with_the_schemes_own_port_as_default() {
        let servers = ["http://[::1]:4317", "https://user:key@collector/v1/traces", "http://collector"]
            .map(|uri| parse(uri).0.server().unwrap());
        assert_eq!(servers, [("::1".into(), 4317), ("collector".into(), 443), ("collector".into(), 80)]);
    }
}
