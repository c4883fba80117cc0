//! Whatever is done to a span, an independent reader finds what a naive model says, and so does our own view.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, SystemTime};

use common::{Recorder, SOON, attributes};
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::record::{SpanLimits, SpanView, TracerProvider, ValueView};
use pilotlight_sdk::transport::InMemoryExporter;
use proptest::collection::vec;
use proptest::prelude::*;

/// One call of the API.
#[derive(Clone, Debug)]
enum Call {
    Set(KeyValue),
    Event(String, u64, Vec<KeyValue>),
    Link(u64, Vec<KeyValue>),
    Rename(String),
    Status(Status),
}

fn text() -> impl Strategy<Value = String> {
    // Lengths around those at which a varint grows, and characters of one to four bytes.
    let long = prop_oneof![Just(126usize), Just(127), Just(128), Just(16_383), Just(16_384), 0..300usize];
    prop_oneof![4 => "[a-zßö日🕯]{0,8}", 1 => long.prop_map(|len| "n".repeat(len))]
}

fn value() -> impl Strategy<Value = Value> {
    let float = prop_oneof![Just(0.0), Just(-0.0), Just(f64::MAX), -1e9..1e9f64];
    prop_oneof![
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        float.clone().prop_map(Value::from),
        vec(text().prop_map(StringValue::from), 0..4).prop_map(|items| Value::Array(Array::String(items))),
        vec(any::<bool>(), 0..4).prop_map(|items| Value::Array(Array::Bool(items))),
        vec(any::<i64>(), 0..4).prop_map(|items| Value::Array(Array::I64(items))),
        vec(float, 0..4).prop_map(|items| Value::Array(Array::F64(items))),
    ]
}

fn attribute() -> impl Strategy<Value = KeyValue> {
    // Few keys, so that they collide; the empty one is refused.
    let key = prop_oneof![8 => "[a-d]{1,2}", 1 => Just(String::new()), 1 => "[k]{120,130}"];
    (key, value()).prop_map(|(key, value)| KeyValue::new(key, value))
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        6 => attribute().prop_map(Call::Set),
        2 => (text(), any::<u64>(), vec(attribute(), 0..5)).prop_map(|(name, at, given)| Call::Event(name, at, given)),
        2 => (any::<u64>(), vec(attribute(), 0..5)).prop_map(|(id, given)| Call::Link(id, given)),
        2 => text().prop_map(Call::Rename),
        1 => status().prop_map(Call::Status),
    ]
}

prop_compose! {
    fn limits()(
        attributes in 0usize..8,
        length in prop::option::of(0usize..200),
        events in 0usize..4,
        links in 0usize..4,
        per_event in 0usize..4,
        per_link in 0usize..4,
    ) -> SpanLimits {
        let mut limits = SpanLimits::default();
        limits.attributes = attributes;
        limits.attribute_value_length = length;
        limits.events = events;
        limits.links = links;
        limits.attributes_per_event = per_event;
        limits.attributes_per_link = per_link;
        limits
    }
}

type Attributes = Vec<(String, String)>;

/// A span as a beginner would keep it, with values as text.
#[derive(Debug, Default, PartialEq)]
struct Model {
    name: String,
    start: u64,
    end: u64,
    attributes: Attributes,
    dropped_attributes: u32,
    events: Vec<(String, u64, Attributes, u32)>,
    dropped_events: u32,
    links: Vec<(Vec<u8>, Attributes, u32)>,
    dropped_links: u32,
    status: (i32, String),
}

/// Cuts, prints, overwrites. Answers whether the attribute was kept.
fn set(attributes: &mut Attributes, given: &KeyValue, count: usize, length: Option<usize>) -> bool {
    let (key, value) = (given.key.as_str(), show(&given.value, length.unwrap_or(usize::MAX)));
    let is_full = attributes.len() >= count;
    match attributes.iter_mut().find(|(known, _)| known == key) {
        Some((_, old)) => *old = value,
        None if key.is_empty() || is_full => return false,
        None => attributes.push((key.to_owned(), value)),
    }
    true
}

fn set_all(given: &[KeyValue], count: usize, length: Option<usize>) -> (Attributes, u32) {
    let mut kept = Vec::new();
    let dropped = given.iter().filter(|attribute| !set(&mut kept, attribute, count, length)).count();
    (kept, dropped as u32)
}

fn show(value: &Value, length: usize) -> String {
    let cut = |text: &StringValue| text.as_str().chars().take(length).collect::<String>();
    match value {
        Value::String(text) => cut(text),
        Value::F64(number) => format!("{number:?}"),
        Value::Array(Array::String(items)) => list(items.iter().map(cut)),
        Value::Array(Array::F64(items)) => list(items.iter().map(|item| format!("{item:?}"))),
        Value::Array(Array::I64(items)) => list(items.iter().map(i64::to_string)),
        Value::Array(Array::Bool(items)) => list(items.iter().map(bool::to_string)),
        other => other.to_string(),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

impl Model {
    fn apply(&mut self, call: &Call, limits: &SpanLimits) {
        let length = limits.attribute_value_length;
        match call {
            Call::Set(given) => {
                let kept = set(&mut self.attributes, given, limits.attributes, length);
                self.dropped_attributes += u32::from(!kept);
            }
            Call::Event(..) if self.events.len() == limits.events => self.dropped_events += 1,
            Call::Event(name, at, given) => {
                let (kept, dropped) = set_all(given, limits.attributes_per_event, length);
                self.events.push((name.clone(), *at, kept, dropped));
            }
            Call::Link(0, given) if given.is_empty() => {}
            Call::Link(..) if self.links.len() == limits.links => self.dropped_links += 1,
            Call::Link(id, given) => {
                let (kept, dropped) = set_all(given, limits.attributes_per_link, length);
                self.links.push((id.to_be_bytes().to_vec(), kept, dropped));
            }
            Call::Rename(name) => self.name.clone_from(name),
            Call::Status(Status::Error { description }) if self.status.0 != 1 => {
                self.status = (2, description.to_string());
            }
            Call::Status(Status::Ok) => self.status = (1, String::new()),
            Call::Status(_) => {}
        }
    }

    /// What the generated types read.
    fn decoded(span: &Span) -> Self {
        let owned = |given| attributes(given).into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
        let status = span.status.as_ref();
        Self {
            name: span.name.clone(),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            attributes: owned(&span.attributes),
            dropped_attributes: span.dropped_attributes_count,
            events: (span.events.iter())
                .map(|e| (e.name.clone(), e.time_unix_nano, owned(&e.attributes), e.dropped_attributes_count))
                .collect(),
            dropped_events: span.dropped_events_count,
            links: (span.links.iter())
                .map(|l| (l.span_id.clone(), owned(&l.attributes), l.dropped_attributes_count))
                .collect(),
            dropped_links: span.dropped_links_count,
            status: status.map_or_else(Default::default, |status| (status.code, status.message.clone())),
        }
    }

    /// What our own view reads.
    fn viewed(span: SpanView<'_>) -> Self {
        Self {
            name: span.name().to_owned(),
            start: nanos(span.start_time()),
            end: nanos(span.end_time()),
            attributes: owned(span.attributes()),
            dropped_attributes: span.dropped_attributes(),
            events: (span.events())
                .map(|e| {
                    (e.name().to_owned(), nanos(e.time()), owned(e.attributes()), e.dropped_attributes())
                })
                .collect(),
            dropped_events: span.dropped_events(),
            links: (span.links())
                .map(|l| (l.span_id().to_bytes().to_vec(), owned(l.attributes()), l.dropped_attributes()))
                .collect(),
            dropped_links: span.dropped_links(),
            status: match span.status() {
                Status::Unset => (0, String::new()),
                Status::Ok => (1, String::new()),
                Status::Error { description } => (2, description.into_owned()),
            },
        }
    }
}

fn owned<'a>(attributes: impl Iterator<Item = (&'a str, ValueView<'a>)>) -> Attributes {
    attributes.map(|(key, value)| (key.to_owned(), value.to_string())).collect()
}

fn nanos(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64
}

fn at(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

fn context(id: u64) -> SpanContext {
    SpanContext::new(TraceId::from(1), SpanId::from(id), TraceFlags::SAMPLED, false, TraceState::NONE)
}

fn perform(span: &mut pilotlight_sdk::record::Span, call: Call) {
    match call {
        Call::Set(attribute) => span.set_attribute(attribute),
        Call::Event(name, time, given) => span.add_event_with_timestamp(name, at(time), given),
        Call::Link(id, given) => span.add_link(context(id), given),
        Call::Rename(name) => span.update_name(name),
        Call::Status(status) => span.set_status(status),
    }
}

proptest! {
    #[test]
    fn any_sequence_of_calls_is_read_back_as_a_naive_model_has_it(
        name in text(),
        calls in vec(call(), 0..40),
        limits in limits(),
        start: u64,
        end: u64,
    ) {
        let recorder = Recorder::new(|provider| provider.with_limits(limits));
        let tracer = recorder.tracer();
        let mut model = Model { name: name.clone(), start, end: end.max(start), ..Model::default() };
        let mut span = tracer.build(tracer.span_builder(name).with_start_time(at(start)));
        for call in calls {
            model.apply(&call, &limits);
            perform(&mut span, call);
        }
        span.end_with_timestamp(at(end));
        prop_assert_eq!(&Model::decoded(&recorder.span()), &model);
        prop_assert_eq!(&Model::viewed(recorder.exporter.spans()[0].view()), &model);
    }
}

const THREADS: usize = 8;
const SPANS: usize = 2_000;
const SCOPES: [&str; 3] = ["one", "two", "three"];

#[test]
fn spans_of_many_threads_and_scopes_arrive_exactly_once_in_their_scopes() {
    let exporter = InMemoryExporter::new();
    let provider = TracerProvider::builder()
        .with_batch_exporter(exporter.clone(), BatchSettings::default())
        .build()
        .unwrap();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let provider = provider.clone();
            scope.spawn(move || {
                let tracers = SCOPES.map(|scope| provider.tracer(scope));
                for i in 0..SPANS {
                    let tracer = &tracers[i % SCOPES.len()];
                    tracer.start(format!("{} {number} {i}", SCOPES[i % SCOPES.len()])).end();
                }
            });
        }
        scope.spawn(|| (0..20).for_each(|_| provider.force_flush(SOON).unwrap()));
    });
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), ((THREADS * SPANS) as u64, 0), "{report}");
    let spans = exporter.spans();
    assert!(spans.iter().all(|span| span.view().name().starts_with(span.scope().name())));
    let names: HashSet<_> = spans.iter().map(|span| span.view().name().to_owned()).collect();
    assert_eq!((spans.len(), names.len()), (THREADS * SPANS, THREADS * SPANS));
}

#[test]
fn a_span_may_end_on_another_thread_than_it_started_on() {
    let recorder = Recorder::new(|provider| provider);
    let spans: Vec<_> = (0..100)
        .map(|i| {
            let mut span = recorder.tracer().start(format!("span {i}"));
            span.set_attribute(KeyValue::new("started", i));
            span
        })
        .collect();
    let ending = thread::spawn(move || {
        for (i, mut span) in spans.into_iter().enumerate() {
            span.set_attribute(KeyValue::new("ended", i as i64));
        }
    });
    ending.join().unwrap();
    for (i, span) in recorder.spans().iter().enumerate() {
        assert_eq!(span.name, format!("span {i}"));
        let number = i.to_string();
        assert_eq!(attributes(&span.attributes), [("started", number.clone()), ("ended", number)]);
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    }
    assert_eq!(recorder.spans().len(), 100);
}
