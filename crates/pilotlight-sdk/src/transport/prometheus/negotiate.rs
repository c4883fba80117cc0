//! Which format, and whether compressed.
//!
//! Specification: "Content Negotiation",
//! <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/#content-negotiation>, and Prometheus's guidelines,
//! <https://prometheus.io/docs/instrumenting/content_negotiation/>.

use http::HeaderMap;
use http::header::{ACCEPT, HeaderName};

/// A format of the page. The two versions of each are the same text: what the later ones add is names in UTF-8, which are always
/// escaped with underscores here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text004,
    Text100,
    OpenMetrics001,
    OpenMetrics100,
}

impl Format {
    /// What the client likes best; the text format 0.0.4 when it does not say, or likes nothing we have.
    pub(super) fn negotiated(headers: &HeaderMap) -> Self {
        let mut best = (0, Self::Text004);
        for (format, weight) in
            choices(headers, ACCEPT).filter_map(|choice| Some((choice.format()?, choice.weight)))
        {
            // The first of several that are liked as much.
            if weight > best.0 {
                best = (weight, format);
            }
        }
        best.1
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Text004 => "text/plain; version=0.0.4; charset=utf-8",
            Self::Text100 => "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
            Self::OpenMetrics001 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Self::OpenMetrics100 => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
        }
    }

    pub(super) fn is_openmetrics(self) -> bool {
        matches!(self, Self::OpenMetrics001 | Self::OpenMetrics100)
    }
}

/// Whether the client takes gzip.
#[cfg(feature = "gzip")]
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let weight = |name: &str| {
        let mut named = choices(headers, http::header::ACCEPT_ENCODING);
        named.find(|choice| choice.name.eq_ignore_ascii_case(name)).map(|choice| choice.weight)
    };
    weight("gzip").or_else(|| weight("*")).unwrap_or(0) > 0
}

/// One element of an `Accept` header.
struct Choice<'a> {
    name: &'a str,
    /// Of the parameters, the only one that tells formats apart.
    version: Option<&'a str>,
    /// The weight `q` in thousandths.
    weight: u16,
}

impl<'a> Choice<'a> {
    fn new(element: &'a str) -> Self {
        let mut parts = element.split(';').map(str::trim);
        let mut choice = Self { name: parts.next().unwrap_or_default(), version: None, weight: 1000 };
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match key.trim() {
                key if key.eq_ignore_ascii_case("version") => choice.version = Some(value),
                key if key.eq_ignore_ascii_case("q") => choice.weight = thousandths(value),
                _ => {}
            }
        }
        choice
    }

    fn format(&self) -> Option<Format> {
        match (self.name.to_ascii_lowercase().as_str(), self.version) {
            ("text/plain" | "text/*" | "*/*", None) | ("text/plain", Some("0.0.4")) => Some(Format::Text004),
            ("text/plain", Some("1.0.0")) => Some(Format::Text100),
            ("application/openmetrics-text", Some("0.0.1")) => Some(Format::OpenMetrics001),
            ("application/openmetrics-text", None | Some("1.0.0")) => Some(Format::OpenMetrics100),
            _ => None,
        }
    }
}

fn choices(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Choice<'_>> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(Choice::new)
}

/// A weight that cannot be read is none.
fn thousandths(weight: &str) -> u16 {
    match weight.parse::<f32>() {
        Ok(weight) if (0.0..=1.0).contains(&weight) => (weight * 1000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(accept: &[&str]) -> Format {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, value.parse().unwrap());
        }
        Format::negotiated(&headers)
    }

    #[test]
    fn who_does_not_say_gets_the_text_format() {
        assert_eq!(format(&[]), Format::Text004);
        assert_eq!(format(&["*/*"]), Format::Text004);
        assert_eq!(format(&["text/html,application/xhtml+xml,*/*;q=0.8"]), Format::Text004);
        assert_eq!(format(&["application/json"]), Format::Text004);
    }

    #[test]
    fn a_prometheus_gets_openmetrics() {
        let two = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let three = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                     application/openmetrics-text;version=0.0.1;q=0.5,\
                     text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(format(&[two]), Format::OpenMetrics100);
        assert_eq!(format(&[three]), Format::OpenMetrics100);
    }

    #[test]
    fn the_weight_decides_and_then_the_order() {
        assert_eq!(format(&["text/plain;q=0.4, application/openmetrics-text;q=0.5"]), Format::OpenMetrics100);
        assert_eq!(format(&["text/plain;version=1.0.0, application/openmetrics-text"]), Format::Text100);
        assert_eq!(format(&["application/openmetrics-text;q=0, text/plain;q=0.1"]), Format::Text004);
        assert_eq!(
            format(&["text/plain;q=0.1", "application/openmetrics-text; version=\"0.0.1\""]),
            Format::OpenMetrics001
        );
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        assert_eq!(
            format(&["application/openmetrics-text;version=9.9.9, text/plain;q=0.2"]),
            Format::Text004
        );
        assert_eq!(format(&["application/openmetrics-text;q=lots"]), Format::Text004);
        assert_eq!(format(&[";;=,,,q=1"]), Format::Text004);
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn gzip_is_taken_unless_it_is_refused() {
        let gzip = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::ACCEPT_ENCODING, value.parse().unwrap());
            takes_gzip(&headers)
        };
        assert!(gzip("gzip") && gzip("deflate, GZIP;q=0.5") && gzip("*"));
        assert!(!gzip("br") && !gzip("gzip;q=0, *") && !gzip(""));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
