//! HTTP headers as something a propagator reads.

use http::{HeaderMap, HeaderName};
use opentelemetry::propagation::Extractor;

/// Lets a propagator read request headers.
///
/// A header that came on several lines keeps them apart in [`get_all`](Extractor::get_all), as `tracestate`
/// and `baggage` need. Values that are not visible ASCII are skipped, as if they had not been sent.
///
/// ```
/// use opentelemetry::propagation::Extractor;
/// use pilotlight_instrument::http::HeaderExtractor;
///
/// let mut headers = http::HeaderMap::new();
/// headers.append("baggage", http::HeaderValue::from_static("a=1"));
/// headers.append("baggage", http::HeaderValue::from_static("b=2"));
/// assert_eq!(HeaderExtractor(&headers).get_all("baggage"), Some(vec!["a=1", "b=2"]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HeaderExtractor<'a>(pub &'a HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> = self.0.get_all(key).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_value_that_is_not_text_counts_as_absent() {
        let mut headers = HeaderMap::new();
        headers.append("traceparent", HeaderValue::from_bytes(b"00-\xff\xfe").unwrap());
        assert_eq!(HeaderExtractor(&headers).get("traceparent"), None);
        assert_eq!(HeaderExtractor(&headers).get_all("traceparent"), None);
    }

    #[test]
    fn a_key_that_no_header_can_have_is_absent() {
        assert_eq!(HeaderExtractor(&HeaderMap::new()).get("not a header"), None);
    }
}
