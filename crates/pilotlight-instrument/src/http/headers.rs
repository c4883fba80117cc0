//! HTTP headers as something a propagator reads and writes.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector};

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
        let value = usual(key).map_or_else(|| self.0.get(key), |name| self.0.get(name));
        value?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values = usual(key).map_or_else(|| self.0.get_all(key), |name| self.0.get_all(name));
        let values: Vec<&str> = values.iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then_some(values)
    }
}

/// Lets a propagator write request headers.
///
/// What is written replaces what was there, on however many lines. A key or value that no header can have is left out.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use pilotlight_instrument::http::HeaderInjector;
///
/// let mut headers = http::HeaderMap::new();
/// HeaderInjector(&mut headers).set("baggage", "a=1".into());
/// assert_eq!(headers["baggage"], "a=1");
/// ```
#[derive(Debug)]
pub struct HeaderInjector<'a>(pub &'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Some(name), Ok(value)) = (name(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }

    fn reserve(&mut self, additional: usize) {
        // A map that cannot grow any more is full of what matters more.
        let _ = self.0.try_reserve(additional);
    }
}

/// Takes a header away, on however many lines it came.
pub(crate) fn remove(headers: &mut HeaderMap, key: &str) {
    match usual(key) {
        Some(name) => headers.remove(name),
        None => headers.remove(key),
    };
}

fn name(key: &str) -> Option<HeaderName> {
    usual(key).cloned().or_else(|| HeaderName::try_from(key).ok())
}

/// The names that nearly every propagator has: made once, they need neither be parsed nor allocated for each request.
fn usual(key: &str) -> Option<&'static HeaderName> {
    static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
    static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
    static BAGGAGE: HeaderName = HeaderName::from_static("baggage");
    match key {
        "traceparent" => Some(&TRACEPARENT),
        "tracestate" => Some(&TRACESTATE),
        "baggage" => Some(&BAGGAGE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_written_replaces_every_line_of_its_name() {
        let mut headers = HeaderMap::new();
        headers.append("baggage", HeaderValue::from_static("a=1"));
        headers.append("baggage", HeaderValue::from_static("b=2"));
        HeaderInjector(&mut headers).set("Baggage", "c=3".into());
        assert_eq!(HeaderExtractor(&headers).get_all("baggage"), Some(vec!["c=3"]));
    }

    #[test]
    fn what_no_header_can_have_is_not_written() {
        let mut headers = HeaderMap::new();
        HeaderInjector(&mut headers).set("not a header", "a".into());
        HeaderInjector(&mut headers).set("baggage", "a\nb".into());
        assert!(headers.is_empty());
    }
}
