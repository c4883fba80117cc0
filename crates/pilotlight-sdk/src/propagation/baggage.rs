//! W3C Baggage in a carrier.

use super::baggage_member::{self, Member};
use super::{notice, ows};
use opentelemetry::baggage::{Baggage, BaggageExt, BaggageMetadata};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, Key, StringValue};
use std::borrow::Cow;
use std::sync::LazyLock;

const BAGGAGE: &str = "baggage";

/// Members a platform must carry, <https://www.w3.org/TR/baggage/#limits>. The API's `Baggage` holds no more.
const MEMBERS_MAX: usize = 64;
/// Bytes of a whole header that a platform must carry, same section. The API's own limit counts decoded bytes without
/// separators, so it alone would let longer headers pass.
const BYTES_MAX: usize = 8192;
/// Members that are looked at in a request. The grammar knows no list longer than this, and it bounds the work that a
/// hostile header can cause.
const MEMBERS_READ_MAX: usize = 180;

/// The API asks for owned strings that live as long as the propagator.
static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [BAGGAGE.to_owned()]);

/// Carries the context's baggage in `baggage` headers, as [W3C Baggage](https://www.w3.org/TR/baggage/) says
/// (`OTEL_PROPAGATORS=baggage`, on by default).
///
/// Baggage goes to every service a request reaches, third parties included: put no secrets in it.
///
/// **Injecting** writes one header, or none for empty baggage. Values are percent-encoded where they must be; metadata is
/// written as it is, but for properties that are not valid in a header. The header never exceeds 64 members or 8192 bytes;
/// when encoding makes it longer, the longest members are left out whole. Cost: one allocation, plus the carrier's own.
///
/// **Extracting** replaces the context's baggage by what the headers hold; without a legal member the context is returned
/// unchanged:
///
/// - several headers are one list; white space around keys, values and properties is ignored;
/// - values are percent-decoded, bytes that are not UTF-8 become U+FFFD; properties become metadata, still encoded;
/// - an illegal member is skipped, the others are kept; of a key that appears again the last member counts;
/// - a member that would make the list exceed 64 members, or 8192 bytes when sent on, is skipped, and those behind it that
///   fit are kept. Members behind the 180th, the most that the grammar allows, are not looked at.
///
/// Cost: what the API's types allocate, and the list of header lines `Extractor::get_all` returns. It never panics, and says
/// at most once in a process that something was left out.
///
/// OpenTelemetry: <https://opentelemetry.io/docs/specs/otel/baggage/api/#propagation>.
///
/// ```
/// use opentelemetry::baggage::BaggageExt;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::Context;
/// use pilotlight_sdk::propagation::BaggagePropagator;
/// use std::collections::HashMap;
///
/// let received = HashMap::from([("baggage".to_string(), "user=J%C3%BCrgen;tier=gold".to_string())]);
/// let propagator = BaggagePropagator::new();
///
/// let cx = propagator.extract_with_context(&Context::new(), &received);
/// assert_eq!(cx.baggage().get("user").unwrap().as_str(), "Jürgen");
///
/// let mut sent = HashMap::new();
/// propagator.inject_context(&cx, &mut sent);
/// assert_eq!(sent["baggage"], "user=J%C3%BCrgen;tier=gold");
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct BaggagePropagator {}

impl BaggagePropagator {
    /// A propagator; it has no state and no settings.
    pub const fn new() -> Self {
        Self {}
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if let Some(header) = format(cx.baggage()) {
            injector.set(BAGGAGE, header);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(lines) = extractor.get_all(BAGGAGE) else { return cx.clone() };
        let baggage = parse(lines);
        if baggage.is_empty() { cx.clone() } else { cx.with_baggage(baggage) }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Reads the header lines, in order, as the one list they are.
fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Baggage {
    let mut received = Received::default();
    let members = lines.into_iter().flat_map(|line| line.split(',')).map(ows::trim);
    let mut members = members.filter(|member| !member.is_empty());
    let left_out = members.by_ref().take(MEMBERS_READ_MAX).filter(|member| !received.keep(member)).count();
    if left_out > 0 || members.next().is_some() {
        notice::BAGGAGE_RECEIVED.say();
    }
    received.baggage
}

/// The baggage read so far.
#[derive(Default)]
struct Received {
    baggage: Baggage,
    /// What the members take when they are sent on, each with a comma: one comma more than there will be.
    bytes: usize,
}

impl Received {
    /// Adds a member, or replaces the one with its key, if it is legal and fits.
    fn keep(&mut self, text: &str) -> bool {
        // Longer than any list: not worth reading.
        if text.len() > BYTES_MAX {
            return false;
        }
        let Some(member) = baggage_member::parse(text) else { return false };
        let replaced = self.bytes_of(member.key);
        if replaced.is_none() && self.baggage.len() == MEMBERS_MAX {
            return false;
        }
        let length = baggage_member::encoded_length(member.key, &member.value, &member.metadata);
        let bytes = self.bytes - replaced.unwrap_or(0) + length + 1;
        if bytes > BYTES_MAX + 1 {
            return false;
        }
        let Member { key, value, metadata } = member;
        self.baggage.insert_with_metadata(key.to_owned(), value.into_owned(), metadata);
        self.bytes = bytes;
        true
    }

    fn bytes_of(&self, key: &str) -> Option<usize> {
        let (value, metadata) = self.baggage.get_with_metadata(key)?;
        Some(baggage_member::encoded_length(key, value.as_str(), metadata.as_str()) + 1)
    }
}

/// Writes the header, or `None` when there is nothing to write.
fn format(baggage: &Baggage) -> Option<String> {
    if baggage.is_empty() {
        return None;
    }
    let members = || baggage.iter().map(|(key, (value, metadata))| Outgoing::new(key, value, metadata));
    let bytes = members().map(|member| member.length + 1).sum::<usize>() - 1;
    if bytes <= BYTES_MAX {
        return Some(join(members(), bytes));
    }
    // Rare, so an order is worth its time here: short members first keep the most of them, and the same ones each time,
    // whatever order the API's hash map has.
    notice::BAGGAGE_SENT.say();
    let mut members: Vec<Outgoing<'_>> = members().collect();
    members.sort_unstable_by_key(|member| (member.length, member.key));
    let header = join(members.into_iter(), BYTES_MAX);
    (!header.is_empty()).then_some(header)
}

/// Writes members, each whole, until one does not fit.
fn join<'a>(members: impl Iterator<Item = Outgoing<'a>>, capacity: usize) -> String {
    let mut header = String::with_capacity(capacity);
    for member in members {
        let comma = if header.is_empty() { "" } else { "," };
        if header.len() + comma.len() + member.length > BYTES_MAX {
            break;
        }
        header.push_str(comma);
        baggage_member::write(&mut header, member.key, member.value, &member.metadata);
    }
    header
}

/// A member about to be written.
struct Outgoing<'a> {
    key: &'a str,
    value: &'a str,
    metadata: Cow<'a, str>,
    length: usize,
}

impl<'a> Outgoing<'a> {
    fn new(key: &'a Key, value: &'a StringValue, metadata: &'a BaggageMetadata) -> Self {
        let (key, value) = (key.as_str(), value.as_str());
        let (metadata, all) = baggage_member::sendable(metadata.as_str());
        if !all {
            notice::BAGGAGE_SENT.say();
        }
        let length = baggage_member::encoded_length(key, value, &metadata);
        Self { key, value, metadata, length }
    }
}

#[cfg(test)]
mod tests {
    use super::super::headers::Headers;
    use super::*;
    use opentelemetry::baggage::KeyValueMetadata;

    fn extract(lines: &[&str]) -> Context {
        let headers: Vec<(&str, &str)> = lines.iter().map(|line| (BAGGAGE, *line)).collect();
        BaggagePropagator::new().extract_with_context(&Context::new(), &Headers::of(&headers))
    }

    fn inject(baggage: Baggage) -> Option<String> {
        let mut headers = Headers::default();
        BaggagePropagator::new().inject_context(&Context::new().with_baggage(baggage), &mut headers);
        let lines = headers.lines();
        assert!(lines.len() <= 1, "one header at most: {lines:?}");
        lines.into_iter().next().map(|(_, header)| header)
    }

    /// `key=value;metadata` with the values decoded, sorted.
    fn draw(cx: &Context) -> Vec<String> {
        let draw_one =
            |(key, (value, metadata)): (&Key, &(StringValue, BaggageMetadata))| match metadata.as_str() {
                "" => format!("{key}={value}"),
                metadata => format!("{key}={value};{metadata}"),
            };
        let mut drawn: Vec<String> = cx.baggage().iter().map(draw_one).collect();
        drawn.sort();
        drawn
    }

    fn numbered(range: std::ops::Range<usize>) -> String {
        range.map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn headers_become_baggage() {
        let cases: [(&str, &[&str], &[&str]); 9] = [
            ("members with properties", &["a=1;p;q=r,b=%C3%A9"], &["a=1;p;q=r", "b=é"]),
            ("several lines are one list", &["a=1", "b=2,c=3", ""], &["a=1", "b=2", "c=3"]),
            ("white space around everything", &["\t a = 1 ; p , b=2 "], &["a=1;p", "b=2"]),
            ("illegal members are skipped", &["a=1,b,c d=2,=3,e=é,f=\"4\",g=5;h i,j=6"], &["a=1", "j=6"]),
            ("of a repeated key the last counts", &["a=1;p,b=2,a=3"], &["a=3", "b=2"]),
            ("across lines too", &["a=1", "a=2"], &["a=2"]),
            ("an illegal repetition changes nothing", &["a=1,a=é"], &["a=1"]),
            ("empty members are skipped", &[",,a=1, ,"], &["a=1"]),
            ("keys keep their case", &["a=1,A=2"], &["A=2", "a=1"]),
        ];
        for (case, lines, expected) in cases {
            assert_eq!(draw(&extract(lines)), expected, "{case}: {lines:?}");
        }
    }

    #[test]
    fn headers_without_a_legal_member_leave_the_context_unchanged() {
        let given = Context::new().with_baggage([KeyValueMetadata::new("kept", "1", "")]);
        for line in ["", " ", ",", "nonsense", "é=é"] {
            let cx = BaggagePropagator::new().extract_with_context(&given, &Headers::of(&[(BAGGAGE, line)]));
            assert_eq!(draw(&cx), ["kept=1"], "{line:?}");
        }
        assert_eq!(
            draw(&BaggagePropagator::new().extract_with_context(&given, &Headers::default())),
            ["kept=1"]
        );
    }

    #[test]
    fn received_baggage_replaces_the_contexts_own() {
        let given = Context::new().with_baggage([KeyValueMetadata::new("old", "1", "")]);
        let cx = BaggagePropagator::new().extract_with_context(&given, &Headers::of(&[(BAGGAGE, "new=2")]));
        assert_eq!(draw(&cx), ["new=2"]);
    }

    #[test]
    fn members_behind_the_64th_are_dropped_but_may_still_replace() {
        let cx = extract(&[&numbered(0..64), "k64=v,k0=changed"]);
        assert_eq!(cx.baggage().len(), 64);
        assert_eq!(cx.baggage().get("k64"), None);
        assert_eq!(cx.baggage().get("k0"), Some(&"changed".into()));
    }

    #[test]
    fn exactly_8192_bytes_are_kept() {
        let first = format!("a={}", "x".repeat(4000));
        let second = format!("b={}", "y".repeat(8192 - first.len() - 1 - 2));
        let line = format!("{first},{second}");
        assert_eq!(line.len(), 8192);
        let cx = extract(&[&line]);
        assert_eq!(cx.baggage().len(), 2);
        assert_eq!(inject(copy(&cx)).map(|header| header.len()), Some(8192));
    }

    #[test]
    fn a_member_that_exceeds_8192_bytes_is_skipped_and_a_shorter_one_behind_it_kept() {
        let line = format!("a={},b={},c=1", "x".repeat(4096), "y".repeat(4094));
        assert_eq!(extract(&[&line]).baggage().len(), 2);
        assert_eq!(extract(&[&line]).baggage().get("b"), None);
    }

    #[test]
    fn a_replaced_member_gives_its_bytes_back() {
        let line = format!("a={},a=1,b={}", "x".repeat(8000), "y".repeat(8000));
        assert_eq!(extract(&[&line]).baggage().len(), 2);
    }

    #[test]
    fn bytes_count_as_they_are_sent_on() {
        // Each %FF becomes U+FFFD, which is nine bytes when it is encoded again.
        let line = format!("a={},b=1", "%FF".repeat(1000));
        assert_eq!(draw(&extract(&[&line])), ["b=1"]);
    }

    #[test]
    fn a_list_longer_than_the_grammar_allows_is_read_to_its_180th_member() {
        let illegal = |count: usize| vec!["illegal"; count].join(",");
        assert_eq!(draw(&extract(&[&illegal(179), "a=1"])), ["a=1"]);
        assert!(draw(&extract(&[&illegal(180), "a=1"])).is_empty());
    }

    #[test]
    fn empty_baggage_injects_nothing() {
        assert_eq!(inject(Baggage::new()), None);
        let mut headers = Headers::default();
        BaggagePropagator::new().inject_context(&Context::new(), &mut headers);
        assert!(headers.lines().is_empty());
    }

    #[test]
    fn values_are_encoded_and_properties_written_as_they_are() {
        let mut baggage = Baggage::new();
        baggage.insert_with_metadata("serverNode", "DF 28, \"50%\"=é", "secure;ttl=30;note=a%20b");
        assert_eq!(
            inject(baggage).unwrap(),
            "serverNode=DF%2028%2C%20%2250%25%22=%C3%A9;secure;ttl=30;note=a%20b"
        );
    }

    #[test]
    fn metadata_cannot_forge_members_or_headers() {
        let mut baggage = Baggage::new();
        baggage.insert_with_metadata("a", "1", "p,admin=true\r\nx: y;q");
        assert_eq!(inject(baggage).unwrap(), "a=1;q");
    }

    #[test]
    fn baggage_too_long_when_encoded_loses_its_longest_members_whole() {
        let mut baggage = Baggage::new();
        baggage.insert("long", "é".repeat(1300));
        baggage.insert("longer", "é".repeat(1350));
        baggage.insert("short", "1");
        let header = inject(baggage).unwrap();
        assert!(header.len() <= 8192);
        assert_eq!(header, format!("short=1,long={}", "%C3%A9".repeat(1300)));
    }

    #[test]
    fn a_single_member_too_long_for_a_header_injects_nothing() {
        let mut baggage = Baggage::new();
        baggage.insert("a", " ".repeat(8000));
        assert_eq!(inject(baggage), None);
    }

    #[test]
    fn fields_name_the_header() {
        assert_eq!(BaggagePropagator::new().fields().collect::<Vec<_>>(), ["baggage"]);
    }

    fn copy(cx: &Context) -> Baggage {
        let entries = cx.baggage().iter();
        entries.map(|(key, (value, metadata))| (key.clone(), (value.clone(), metadata.clone()))).collect()
    }
}
