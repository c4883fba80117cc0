//! Contexts in NATS headers.

use async_nats::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector};

/// Writes into headers. What is no header, as a value with a line break, is left out; async-nats would panic.
pub(super) struct HeaderInjector<'a>(pub(super) &'a mut HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (key.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            self.0.insert(name, value);
        }
    }
}

/// Reads from headers, if there are any.
///
/// NATS tells upper from lower case, and some clients write `Traceparent`: the name as it is comes first, any other case of it
/// second.
pub(super) struct HeaderExtractor<'a>(pub(super) Option<&'a HeaderMap>);

impl HeaderExtractor<'_> {
    fn values(&self, key: &str) -> Option<&[HeaderValue]> {
        let headers = self.0?;
        let name = |matches: fn(&str, &str) -> bool| {
            headers.iter().find(|(name, _)| matches((*name).as_ref(), key)).map(|(_, values)| &values[..])
        };
        name(|one, other| one == other).or_else(|| name(str::eq_ignore_ascii_case))
    }
}

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.values(key)?.first().map(HeaderValue::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.map(|headers| headers.iter().map(|(name, _)| name.as_ref()).collect()).unwrap_or_default()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        Some(self.values(key)?.iter().map(HeaderValue::as_str).collect())
    }
}

/// The headers without `fields` in any case: they may have come with another message, and somebody else's baggage does not belong
/// to this trace.
pub(super) fn without(headers: HeaderMap, fields: &[String]) -> HeaderMap {
    let is_field = |name: &HeaderName| {
        let name: &str = name.as_ref();
        fields.iter().any(|field| field.eq_ignore_ascii_case(name))
    };
    if !headers.iter().any(|(name, _)| is_field(name)) {
        return headers;
    }
    let mut kept = HeaderMap::new();
    for (name, values) in headers.iter().filter(|(name, _)| !is_field(name)) {
        values.iter().for_each(|value| kept.append(name.clone(), value.clone()));
    }
    kept
}

/// The headers with what was written over them.
pub(super) fn with(mut headers: HeaderMap, written: &HeaderMap) -> HeaderMap {
    for (name, values) in written.iter() {
        values.iter().for_each(|value| headers.insert(name.clone(), value.clone()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        pairs.iter().for_each(|(name, value)| headers.append(*name, *value));
        headers
    }

    #[test]
    fn the_name_as_it_is_comes_before_any_other_case_of_it() {
        let both = headers(&[("Traceparent", "other"), ("traceparent", "own")]);
        assert_eq!(HeaderExtractor(Some(&both)).get("traceparent"), Some("own"));
        let other = headers(&[("Traceparent", "other")]);
        assert_eq!(HeaderExtractor(Some(&other)).get("traceparent"), Some("other"));
        assert_eq!(HeaderExtractor(None).get("traceparent"), None);
    }

    #[test]
    fn what_is_no_header_is_left_out() {
        let mut written = HeaderMap::new();
        let mut injector = HeaderInjector(&mut written);
        injector.set("bag gage\r\n", "7".to_owned());
        injector.set("baggage", "tenant=7\r\nNats-Msg-Id: 1".to_owned());
        assert!(written.is_empty());
    }

    #[test]
    fn fields_of_another_message_are_removed_and_all_else_stays() {
        let sent = headers(&[("Baggage", "tenant=7"), ("x-kind", "a"), ("x-kind", "b")]);
        let kept = without(sent, &["baggage".to_owned()]);
        assert_eq!(kept, headers(&[("x-kind", "a"), ("x-kind", "b")]));
    }
}
