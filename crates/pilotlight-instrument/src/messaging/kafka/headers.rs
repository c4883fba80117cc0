//! Kafka's headers as something a propagator reads and writes.
//!
//! A header's name can come more than once. As in Kafka's own clients the last one counts: whoever handled the message last wrote it.

use opentelemetry::propagation::{Extractor, Injector};
use rdkafka::Message;
use rdkafka::message::{Header, Headers, OwnedHeaders};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many headers are looked at, from the last one backwards. Services send a handful, and what instruments them adds its own at the end;
/// a stranger who sends a million costs no more than this.
const HEADERS_MAX: usize = 128;

/// Longer values are skipped: the longest that is defined is baggage, with this many bytes at most.
const VALUE_BYTES_MAX: usize = 8192;

/// Lets a propagator read the headers of a message, borrowed or owned.
///
/// Of several headers with one name the last is read; the case of ASCII letters does not matter. Values that are missing, not UTF-8, or
/// longer than 8 KiB are skipped, as if they had not been sent, and so are all headers before the last 128.
///
/// ```
/// use opentelemetry::propagation::Extractor;
/// use pilotlight_instrument::messaging::kafka::HeaderExtractor;
/// use rdkafka::message::{Header, OwnedHeaders};
///
/// let headers = OwnedHeaders::new()
///     .insert(Header { key: "baggage", value: Some("a=1") })
///     .insert(Header { key: "baggage", value: Some("b=2") });
/// assert_eq!(HeaderExtractor::new(&headers).get("baggage"), Some("b=2"));
/// ```
///
/// Reads each header once, when it is made, and allocates one list.
///
/// # Names that are not UTF-8
///
/// Kafka's protocol says that names are UTF-8, and its brokers do not check it. rdkafka panics when such a name is read, whoever reads
/// it. That panic is caught here: the headers up to that one count as absent, and the program's panic hook hears of it, once for a
/// [`Received`](super::Received) message. In a program that is compiled with `panic = "abort"` nothing can be caught: whoever makes one of
/// these there is ended by such a message, and the wrappers make none [unless told to](super::KafkaBuilder::read_headers).
#[derive(Clone, Debug)]
pub struct HeaderExtractor<'a> {
    /// Names and values, the last first.
    read: Vec<(&'a str, &'a str)>,
    first: usize,
}

impl<'a> HeaderExtractor<'a> {
    /// Of these headers.
    pub fn new<H: Headers>(headers: &'a H) -> Self {
        Self::since(headers, 0)
    }

    /// Of no headers.
    pub(super) fn none() -> Self {
        Self { read: Vec::new(), first: 0 }
    }

    /// Of a message, which may have none.
    pub fn of<M: Message>(message: &'a M) -> Self {
        Self::of_since(message, 0)
    }

    /// The same, where what is before `first` is known to be of no use.
    pub(super) fn of_since<M: Message>(message: &'a M, first: usize) -> Self {
        message.headers().map_or(Self::none(), |headers| Self::since(headers, first))
    }

    fn since<H: Headers>(headers: &'a H, first: usize) -> Self {
        let count = headers.count();
        let mut extractor = Self { read: Vec::new(), first: count };
        for index in (count.saturating_sub(HEADERS_MAX).max(first)..count).rev() {
            let Some(header) = read(headers, index) else { break };
            extractor.first = index;
            extractor.read.extend(text(header));
        }
        extractor
    }

    /// Where those begin that could be read: nobody has to try the one before again.
    pub(super) fn first(&self) -> usize {
        self.first
    }
}

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.read.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| *value)
    }

    fn keys(&self) -> Vec<&str> {
        self.read.iter().map(|(name, _)| *name).collect()
    }
}

/// A header whose value can be text, with that.
fn text<'a>(header: Header<'a, &'a [u8]>) -> Option<(&'a str, &'a str)> {
    let value = header.value.filter(|value| value.len() <= VALUE_BYTES_MAX)?;
    Some((header.key, std::str::from_utf8(value).ok()?))
}

/// None behind the end, and where the name is not UTF-8.
fn read<H: Headers>(headers: &H, index: usize) -> Option<Header<'_, &[u8]>> {
    // rdkafka holds nothing when it panics: it has found a pointer to the name and looked at that.
    catch_unwind(AssertUnwindSafe(|| headers.try_get(index))).ok().flatten()
}

/// Lets a propagator write the headers of a message that is about to be sent.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use pilotlight_instrument::messaging::kafka::HeaderInjector;
/// use rdkafka::message::{Header, Headers, OwnedHeaders};
///
/// let old = OwnedHeaders::new().insert(Header { key: "baggage", value: Some("a=1") });
/// let mut injector = HeaderInjector::new(Some(old));
/// injector.set("baggage", "b=2".into());
/// let headers = injector.into_headers().expect("something was written");
/// assert_eq!((headers.count(), headers.get(0).value), (1, Some(&b"b=2"[..])));
/// ```
///
/// What is written replaces every header of that name, and an empty value takes it away. rdkafka's headers can only grow, so where
/// something is replaced the others are copied, once, by [`into_headers`](Self::into_headers); nothing is copied otherwise.
#[derive(Debug, Default)]
pub struct HeaderInjector {
    headers: Option<OwnedHeaders>,
    /// Those are left as they are, whatever is written.
    unread: bool,
    /// What was written, the last of each name.
    written: Vec<(String, String)>,
}

impl HeaderInjector {
    /// Into these headers, or into new ones.
    pub fn new(headers: Option<OwnedHeaders>) -> Self {
        Self { headers, unread: false, written: Vec::new() }
    }

    /// Behind these headers, which nobody may look at.
    pub(super) fn behind(headers: Option<OwnedHeaders>) -> Self {
        Self { unread: true, ..Self::new(headers) }
    }

    /// Whether there were headers before.
    pub(super) fn had_headers(&self) -> bool {
        self.headers.is_some()
    }

    /// Takes away what has one of these names and was not written.
    pub(super) fn remove_others(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if !self.written.iter().any(|(written, _)| written.eq_ignore_ascii_case(&name)) {
                self.written.push((name, String::new()));
            }
        }
    }

    /// The headers with what was written; none where there were none and nothing was.
    pub fn into_headers(self) -> Option<OwnedHeaders> {
        let kept = match self.headers {
            Some(headers) if !self.unread && !self.written.is_empty() => {
                Some(without(headers, &self.written))
            }
            headers => headers,
        };
        self.written.iter().filter(|(_, value)| !value.is_empty()).fold(kept, |headers, (key, value)| {
            let header = Header { key: key.as_str(), value: Some(value.as_str()) };
            Some(headers.unwrap_or_default().insert(header))
        })
    }
}

impl Injector for HeaderInjector {
    fn set(&mut self, key: &str, value: String) {
        match self.written.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            Some(written) => written.1 = value,
            None => self.written.push((key.into(), value)),
        }
    }

    fn reserve(&mut self, additional: usize) {
        self.written.reserve(additional);
    }
}

/// The headers that do not have one of these names. Of ones that cannot all be read, which a message forwarded from elsewhere may have,
/// nothing is taken away: what is added behind them counts all the same.
fn without(headers: OwnedHeaders, names: &[(String, String)]) -> OwnedHeaders {
    let all: Option<Vec<_>> = (0..headers.count()).map(|index| read(&headers, index)).collect();
    let Some(all) = all else { return headers };
    let stays = |header: &Header<'_, _>| !names.iter().any(|(name, _)| name.eq_ignore_ascii_case(header.key));
    if all.iter().all(stays) {
        return headers;
    }
    let room = OwnedHeaders::new_with_capacity(all.len() + names.len());
    all.into_iter().filter(stays).fold(room, |kept, Header { key, value }| kept.insert(Header { key, value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&str, Option<&[u8]>)]) -> OwnedHeaders {
        all.iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: *value }))
    }

    fn listed(headers: &OwnedHeaders) -> Vec<(&str, Option<&[u8]>)> {
        headers.iter().map(|header| (header.key, header.value)).collect()
    }

    /// rdkafka's own type for headers whose names nobody has checked.
    struct NotUtf8;

    impl Headers for NotUtf8 {
        fn count(&self) -> usize {
            3
        }

        fn try_get(&self, index: usize) -> Option<Header<'_, &[u8]>> {
            assert_ne!(index, 1, "as rdkafka does");
            Some(Header { key: ["first", "", "last"][index], value: Some(b"1") })
        }
    }

    #[test]
    fn the_last_header_of_a_name_is_read() {
        let headers = headers(&[("Baggage", Some(b"a=1")), ("baggage", Some(b"b=2")), ("other", Some(b"c"))]);
        assert_eq!(HeaderExtractor::new(&headers).get("BAGGAGE"), Some("b=2"));
    }

    #[test]
    fn values_that_are_no_text_count_as_absent() {
        let long = vec![b'a'; VALUE_BYTES_MAX + 1];
        let headers = headers(&[
            ("none", None),
            ("binary", Some(b"\xff\xfe")),
            ("long", Some(&long)),
            ("empty", Some(b"")),
        ]);
        assert_eq!(HeaderExtractor::new(&headers).keys(), ["empty"]);
    }

    #[test]
    fn of_very_many_headers_the_last_are_read() {
        let names: Vec<String> = (0..100_000).map(|number| format!("{number}")).collect();
        let many = names.iter().fold(OwnedHeaders::new(), |headers, name| {
            headers.insert(Header { key: name, value: Some("1") })
        });
        let extractor = HeaderExtractor::new(&many);
        assert_eq!(
            (extractor.keys().len(), extractor.get("99999"), extractor.get("0")),
            (HEADERS_MAX, Some("1"), None)
        );
    }

    #[test]
    fn a_name_that_is_not_utf8_hides_the_headers_before_it_and_does_not_panic() {
        assert_eq!(HeaderExtractor::new(&NotUtf8).keys(), ["last"]);
    }

    #[test]
    fn what_is_written_replaces_every_header_of_its_name_and_keeps_the_others_in_order() {
        let old =
            headers(&[("a", None), ("Baggage", Some(b"1")), ("b", Some(b"\xff")), ("baggage", Some(b"2"))]);
        let mut injector = HeaderInjector::new(Some(old));
        injector.set("traceparent", "00-1".into());
        injector.set("baggage", "3".into());
        injector.set("BAGGAGE", "4".into());
        let headers = injector.into_headers().unwrap();
        let expected: [(&str, Option<&[u8]>); 4] =
            [("a", None), ("b", Some(b"\xff")), ("traceparent", Some(b"00-1")), ("baggage", Some(b"4"))];
        assert_eq!(listed(&headers), expected);
    }

    #[test]
    fn an_empty_value_takes_a_header_away_and_leaves_none_behind() {
        let mut injector = HeaderInjector::new(Some(headers(&[("tracestate", Some(b"their=1"))])));
        injector.set("tracestate", String::new());
        assert!(listed(&injector.into_headers().unwrap()).is_empty());
        let mut injector = HeaderInjector::default();
        injector.set("tracestate", String::new());
        assert!(injector.into_headers().is_none());
    }
}
