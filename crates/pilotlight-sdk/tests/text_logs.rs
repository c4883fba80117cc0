//! Log records as the plain text that tests compare.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::metrics::{NOW, text};
use common::scene::Scene;
use common::screen::block_on;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, Tracer};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use pilotlight_sdk::transport::{Batch, Exporter, InMemoryExporter, Signal, TextLogs, text_logs};
use prost::Message;

fn exported(scopes: Vec<ScopeLogs>) -> InMemoryExporter {
    let exporter = InMemoryExporter::new();
    block_on(exporter.export(batch(scopes))).unwrap();
    exporter
}

fn batch(scope_logs: Vec<ScopeLogs>) -> Batch {
    let items = scope_logs.iter().map(|scope| scope.log_records.len()).sum();
    let resource_logs = vec![ResourceLogs { scope_logs, ..Default::default() }];
    let request = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
    Batch { signal: Signal::Logs, items, request: request.into() }
}

fn scope(name: &str, log_records: Vec<LogRecord>) -> ScopeLogs {
    let scope = Some(InstrumentationScope { name: name.into(), ..Default::default() });
    ScopeLogs { scope, log_records, ..Default::default() }
}

/// So many nanoseconds after [`NOW`].
fn record(after: u64, severity: i32, says: &str, attributes: Vec<KeyValue>) -> LogRecord {
    LogRecord {
        time_unix_nano: NOW + after,
        severity_number: severity,
        body: value(Value::StringValue(says.into())),
        attributes,
        ..Default::default()
    }
}

fn in_span(span: &SpanContext, record: LogRecord) -> LogRecord {
    LogRecord {
        trace_id: span.trace_id().to_bytes().to_vec(),
        span_id: span.span_id().to_bytes().to_vec(),
        flags: span.trace_flags().to_u8().into(),
        ..record
    }
}

fn value(content: Value) -> Option<AnyValue> {
    Some(AnyValue { value: Some(content) })
}

fn int(key: &str, number: i64) -> KeyValue {
    KeyValue { key: key.into(), value: value(Value::IntValue(number)), ..Default::default() }
}

fn one(record: LogRecord) -> String {
    exported(vec![scope("s", vec![record])]).text_logs()
}

/// Two scopes, whose records happened in turns.
fn service() -> InMemoryExporter {
    let source =
        || vec![int("user_id", 123), text("code.file.path", "src/orders.rs"), int("code.line.number", 7)];
    exported(vec![
        scope(
            "shop::orders",
            vec![record(0, 9, "Processing request", source()), record(2, 17, "No such user", source())],
        ),
        scope("hyper::proto", vec![record(1, 5, "flushed", vec![])]),
    ])
}

#[test]
fn a_record_is_a_line_and_the_earliest_comes_first() {
    assert_eq!(
        service().text_logs(),
        "\
INFO shop::orders \"Processing request\" user_id=123 code.file.path=src/orders.rs code.line.number=7
DEBUG hyper::proto \"flushed\"
ERROR shop::orders \"No such user\" user_id=123 code.file.path=src/orders.rs code.line.number=7
"
    );
}

#[test]
fn what_is_not_of_interest_can_be_left_out() {
    let logs = service().logs();
    assert_eq!(
        TextLogs::new().from_scopes(["shop::*"]).except_attributes(["code.*"]).draw(&logs),
        "\
INFO shop::orders \"Processing request\" user_id=123
ERROR shop::orders \"No such user\" user_id=123
"
    );
    assert_eq!(
        TextLogs::new().without_scopes().with_attributes(["code.line.number"]).draw(&logs),
        "INFO \"Processing request\" code.line.number=7\nDEBUG \"flushed\"\nERROR \"No such user\" code.line.number=7\n"
    );
    assert_eq!(
        TextLogs::new().from_scopes(["hyper::proto"]).without_attributes().draw(&logs),
        "DEBUG hyper::proto \"flushed\"\n"
    );
}

#[test]
fn records_of_several_threads_can_stand_in_the_order_of_their_text() {
    let logs = service().logs();
    assert_eq!(
        TextLogs::new().without_attributes().sorted().draw(&logs),
        "\
DEBUG hyper::proto \"flushed\"
ERROR shop::orders \"No such user\"
INFO shop::orders \"Processing request\"
"
    );
}

#[test]
fn a_record_names_its_span_when_that_is_known() {
    let scene = Scene::new();
    let root = Context::new().with_span(scene.tracer.start_with_context("GET /users/{id}", &Context::new()));
    let child = root.with_span(scene.tracer.start_with_context("SELECT users", &root));
    let spans = [&root, &child].map(|context| context.span().span_context().clone());
    scene.end(&child);
    scene.end(&root);
    let records = vec![
        in_span(&spans[0], record(0, 9, "asked", vec![])),
        in_span(&spans[1], record(1, 9, "asking", vec![int("user_id", 1)])),
        record(2, 9, "idle", vec![]),
    ];
    let exporter = exported(vec![scope("s", records)]);

    let without_spans =
        "INFO s \"asked\" · in a span\nINFO s \"asking\" user_id=1 · in a span\nINFO s \"idle\"\n";
    assert_eq!(exporter.text_logs(), without_spans);
    assert_eq!(text_logs(&exporter.logs()), without_spans);

    block_on(exporter.export(scene.batch())).unwrap();
    let with_spans = "INFO s \"asked\" · in GET /users/{id}\nINFO s \"asking\" user_id=1 · in SELECT users\nINFO s \"idle\"\n";
    assert_eq!(exporter.text_logs(), with_spans);
    assert_eq!(TextLogs::new().spans(&exporter.spans()).draw(&exporter.logs()), with_spans);
}

#[test]
fn a_span_of_the_same_id_in_another_trace_is_another_span() {
    let scene = Scene::new();
    let context = Context::new().with_span(scene.tracer.start_with_context("root", &Context::new()));
    let span = context.span().span_context().clone();
    scene.end(&context);
    let elsewhere = LogRecord { trace_id: vec![9; 16], ..in_span(&span, record(0, 9, "lost", vec![])) };
    let logs = exported(vec![scope("s", vec![elsewhere])]).logs();
    assert_eq!(TextLogs::new().spans(&scene.spans()).draw(&logs), "INFO s \"lost\" · in a span\n");
}

#[test]
fn half_a_context_and_one_that_is_not_sampled_are_said() {
    let ids = |trace_id: &[u8], span_id: &[u8], flags| LogRecord {
        trace_id: trace_id.to_vec(),
        span_id: span_id.to_vec(),
        flags,
        ..record(0, 9, "b", vec![])
    };
    assert_eq!(one(ids(&[1; 16], &[2; 8], 0)), "INFO s \"b\" · in a span (not sampled)\n");
    assert_eq!(one(ids(&[1; 16], &[], 1)), "INFO s \"b\" · in a trace\n");
    assert_eq!(one(ids(&[], &[2; 8], 1)), "INFO s \"b\" · in a span without a trace\n");
}

#[test]
fn a_severity_is_its_name_and_the_sources_own_word_when_that_is_another() {
    let drawn =
        |number, word: &str| one(LogRecord { severity_text: word.into(), ..record(0, number, "b", vec![]) });
    let expected = [
        (1, "", "TRACE"),
        (9, "INFO", "INFO"),
        (10, "notice", "INFO2(notice)"),
        (24, "", "FATAL4"),
        (0, "", "-"),
        (0, "odd", "-(odd)"),
        (25, "", "25"),
    ];
    for (number, word, name) in expected {
        assert_eq!(drawn(number, word), format!("{name} s \"b\"\n"));
    }
}

#[test]
fn a_body_is_told_from_a_text_that_looks_like_it() {
    let says = |body| one(LogRecord { body, ..record(0, 9, "", vec![]) });
    let map = KeyValueList { values: vec![int("n", 7)] };
    assert_eq!(says(value(Value::IntValue(7))), "INFO s 7\n");
    assert_eq!(says(value(Value::StringValue("7".into()))), "INFO s \"7\"\n");
    assert_eq!(says(value(Value::KvlistValue(map))), "INFO s {n: 7}\n");
    assert_eq!(says(value(Value::StringValue(String::new()))), "INFO s \"\"\n");
    assert_eq!(says(None), "INFO s\n");
}

#[test]
fn an_event_shows_its_name_and_dropped_attributes_are_counted() {
    let event = LogRecord {
        event_name: "user.login".into(),
        dropped_attributes_count: 2,
        ..record(0, 9, "b", vec![int("n", 1)])
    };
    assert_eq!(one(event), "INFO s [user.login] \"b\" n=1 (dropped 2 attributes)\n");
}

#[test]
fn texts_that_would_be_misread_are_quoted() {
    let attributes = vec![text("a", "one two"), text("b", ""), text("c", "x=y"), text("d", "plain")];
    assert_eq!(one(record(0, 9, "b", attributes)), "INFO s \"b\" a=\"one two\" b=\"\" c=\"x=y\" d=plain\n");
}

#[test]
fn a_hostile_record_stays_one_line() {
    let hostile = LogRecord {
        severity_text: "a\r".into(),
        event_name: "e\n".into(),
        ..record(0, 9, "first\nINFO forged\u{1b}[2J", vec![text("k\n", "v\u{2028}")])
    };
    assert_eq!(
        exported(vec![scope("s\n", vec![hostile])]).text_logs(),
        "INFO(a\\r) s\\n [e\\n] \"first\\nINFO forged\\u{1b}[2J\" k\\n=v\\u{2028}\n"
    );
}

#[test]
fn records_without_a_time_of_their_own_stand_where_they_were_observed() {
    let observed = |nanos, says: &str| LogRecord {
        time_unix_nano: 0,
        observed_time_unix_nano: NOW + nanos,
        ..record(0, 9, says, vec![])
    };
    let records = vec![observed(9, "last"), record(5, 9, "second", vec![]), observed(1, "first")];
    assert_eq!(
        exported(vec![scope("s", records)]).text_logs(),
        "INFO s \"first\"\nINFO s \"second\"\nINFO s \"last\"\n"
    );
}

#[test]
fn no_log_records_are_an_empty_text() {
    assert_eq!(text_logs(&[]), "");
    assert_eq!(exported(vec![]).text_logs(), "");
}
