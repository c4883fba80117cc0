//! `OTEL_EXPORTER_OTLP_HEADERS`: names are shown, values never.

use std::fmt;

use super::reader::Unusable;

/// What is shorter is no secret, and found in every text.
const SECRET_BYTES_MIN: usize = 4;

/// Nobody sends more headers; the others are not looked at.
const PAIRS_MAX: usize = 64;

/// What is shown instead of a value.
const REDACTED: &str = "[redacted]";

/// Headers as they are sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    pairs: Vec<(String, Vec<u8>)>,
    /// Whether there are more than are looked at.
    is_cut: bool,
}

impl Headers {
    /// The names, in the order given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// Names and values, for requests and nothing else.
    pub(in crate::doctor) fn pairs(&self) -> &[(String, Vec<u8>)] {
        &self.pairs
    }

    /// Adds a header, over an earlier one of the same name.
    fn insert(&mut self, (name, value): (String, Vec<u8>)) {
        match self.pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.pairs.push((name, value)),
        }
    }

    /// What somebody else says, without the values: a receiver may repeat what it was sent.
    pub(in crate::doctor) fn scrub(&self, text: &str) -> String {
        let values: Vec<_> = self.pairs.iter().map(|(_, value)| String::from_utf8_lossy(value)).collect();
        let words = values.iter().flat_map(|value| {
            let value = value.trim();
            [value, value.rsplit(' ').next().unwrap_or_default()]
        });
        let mut secrets: Vec<&str> = words.filter(|word| word.len() >= SECRET_BYTES_MIN).collect();
        // One may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What looks wrong about the values, each named by its header and without the value.
    pub fn oddities(&self) -> Vec<String> {
        self.pairs
            .iter()
            .filter_map(|(name, value)| oddity(name, value).map(|what| format!("{name} {what}")))
            .collect()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pairs.is_empty() {
            true => f.write_str("none")?,
            false => f.write_str(&self.names().collect::<Vec<_>>().join(", "))?,
        }
        match self.is_cut {
            true => f.write_str(", and more that the doctor does not look at"),
            false => Ok(()),
        }
    }
}

/// Reads `name=value,name2=value2`, values percent-decoded: the first [`PAIRS_MAX`]. What cannot be sent is left out and complained about.
pub(super) fn parse(text: &str) -> (Headers, Option<Unusable>) {
    let (mut headers, mut malformed) = (Headers::default(), Vec::new());
    let mut pairs = text.split(',').enumerate().filter(|(_, pair)| !pair.trim().is_empty());
    for (at, pair) in pairs.by_ref().take(PAIRS_MAX) {
        match parse_pair(pair) {
            Ok(pair) => headers.insert(pair),
            Err(what) => malformed.push((at + 1, what)),
        }
    }
    headers.is_cut = pairs.next().is_some();
    (headers, unusable(&malformed))
}

/// The first stands for all.
fn unusable(pairs: &[(usize, &str)]) -> Option<Unusable> {
    let ((number, what), others) = pairs.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        count => format!(", and {count} more that cannot be sent"),
    };
    Some(Unusable {
        is_open: false,
        ..Unusable::new(
            "header-malformed",
            format!("has a pair (number {number}) that {what}{others}"),
            "write name=value,name2=value2 and percent-encode what is special in a value: %20 for a blank, %2C for a comma",
        )
    })
}

fn parse_pair(pair: &str) -> Result<(String, Vec<u8>), &'static str> {
    let Some((name, value)) = pair.split_once('=') else {
        return Err(match pair.contains(':') {
            true => "has a colon where = belongs",
            false => "has no =",
        });
    };
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    if name.is_empty() || name.contains('%') {
        return Err("has no name");
    }
    // A credential alone ends with the equals signs of base64, and would be taken for a name, which is shown.
    if value.bytes().all(|byte| byte == b'=') {
        return Err("has no name or no value");
    }
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err("has a name that no header can have");
    }
    let value = decoded(value).ok_or("has a % that two hexadecimal digits do not follow")?;
    match http::HeaderValue::from_bytes(&value) {
        Ok(_) => Ok((name, value)),
        Err(_) => Err("has a value that no header can carry"),
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail.get(2..)?;
    }
    Some(bytes)
}

/// Mistakes that leave a header which can be sent and means nothing to the receiver.
fn oddity(name: &str, value: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(value);
    let is_quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if is_quoted('"') || is_quoted('\'') {
        return Some("has quotes around its value, which are sent along");
    }
    if name != "authorization" {
        return None;
    }
    let (scheme, credentials) = text.split_once(' ').unwrap_or((&text, ""));
    match scheme.to_ascii_lowercase().as_str() {
        "basic" if !is_base64(credentials) => Some("says Basic, and what follows is not base64"),
        "basic" | "bearer" | "api-token" | "apikey" | "token" if credentials.trim().is_empty() => {
            Some("names a scheme and has no credentials")
        }
        _ => None,
    }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && !body.is_empty()
        && body.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> Result<Headers, String> {
        let (headers, unusable) = parse(text);
        unusable.map_or(Ok(headers), |unusable| Err(unusable.what))
    }

    #[test]
    fn values_are_decoded_and_may_hold_equals_signs() {
        let headers = read("authorization=Basic%20dXNlcjpwYXNzdw==, X-Key = 1 ").ok().unwrap();
        assert_eq!(headers.pairs()[0], ("authorization".to_owned(), b"Basic dXNlcjpwYXNzdw==".to_vec()));
        assert_eq!(headers.to_string(), "authorization, x-key");
        assert!(headers.oddities().is_empty());
    }

    #[test]
    fn what_is_malformed_is_named_by_its_place_alone() {
        for (text, what) in [
            ("a=1,s3cret", "has no ="),
            ("a=1,authorization: s3cret", "colon"),
            ("a=1,a b=s3cret", "name"),
            ("a=1,b=s3cret%2", "%"),
            ("a=1,Bearer%20s3cret=", "no name"),
            ("a=1,Bearer%20s3cret==", "no name"),
            ("a=1,s3cret==", "no name"),
            ("a=1,s3cret=", "no name"),
            ("a=1,s3cret = ", "no name"),
            ("a=1,=s3cret", "no name"),
            ("a=1,b=s3cret%0A", "carry"),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.starts_with("has a pair (number 2) that") && problem.contains(what), "{problem}");
            assert!(!problem.contains("s3cret"));
        }
    }

    #[test]
    fn credentials_that_mean_nothing_are_noticed_without_being_shown() {
        for (text, what) in [
            ("authorization=Basic%20s3cret", "base64"),
            ("authorization=Bearer", "no credentials"),
            ("x-key=%22s3cret%22", "quotes"),
        ] {
            let oddities = read(text).ok().unwrap().oddities();
            assert!(oddities[0].contains(what) && !oddities[0].contains("s3cret"), "{oddities:?}");
        }
    }

    #[test]
    fn of_many_malformed_pairs_the_first_is_named_and_the_others_are_counted() {
        let (headers, unusable) = parse("a=1,b,c,d");
        assert_eq!(headers.to_string(), "a");
        let what = unusable.unwrap().what;
        assert_eq!(what, "has a pair (number 2) that has no =, and 2 more that cannot be sent");
    }

    #[test]
    fn of_more_pairs_than_anybody_sends_the_first_are_looked_at() {
        let pairs = |count| (0..count).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join(",");
        let few = read(&pairs(64)).ok().unwrap();
        assert!(few.to_string().ends_with(", k63"));
        let many = read(&pairs(100_000)).ok().unwrap();
        assert_eq!(many.pairs().len(), 64);
        assert!(many.to_string().ends_with(", k63, and more that the doctor does not look at"));
    }

    #[test]
    fn what_others_repeat_of_the_values_is_taken_out() {
        let headers = read("authorization=Bearer%20s3cret,x-key=s3cret-too,x-short=401").ok().unwrap();
        let text = "status 401: no user Bearer s3cret, none with s3cret, key s3cret-too";
        let scrubbed = "status 401: no user [redacted], none with [redacted], key [redacted]";
        assert_eq!(headers.scrub(text), scrubbed);
    }

    #[test]
    fn debug_output_has_no_values() {
        assert!(!format!("{:?}", read("k=s3cret")).contains("s3cret"));
    }
}
