//! What is observed of spans.

use super::deprecated::DEPRECATED;
use super::senders::Sender;
use crate::receive::Signal;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use std::sync::LazyLock;

/// The year 2000, nanoseconds since 1970: nobody's spans are older.
const YEAR_2000: u64 = 946_684_800_000_000_000;
/// How far a clock may be ahead before its times are impossible rather than skewed: a day.
const FUTURE: u64 = 24 * 3_600 * 1_000_000_000;
/// What `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` is by default.
const BATCH: usize = 512;

/// What an attribute's key means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Method,
    Route,
    Status,
    /// The path or address of a request.
    Target,
    /// The name of a remote procedure.
    Rpc,
}

/// Keys that mean something, with their old names.
const KEYS: [(&str, Key); 10] = [
    ("http.request.method", Key::Method),
    ("http.method", Key::Method),
    ("http.route", Key::Route),
    ("http.response.status_code", Key::Status),
    ("http.status_code", Key::Status),
    ("url.path", Key::Target),
    ("url.full", Key::Target),
    ("http.url", Key::Target),
    ("rpc.service", Key::Rpc),
    ("rpc.method", Key::Rpc),
];

/// All names that mean something. Most attributes have none of them, and there are hundreds of thousands a second.
static MEANINGS: LazyLock<HashMap<&str, Meaning, RandomState>> = LazyLock::new(|| {
    let mut meanings: HashMap<&str, Meaning, RandomState> = HashMap::default();
    for (key, meant) in KEYS {
        meanings.entry(key).or_default().key = Some(meant);
    }
    for (old, _) in DEPRECATED {
        meanings.entry(old).or_default().old = Some(old);
    }
    meanings
});

#[derive(Debug, Clone, Copy, Default)]
struct Meaning {
    key: Option<Key>,
    /// It is an old name.
    old: Option<&'static str>,
}

/// The name itself, when it is an old one.
pub(super) fn old_name(name: &str) -> Option<&'static str> {
    MEANINGS.get(name).and_then(|meaning| meaning.old)
}

impl Sender {
    /// Notes a resource's spans; `now` is when they came, where they came over the network.
    pub(super) fn note_spans(&mut self, spans: &ResourceSpans, now: Option<u64>) {
        let (mut count, mut latest_end) = (0, 0);
        for span in spans.scope_spans.iter().flat_map(|of_scope| &of_scope.spans) {
            count += 1;
            self.note_times(span, now);
            if possible(span, now) {
                latest_end = latest_end.max(span.end_time_unix_nano);
            }
            self.note_span(span);
        }
        self.spans += count as u64;
        self.full_batches += u64::from(count == BATCH);
        if let Some(now) = now {
            self.clock.note(latest_end, now);
        }
    }

    fn note_times(&mut self, span: &Span, now: Option<u64>) {
        if !possible(span, now) {
            let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
            self.impossible.note(|| format!("{:?} from {start} to {end} ns", span.name));
        } else if span.end_time_unix_nano < span.start_time_unix_nano {
            let by = span.start_time_unix_nano - span.end_time_unix_nano;
            self.backwards.note(|| format!("{:?} ends {by} ns before it begins", span.name));
        }
    }

    fn note_span(&mut self, span: &Span) {
        let kind = span.kind();
        let mut http = Http::default();
        let mut exports = false;
        for attribute in &span.attributes {
            let Some(meaning) = MEANINGS.get(attribute.key.as_str()) else {
                continue;
            };
            if let Some(old) = meaning.old {
                self.note_deprecated(old, Signal::Traces);
            }
            match meaning.key {
                Some(Key::Method) => http.method = true,
                Some(Key::Route) => http.route = true,
                Some(Key::Status) => http.status = integer(attribute.value.as_ref()),
                Some(Key::Target | Key::Rpc) => exports |= is_otlp(attribute.value.as_ref()),
                None => {}
            }
        }
        if exports && kind == SpanKind::Client {
            self.exports.note(|| span.name.clone());
        }
        if kind == SpanKind::Server && http.should_have_a_route() {
            self.http_servers += 1;
            if !http.route {
                self.routeless.note(|| span.name.clone());
            }
        }
        if kind != SpanKind::Internal || span.parent_span_id.is_empty() {
            self.names.note(&span.name);
        }
    }
}

#[derive(Default)]
struct Http {
    method: bool,
    route: bool,
    status: Option<i64>,
}

impl Http {
    /// What nothing answers to has no route: not found, wrong method, refused before it was looked at, sent elsewhere.
    fn should_have_a_route(&self) -> bool {
        self.method && !matches!(self.status, Some(300..=499))
    }
}

fn possible(span: &Span, now: Option<u64>) -> bool {
    let future = now.map_or(u64::MAX, |now| now.saturating_add(FUTURE));
    span.start_time_unix_nano >= YEAR_2000
        && span.end_time_unix_nano <= future
        && span.start_time_unix_nano <= future
}

fn integer(value: Option<&AnyValue>) -> Option<i64> {
    match value?.value.as_ref()? {
        Value::IntValue(value) => Some(*value),
        Value::StringValue(value) => value.parse().ok(),
        _ => None,
    }
}

/// Whether a request goes to an OTLP receiver.
fn is_otlp(value: Option<&AnyValue>) -> bool {
    let Some(Value::StringValue(target)) = value.and_then(|value| value.value.as_ref()) else {
        return false;
    };
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let of_http = ["/v1/traces", "/v1/metrics", "/v1/logs"].iter().any(|end| path.ends_with(end));
    of_http || target.starts_with("opentelemetry.proto.collector.")
}
