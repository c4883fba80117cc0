//! Request headers, as `OTEL_EXPORTER_OTLP_HEADERS` spells them or as code gives them.

use http::{HeaderName, HeaderValue};

use super::percent;
use super::show::Show;
use super::warning::Problems;

/// Headers that belong to the transport: setting them would break every request.
const RESERVED: [&str; 7] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Request headers, all of them sendable. Their values are marked sensitive, so that `Debug` hides them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    pub(crate) fn into_vec(self) -> Vec<(HeaderName, HeaderValue)> {
        self.0
    }

    /// Adds a header, over an earlier one of the same name.
    fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Show for Headers {
    fn show(&self) -> String {
        let names = self.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        if names.is_empty() { "no headers".to_owned() } else { format!("headers {}", names.join(",")) }
    }
}

/// Reads `name=value,name2=value2`: the form of W3C baggage without its metadata, values percent-decoded.
///
/// A pair that cannot be sent is left out and named by its position, since even its name may be a misplaced secret.
/// Refused when pairs were given and none can be sent.
pub(crate) fn parse(text: &str, problems: &mut Problems) -> Option<Headers> {
    let mut headers = Headers::default();
    for (at, pair) in text.split(',').enumerate() {
        if pair.trim().is_empty() {
            continue;
        }
        match parse_pair(pair) {
            Ok((name, value)) => headers.insert(name, value),
            Err(problem) => problems.add(format!("has a pair (number {}) that {problem}", at + 1)),
        }
    }
    (!headers.0.is_empty()).then_some(headers)
}

/// Checks headers given in code, where values are taken as they are.
pub(crate) fn check(pairs: Vec<(String, String)>, problems: &mut Problems) -> Option<Headers> {
    let mut headers = Headers::default();
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        match header(&name, value.as_bytes()) {
            Ok((name, value)) => headers.insert(name, value),
            Err(problem) => problems.add(format!("has a pair (number {}) that {problem}", at + 1)),
        }
    }
    Some(headers)
}

fn parse_pair(pair: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let (name, value) = pair.split_once('=').ok_or("has no =")?;
    header(name.trim(), &percent::decode(value.trim())?)
}

fn header(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| "has a name that is not an RFC 7230 token")?;
    if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("grpc-") {
        return Err("names a header that the transport sets itself");
    }
    let mut value = HeaderValue::from_bytes(value)
        .map_err(|_| "has a value that no header can carry (a control character)")?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Vec<(String, String)>>, Vec<String>) {
        let mut problems = Problems::default();
        let headers = parse(text, &mut problems).map(|headers| {
            let pairs = headers.into_vec().into_iter();
            pairs.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
        });
        (headers, problems.into_vec())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn well_formed_pairs_are_read_and_decoded() {
        for (text, expected) in [
            ("a=1", pairs(&[("a", "1")])),
            (" A = 1 , b=2 ,", pairs(&[("a", "1"), ("b", "2")])),
            ("authorization=Basic%20dXNlcg==", pairs(&[("authorization", "Basic dXNlcg==")])),
            ("a=1%2C2", pairs(&[("a", "1,2")])),
            ("a=1,b=2,A=3", pairs(&[("a", "3"), ("b", "2")])),
            ("a=", pairs(&[("a", "")])),
        ] {
            assert_eq!(read(text), (expected, vec![]), "{text:?}");
        }
    }

    #[test]
    fn a_bad_pair_is_left_out_and_its_secret_is_not_repeated() {
        for (pair, problem) in [
            ("s3cret", "has no ="),
            ("=s3cret", "has a name that is not an RFC 7230 token"),
            ("a b=s3cret", "has a name that is not an RFC 7230 token"),
            ("k=s3cret%", "hexadecimal"),
            ("k=s3cret%0d%0aevil:1", "control character"),
            ("Content-Length=3", "the transport sets itself"),
            ("grpc-timeout=1S", "the transport sets itself"),
        ] {
            let (headers, problems) = read(&format!("a=1,{pair}"));
            assert_eq!(headers, pairs(&[("a", "1")]), "{pair:?}");
            assert_eq!(problems.len(), 1, "{pair:?}");
            assert!(problems[0].starts_with("has a pair (number 2) that "), "{problems:?}");
            assert!(problems[0].contains(problem), "{problems:?}");
            assert!(!problems[0].contains("s3cret"), "{problems:?}");
        }
    }

    #[test]
    fn nothing_usable_passes_the_turn() {
        assert_eq!(read("nonsense").0, None);
        assert_eq!(read(",").0, None);
    }

    #[test]
    fn values_are_hidden_from_debug_and_show() {
        let headers = parse("authorization=s3cret,x=1", &mut Problems::default()).unwrap();
        assert!(!format!("{headers:?}").contains("s3cret"));
        assert_eq!(headers.show(), "headers authorization,x");
    }
}
