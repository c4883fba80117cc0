//! The headers that every request carries, put together once.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::diagnostics;

/// Specification: "User Agent", <https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent>.
const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));

/// The HTTP client writes these itself; a second opinion would break the message's framing.
const FRAMING: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The configured headers, ours, and the endpoint's credentials unless the configuration has its own.
///
/// A configured `user-agent` names the product and goes in front of ours, as the specification suggests.
pub(super) fn common(
    configured: &[(HeaderName, HeaderValue)],
    authorization: Option<HeaderValue>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in configured {
        if FRAMING.contains(name) {
            diagnostics::warn(format_args!(
                "the OTLP header `{name}` is set by the transport: the configured one is ignored"
            ));
            continue;
        }
        let mut value = value.clone();
        // They often are credentials: kept out of debug output and of HTTP/2's compression tables.
        value.set_sensitive(true);
        headers.append(name.clone(), value);
    }
    if let (Some(authorization), false) = (authorization, headers.contains_key(header::AUTHORIZATION)) {
        headers.insert(header::AUTHORIZATION, authorization);
    }
    let agent = user_agent(headers.get(header::USER_AGENT));
    headers.insert(header::USER_AGENT, agent);
    headers
}

fn user_agent(product: Option<&HeaderValue>) -> HeaderValue {
    let ours = HeaderValue::from_static(USER_AGENT);
    let Some(product) = product else { return ours };
    HeaderValue::from_bytes(&[product.as_bytes(), b" ", USER_AGENT.as_bytes()].concat()).unwrap_or(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_of(configured: &[(&'static str, &'static str)]) -> HeaderMap {
        let configured: Vec<_> = configured
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        common(&configured, Some(HeaderValue::from_static("Basic dTpw")))
    }

    #[test]
    fn a_configured_authorization_wins_over_the_one_in_the_url() {
        assert_eq!(made_of(&[("authorization", "Bearer x")])["authorization"], "Bearer x");
        assert_eq!(made_of(&[])["authorization"], "Basic dTpw");
    }

    #[test]
    fn a_configured_product_precedes_our_user_agent() {
        let expected = format!("shop/2 OTel-OTLP-Exporter-Rust/{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(made_of(&[("user-agent", "shop/2")])["user-agent"], expected);
    }

    #[test]
    fn headers_that_would_break_the_framing_are_ignored() {
        let headers =
            made_of(&[("content-length", "7"), ("transfer-encoding", "chunked"), ("x-tenant", "a")]);
        assert!(!headers.contains_key("content-length") && !headers.contains_key("transfer-encoding"));
        assert_eq!(headers["x-tenant"], "a");
    }

    #[test]
    fn configured_values_are_not_shown_in_debug_output() {
        assert!(!format!("{:?}", made_of(&[("api-key", "hunter2")])).contains("hunter2"));
    }
}
