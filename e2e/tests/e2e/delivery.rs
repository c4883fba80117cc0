//! A hundred thousand spans from several threads arrive as they were made.

use std::collections::HashMap;

use e2e::receiver::{Protocol, ReceivedSpan, Receiver};
use e2e::tree::attribute;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use pilotlight::sdk::record::TracerProvider;

use crate::support::{GRPC, HTTP, PLENTY, provider};

const THREADS: i64 = 4;
const TRACES_PER_THREAD: i64 = 5_000;
/// A root, three children, and a grandchild under the last child.
const SPANS_PER_TRACE: i64 = 5;
const SPANS: i64 = THREADS * TRACES_PER_THREAD * SPANS_PER_TRACE;
const SCOPES: i64 = 3;
/// A span that is ended through its context is ended by the API at the system's time, while it was started by Pilotlight's clock,
/// which agrees with that one within some microseconds.
const CLOCKS_APART_NANOS: u64 = 5_000;

#[test]
fn a_hundred_thousand_spans_arrive_whole_over_grpc() {
    all_arrive(GRPC, Protocol::Grpc, &[]);
}

#[test]
fn a_hundred_thousand_spans_arrive_whole_over_http_with_gzip() {
    all_arrive(HTTP, Protocol::Http, &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
}

fn all_arrive(name: &str, protocol: Protocol, variables: &[(&str, &str)]) {
    let receiver = Receiver::start();
    // The receiver shares two cores with everything else: what it cannot keep up with must be able to wait.
    let queue = SPANS.to_string();
    let provider = provider(&receiver, name, &[variables, &[("OTEL_BSP_MAX_QUEUE_SIZE", &*queue)]].concat());

    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let provider = &provider;
            scope.spawn(move || make_traces(provider, thread));
        }
    });
    let report = provider.shutdown(PLENTY);

    assert!(report.is_complete(), "{report}");
    assert_eq!(report.exported(), SPANS as u64);
    assert_spans_are_right(&receiver.spans());
    for request in receiver.requests() {
        assert_eq!(request.protocol, protocol);
        assert_eq!(request.encoding.is_some(), !variables.is_empty());
        assert!(request.user_agent.unwrap().starts_with("OTel-OTLP-Exporter-Rust/"));
    }
}

fn make_traces(provider: &TracerProvider, thread: i64) {
    for trace in 0..TRACES_PER_THREAD {
        let first = (thread * TRACES_PER_THREAD + trace) * SPANS_PER_TRACE;
        let root = make_span(provider, first, &Context::new());
        let mut last = root.clone();
        for number in 1..=3 {
            last = make_span(provider, first + number, &root);
            if number < 3 {
                last.span().end();
            }
        }
        make_span(provider, first + 4, &last).span().end();
        last.span().end();
        root.span().end();
    }
}

/// Starts span number `number`; everything about it follows from the number.
fn make_span(provider: &TracerProvider, number: i64, parent: &Context) -> Context {
    let tracer = provider.tracer(scope_of(number));
    let span = tracer
        .span_builder(format!("span {number}"))
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("number", number),
            KeyValue::new("text", format!("text of {number}")),
        ])
        .start_with_context(&tracer, parent);
    parent.with_span(span)
}

fn scope_of(number: i64) -> String {
    format!("scope {}", number % SCOPES)
}

fn parent_of(number: i64) -> Option<i64> {
    match number % SPANS_PER_TRACE {
        0 => None,
        4 => Some(number - 1),
        nth => Some(number - nth),
    }
}

fn assert_spans_are_right(received: &[ReceivedSpan]) {
    assert_eq!(received.len(), SPANS as usize);
    let by_number: HashMap<i64, &ReceivedSpan> =
        received.iter().map(|span| (number_of(span), span)).collect();
    assert_eq!(by_number.len(), SPANS as usize);
    for number in 0..SPANS {
        let ReceivedSpan { resource, scope, span } = by_number[&number];
        let service = resource.attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
        assert_eq!(service.value.clone().unwrap().value, Some(Value::StringValue("e2e".into())));
        assert_eq!(scope.name, scope_of(number));
        assert_eq!(span.name, format!("span {number}"));
        assert_eq!(attribute(span, "text"), Some(&Value::StringValue(format!("text of {number}"))));
        assert_eq!(span.attributes.len(), 2);
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        let Some(parent) = parent_of(number) else {
            assert!(span.parent_span_id.is_empty());
            continue;
        };
        let parent = &by_number[&parent].span;
        assert_eq!(span.trace_id, parent.trace_id);
        assert_eq!(span.parent_span_id, parent.span_id);
        assert!(
            parent.start_time_unix_nano <= span.start_time_unix_nano,
            "{span:#?} starts before {parent:#?}"
        );
        let parent_end = parent.end_time_unix_nano + CLOCKS_APART_NANOS;
        assert!(span.end_time_unix_nano <= parent_end, "{span:#?} ends after {parent:#?}");
    }
}

fn number_of(received: &ReceivedSpan) -> i64 {
    match attribute(&received.span, "number") {
        Some(Value::IntValue(number)) => *number,
        other => panic!("{other:?} is no number"),
    }
}
