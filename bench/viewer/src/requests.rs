//! Requests of spans, encoded once and stamped anew each time they are sent: no two spans share an id.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use std::time::{SystemTime, UNIX_EPOCH};

/// Spans of a request.
pub const SPANS: usize = 100;
/// Spans of a trace.
const TRACE: usize = 10;

/// A request that is encoded, and where in it the ids and times are.
pub struct Template {
    encoded: Vec<u8>,
    traces: Vec<Vec<usize>>,
    spans: Vec<Places>,
}

/// Where a span's own bytes are: its id wherever it is named, its times, the attribute that no other span has.
struct Places {
    id: Vec<usize>,
    start: usize,
    end: usize,
    text: usize,
}

impl Template {
    /// One of several: they differ in service, names and values.
    pub fn new(number: usize) -> Self {
        let resource = Resource {
            attributes: vec![
                text("service.name", ["gateway", "inventory", "payments", "worker"][number % 4]),
                text("service.instance.id", &format!("instance-{}", number % 8)),
                text("host.name", "bench"),
            ],
            ..Resource::default()
        };
        let scope_spans = ScopeSpans {
            scope: Some(InstrumentationScope { name: "bench".into(), ..InstrumentationScope::default() }),
            spans: (0..SPANS).map(|index| span(number, index)).collect(),
            schema_url: String::new(),
        };
        let resource_spans = ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![scope_spans],
            schema_url: String::new(),
        };
        let encoded = ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec();
        let traces = (0..SPANS / TRACE).map(|index| find(&encoded, &trace_mark(index))).collect();
        let spans = (0..SPANS).map(|index| places(&encoded, index)).collect();
        Self { encoded, traces, spans }
    }

    /// The `count`th request of all: framed for gRPC, with ids and times of its own.
    pub fn stamp(&self, count: u64) -> Bytes {
        let mut framed = Vec::with_capacity(self.encoded.len() + 5);
        framed.push(0);
        framed.extend_from_slice(&u32::try_from(self.encoded.len()).unwrap_or(u32::MAX).to_be_bytes());
        framed.extend_from_slice(&self.encoded);
        let body = &mut framed[5..];
        for (index, places) in self.traces.iter().enumerate() {
            let id = spread(count * (SPANS / TRACE) as u64 + index as u64 + 1);
            for &at in places {
                body[at..at + 8].copy_from_slice(&id.to_be_bytes());
                body[at + 8..at + 16].copy_from_slice(&(!id).to_be_bytes());
            }
        }
        let now = now();
        for (index, places) in self.spans.iter().enumerate() {
            let number = count * SPANS as u64 + index as u64 + 1;
            let id = spread(number);
            let start = now - 50_000_000 + (index % TRACE) as u64 * 100_000;
            places.id.iter().for_each(|&at| body[at..at + 8].copy_from_slice(&id.to_be_bytes()));
            body[places.start..places.start + 8].copy_from_slice(&start.to_le_bytes());
            body[places.end..places.end + 8].copy_from_slice(&(start + duration(number)).to_le_bytes());
            body[places.text..places.text + 16].copy_from_slice(format!("{id:016x}").as_bytes());
        }
        Bytes::from(framed)
    }
}

/// The trace of the `count`th request's first span, as the viewer writes it.
pub fn trace_id(count: u64) -> String {
    let id = spread(count * (SPANS / TRACE) as u64 + 1);
    format!("{id:016x}{:016x}", !id)
}

/// A span with eight attributes: five of few values, one of a thousand, one of ten thousand, one that no other span has.
fn span(number: usize, index: usize) -> Span {
    let root = index / TRACE * TRACE;
    let operation = (number * 7 + index) % 40;
    let failed = (number + index) % 50 == 0;
    let attributes = vec![
        text("http.request.method", ["GET", "POST", "PUT", "DELETE"][operation % 4]),
        text("http.route", &format!("/api/resource{operation}/{{id}}")),
        whole("http.response.status_code", if failed { 500 } else { 200 }),
        text("server.address", "api.example"),
        text("network.protocol.version", "1.1"),
        text("url.path", &format!("/api/resource{operation}/{}", (number * 31 + index * 17) % 1_000)),
        text("user.id", &format!("user-{}", (number * 997 + index * 101) % 10_000)),
        text("request.id", &String::from_utf8_lossy(&text_mark(index))),
    ];
    Span {
        trace_id: trace_mark(index / TRACE).to_vec(),
        span_id: span_mark(index).to_vec(),
        parent_span_id: if index == root { Vec::new() } else { span_mark(root).to_vec() },
        name: format!("{} /api/resource{operation}/{{id}}", ["GET", "POST", "PUT", "DELETE"][operation % 4]),
        kind: if index == root { 2 } else { 3 },
        start_time_unix_nano: start_mark(index),
        end_time_unix_nano: end_mark(index),
        attributes,
        status: failed.then(|| Status { code: 2, message: "failed".into() }),
        flags: 0x101,
        ..Span::default()
    }
}

/// A text attribute.
pub fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::StringValue(value.into())) }),
        ..KeyValue::default()
    }
}

/// A number attribute.
pub fn whole(key: &str, value: i64) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::IntValue(value)) }),
        ..KeyValue::default()
    }
}

/// Bytes that stand where something is stamped later, and nowhere else in a request.
fn mark<const N: usize>(kind: u8, index: usize) -> [u8; N] {
    let mut mark = [kind; N];
    mark[1] = 0xF0 | (index >> 4) as u8;
    mark[2] = 0xF0 | (index & 0xF) as u8;
    mark
}

fn trace_mark(index: usize) -> [u8; 16] {
    mark(0xE1, index)
}

fn span_mark(index: usize) -> [u8; 8] {
    mark(0xE2, index)
}

fn start_mark(index: usize) -> u64 {
    u64::from_le_bytes(mark(0xE3, index))
}

fn end_mark(index: usize) -> u64 {
    u64::from_le_bytes(mark(0xE4, index))
}

/// As text, since a string has to be one.
fn text_mark(index: usize) -> [u8; 16] {
    let text = format!("mark-of-span-{index:03}");
    let mut mark = [0; 16];
    mark.copy_from_slice(text.as_bytes());
    mark
}

fn places(encoded: &[u8], index: usize) -> Places {
    let only = |mark: &[u8]| find(encoded, mark)[0];
    Places {
        id: find(encoded, &span_mark(index)),
        start: only(&start_mark(index).to_le_bytes()),
        end: only(&end_mark(index).to_le_bytes()),
        text: only(&text_mark(index)),
    }
}

fn find(encoded: &[u8], mark: &[u8]) -> Vec<usize> {
    encoded.windows(mark.len()).enumerate().filter(|(_, bytes)| *bytes == mark).map(|(at, _)| at).collect()
}

/// Ids that look random and never repeat: multiplication by an odd number is a permutation.
pub fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 << 63
}

/// Between 0.1 ms and some seconds, mostly short.
fn duration(number: u64) -> u64 {
    let dice = (spread(number) >> 20) % 1_000;
    100_000 * (1 + dice) * if dice > 990 { 30 } else { 1 }
}

/// Nanoseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
