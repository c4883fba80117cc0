//! Exceptions and resources, from what services send to what a page shows.

#![allow(clippy::unwrap_used)]

mod support;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use pilotlight_view::query::{ExceptionSource, SpanQuestion, UnixNano};
use support::{NOON, gauge, log, log_of, logs, span, spans, store, text, with};

fn exception(kind: &str, message: &str) -> Vec<KeyValue> {
    let stacktrace = format!("{kind}\n  at main");
    vec![
        text("exception.type", kind),
        text("exception.message", message),
        text("exception.stacktrace", &stacktrace),
    ]
}

fn throws(mut span: Span, kind: &str, message: &str) -> Span {
    let time_unix_nano = span.start_time_unix_nano;
    let attributes = exception(kind, message);
    span.events.push(Event { time_unix_nano, name: "exception".into(), attributes, ..Event::default() });
    span
}

fn everything() -> SpanQuestion {
    SpanQuestion::default()
}

#[tokio::test]
async fn exceptions_of_one_type_whose_messages_differ_in_numbers_are_one_group() {
    let store = store();
    let failing = |id: u64| throws(span(1, id, 0, "pay", id, 5), "Declined", &format!("card {id} declined"));
    store.keep(spans("payment", vec![failing(1), failing(2)])).await.unwrap();
    store
        .keep(spans("gateway", vec![throws(span(2, 3, 0, "GET /", 9, 5), "Declined", "card 3 declined")]))
        .await
        .unwrap();
    store
        .keep(spans("gateway", vec![throws(span(2, 4, 0, "GET /", 8, 5), "Other", "card 3 declined")]))
        .await
        .unwrap();
    let list = store.exceptions(&everything()).unwrap();
    assert_eq!((list.total, list.groups.len(), list.left_out), (4, 2, 0));
    let group = &list.groups[0];
    assert_eq!(
        (group.kind.as_str(), group.message.as_str(), group.count),
        ("Declined", "card 3 declined", 3)
    );
    assert_eq!(group.services, ["gateway", "payment"]);
    assert_eq!(group.operations, ["GET /", "pay"]);
    assert_eq!((group.first, group.last), (UnixNano(NOON + 1_000_000), UnixNano(NOON + 9_000_000)));
    assert_eq!(group.stacktrace, "Declined\n  at main");
    assert_eq!(group.examples[0].span_id.as_deref(), Some("0000000000000003"));
}

#[tokio::test]
async fn exceptions_of_log_records_count_unless_their_span_has_told_them() {
    let store = store();
    store.keep(spans("shop", vec![throws(span(1, 1, 0, "buy", 0, 5), "Io", "gone")])).await.unwrap();
    let telling = |trace, span| {
        let mut record = log("failed", 17, 1);
        record.attributes = exception("Io", "gone");
        log_of(record, trace, span)
    };
    store.keep(logs("shop", vec![telling(1, 1), telling(7, 7), log("nothing", 9, 1)])).await.unwrap();
    let list = store.exceptions(&everything()).unwrap();
    assert_eq!((list.total, list.groups[0].count), (2, 2));
    let of_log = list.groups[0].examples.iter().find(|e| e.source == ExceptionSource::Log).unwrap();
    assert!(of_log.log_id.is_some());
}

#[tokio::test]
async fn a_filter_and_a_range_say_which_exceptions_are_meant() {
    let store = store();
    let of = |id: u64, at: u64| throws(span(1, id, 0, "pay", at, 5), "Declined", "no");
    store.keep(spans("payment", vec![of(1, 0), with(of(2, 5_000), &[text("card", "visa")])])).await.unwrap();
    let filtered = SpanQuestion { filter: "card=visa".into(), ..everything() };
    assert_eq!(store.exceptions(&filtered).unwrap().total, 1);
    let early = SpanQuestion { to_ms: Some(UnixNano(NOON).milliseconds() + 1_000.0), ..everything() };
    assert_eq!(store.exceptions(&early).unwrap().total, 1);
    assert!(store.exceptions(&SpanQuestion { filter: "=".into(), ..everything() }).is_err());
}

#[tokio::test]
async fn a_resource_has_what_is_in_memory_of_it() {
    let store = store();
    store.keep(spans("shop", vec![span(1, 1, 0, "a", 0, 1), span(1, 2, 1, "b", 0, 1)])).await.unwrap();
    store.keep(logs("shop", vec![log("hello", 9, 0)])).await.unwrap();
    store.keep(gauge("shop", "depth", 1.0)).await.unwrap();
    store.keep(gauge("cart", "depth", 1.0)).await.unwrap();
    let list = store.resources();
    let told: Vec<_> =
        list.resources.iter().map(|r| (r.service.as_str(), r.spans, r.logs, r.series)).collect();
    assert_eq!(told, [("cart", 0, 0, 1), ("shop", 2, 1, 1)]);
    assert!(list.resources[1].first > UnixNano(0) && list.resources[1].first <= list.resources[1].last);
    assert!(list.resources[1].attributes.iter().any(|attribute| attribute.key == "service.name"));
}
