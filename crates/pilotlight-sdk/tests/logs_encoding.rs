//! What a log record says reaches an independent reader as it was said.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use common::log_recorder::{LogRecorder, emit, records, requests};
use common::{attribute, attributes};
use opentelemetry::logs::{AnyValue, LogRecord as _, LoggerProvider as _, Severity};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::common::v1 as proto;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
use pilotlight_sdk::record::Clock;
use pilotlight_sdk::resource::Resource;

/// An independent translation of what was said to what should be read.
fn expected(value: &AnyValue) -> proto::AnyValue {
    let read = match value {
        AnyValue::Int(number) => Read::IntValue(*number),
        AnyValue::Double(number) => Read::DoubleValue(*number),
        AnyValue::String(text) => Read::StringValue(text.to_string()),
        AnyValue::Boolean(flag) => Read::BoolValue(*flag),
        AnyValue::Bytes(bytes) => Read::BytesValue(bytes.to_vec()),
        AnyValue::ListAny(values) => {
            Read::ArrayValue(proto::ArrayValue { values: values.iter().map(expected).collect() })
        }
        AnyValue::Map(entries) => {
            let entry = |(key, value): (&Key, &AnyValue)| proto::KeyValue {
                key: key.to_string(),
                value: Some(expected(value)),
                ..Default::default()
            };
            Read::KvlistValue(proto::KeyValueList { values: entries.iter().map(entry).collect() })
        }
        other => panic!("not expected: {other:?}"),
    };
    proto::AnyValue { value: Some(read) }
}

fn list(values: impl IntoIterator<Item = AnyValue>) -> AnyValue {
    AnyValue::ListAny(Box::new(values.into_iter().collect()))
}

fn map(entries: impl IntoIterator<Item = (&'static str, AnyValue)>) -> AnyValue {
    AnyValue::Map(Box::new(entries.into_iter().map(|(key, value)| (Key::from(key), value)).collect()))
}

fn bytes(bytes: impl Into<Vec<u8>>) -> AnyValue {
    AnyValue::Bytes(Box::new(bytes.into()))
}

fn every_kind() -> Vec<AnyValue> {
    let nested = list([1.into(), "two".into(), bytes([3]), list([]), map([("four", 4.into())])]);
    vec![
        "plain".into(),
        "".into(),
        "größe 日本 \u{0} \n".into(),
        AnyValue::from("long ".repeat(20_000)),
        0.into(),
        (-1).into(),
        i64::MIN.into(),
        i64::MAX.into(),
        0.0.into(),
        (-0.0).into(),
        0.1.into(),
        f64::INFINITY.into(),
        true.into(),
        false.into(),
        bytes([]),
        bytes([0, 0xff, 10]),
        bytes(vec![7; 70_000]),
        list([]),
        list([true.into(), false.into()]),
        list((0..1000).map(AnyValue::from)),
        map([]),
        map([("", "empty key".into())]),
        map([("inner", nested.clone())]),
        nested,
    ]
}

#[test]
fn a_body_of_every_kind_arrives_as_it_was() {
    let recorder = LogRecorder::new();
    for value in every_kind() {
        let record = recorder.emit(|record| record.set_body(value.clone()));
        assert_eq!(record.body, Some(expected(&value)));
        assert_eq!((record.attributes, record.dropped_attributes_count), (vec![], 0));
    }
}

#[test]
fn an_attribute_of_every_kind_arrives_as_it_was() {
    let recorder = LogRecorder::new();
    let long_key = "k".repeat(300);
    for value in every_kind() {
        let record = recorder.emit(|record| {
            record.add_attribute("before", 1);
            record.add_attribute(long_key.clone(), value.clone());
            record.add_attribute("after", 2);
        });
        let values: Vec<_> = record.attributes.iter().map(|attribute| attribute.value.clone()).collect();
        assert_eq!(values, [expected(&1.into()), expected(&value), expected(&2.into())].map(Some));
    }
}

#[test]
fn not_a_number_stays_that() {
    let record = LogRecorder::new().emit(|record| {
        record.set_body(f64::NAN.into());
        record.add_attribute("n", f64::NAN);
    });
    let is_nan = |value: Option<&Read>| matches!(value, Some(Read::DoubleValue(number)) if number.is_nan());
    assert!(is_nan(record.body.as_ref().and_then(|body| body.value.as_ref())));
    assert!(is_nan(attribute(&record.attributes, "n")));
}

#[test]
fn a_map_of_many_entries_arrives_whole() {
    let entries: HashMap<Key, AnyValue> =
        (0..500).map(|i| (Key::from(format!("key {i}")), AnyValue::from(i))).collect();
    let value = AnyValue::Map(Box::new(entries));
    let record = LogRecorder::new().emit(|record| record.add_attribute("map", value.clone()));
    assert_eq!(record.attributes[0].value, Some(expected(&value)));
}

#[test]
fn attributes_may_be_those_of_spans() {
    let texts = vec![StringValue::from("a"), StringValue::from("b")];
    let record = LogRecorder::new().emit(|record| {
        record.set_attribute("text", "t");
        record.set_attribute("numbers", Value::Array(Array::I64(vec![1, 2])));
        record.set_attribute("texts", Value::Array(Array::String(texts)));
        record.set_attribute("flags", Value::Array(Array::Bool(vec![true])));
        record.set_attribute("parts", Value::Array(Array::F64(vec![0.5])));
    });
    let read = attributes(&record.attributes);
    let read: Vec<_> = read.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let expected =
        [("text", "t"), ("numbers", "[1, 2]"), ("texts", "[a, b]"), ("flags", "[true]"), ("parts", "[0.5]")];
    assert_eq!(read, expected);
}

/// So many maps (or lists) in one another, the innermost with a number in it.
fn nested(depth: usize, wrap: fn(AnyValue) -> AnyValue) -> AnyValue {
    (0..depth).fold(7.into(), |inner, _| wrap(inner))
}

/// How many maps and lists lie in one another, and what is in the innermost.
fn depth(value: &proto::AnyValue) -> (usize, Option<Read>) {
    let inner = match &value.value {
        Some(Read::ArrayValue(array)) => array.values.first(),
        Some(Read::KvlistValue(map)) => map.values.first().and_then(|entry| entry.value.as_ref()),
        other => return (0, other.clone()),
    };
    let (deeper, innermost) = inner.map_or((0, None), depth);
    (deeper + 1, innermost)
}

/// Receivers refuse a whole request when messages in it are nested too deep: one value must never cost all others.
#[test]
fn however_deep_a_value_is_nested_receivers_can_read_it() {
    let wraps: [fn(AnyValue) -> AnyValue; 2] = [|inner| list([inner]), |inner| map([("in", inner)])];
    let recorder = LogRecorder::new();
    for wrap in wraps {
        for (made, read, innermost) in [
            (29, 29, Some(Read::IntValue(7))),
            (30, 30, Some(Read::IntValue(7))),
            (31, 30, None),
            (32, 30, None),
            (500, 30, None),
        ] {
            let record = recorder.emit(|record| {
                record.set_body(nested(made, wrap));
                record.add_attribute("deep", nested(made, wrap));
            });
            assert_eq!(depth(record.body.as_ref().unwrap()), (read, innermost.clone()));
            assert_eq!(depth(record.attributes[0].value.as_ref().unwrap()), (read, innermost));
        }
    }
}

const NOW: Duration = Duration::from_nanos(1_700_000_000_000_000_001);

fn at(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

fn recorder_at_now() -> LogRecorder {
    LogRecorder::with(|builder| builder.with_clock(Clock::manual(SystemTime::UNIX_EPOCH + NOW)))
}

#[test]
fn a_record_that_says_nothing_is_observed_now_and_has_nothing_else() {
    let record = recorder_at_now().emit(|_| {});
    let expected = opentelemetry_proto::tonic::logs::v1::LogRecord {
        observed_time_unix_nano: NOW.as_nanos() as u64,
        ..Default::default()
    };
    assert_eq!(record, expected);
}

#[test]
fn what_a_record_says_of_itself_arrives() {
    let record = recorder_at_now().emit(|record| {
        record.set_event_name("user.login");
        record.set_timestamp(at(5));
        record.set_observed_timestamp(at(6));
        record.set_severity_number(Severity::Warn3);
        record.set_severity_text("notice");
        record.set_body("hello".into());
        record.add_attributes([("a", AnyValue::from(1)), ("b", AnyValue::from("two"))]);
    });
    assert_eq!(record.event_name, "user.login");
    assert_eq!((record.time_unix_nano, record.observed_time_unix_nano), (5, 6));
    assert_eq!((record.severity_number, record.severity_text.as_str()), (15, "notice"));
    assert_eq!(record.body, Some(expected(&"hello".into())));
    assert_eq!(attributes(&record.attributes), [("a", "1".into()), ("b", "two".into())]);
}

#[test]
fn each_severity_has_its_number() {
    let recorder = LogRecorder::new();
    let severities = [
        (Severity::Trace, 1),
        (Severity::Trace4, 4),
        (Severity::Debug, 5),
        (Severity::Info, 9),
        (Severity::Warn, 13),
        (Severity::Error, 17),
        (Severity::Fatal, 21),
        (Severity::Fatal4, 24),
    ];
    for (severity, number) in severities {
        assert_eq!(recorder.emit(|record| record.set_severity_number(severity)).severity_number, number);
    }
}

#[test]
fn times_beyond_what_can_be_sent_are_the_nearest_that_can() {
    let recorder = recorder_at_now();
    let ancient = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let distant = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let record = recorder.emit(|record| record.set_timestamp(ancient));
    assert_eq!(record.time_unix_nano, 0);
    let record = recorder.emit(|record| record.set_timestamp(distant));
    assert_eq!(record.time_unix_nano, u64::MAX);
    let record = recorder.emit(|record| record.set_observed_timestamp(ancient));
    assert_eq!(record.observed_time_unix_nano, NOW.as_nanos() as u64);
}

#[test]
fn what_is_set_twice_is_what_was_set_last() {
    let record = LogRecorder::new().emit(|record| {
        for (time, severity, text, name, body) in
            [(1, Severity::Error, "e", "first", "a long body"), (2, Severity::Info, "i", "second", "b")]
        {
            record.set_timestamp(at(time));
            record.set_observed_timestamp(at(time));
            record.set_severity_number(severity);
            record.set_severity_text(text);
            record.set_event_name(name);
            record.set_body(body.into());
            record.add_attribute("key", body);
        }
    });
    assert_eq!((record.time_unix_nano, record.observed_time_unix_nano), (2, 2));
    assert_eq!((record.severity_number, record.severity_text.as_str()), (9, "i"));
    assert_eq!((record.event_name.as_str(), record.body), ("second", Some(expected(&"b".into()))));
    assert_eq!(attributes(&record.attributes), [("key", "b".into())]);
}

#[test]
fn attributes_and_body_are_overwritten_by_longer_and_shorter_ones_wherever_they_stand() {
    let record = LogRecorder::new().emit(|record| {
        record.add_attribute("first", "short");
        record.set_body("short".into());
        record.add_attribute("second", "a value that is a good deal longer than what replaces it");
        record.add_attribute("first", "l".repeat(300));
        record.set_body(AnyValue::from("b".repeat(300)));
        record.add_attribute("second", 2);
        record.add_attribute("third", list([1.into()]));
        record.set_body(map([("n", 1.into())]));
        record.add_attribute("first", 1);
        record.add_attribute("third", "3");
    });
    assert_eq!(record.body, Some(expected(&map([("n", 1.into())]))));
    let read = attributes(&record.attributes);
    assert_eq!(read, [("first", "1".into()), ("second", "2".into()), ("third", "3".into())]);
}

#[test]
fn the_resource_and_the_scope_travel_with_their_schemas() {
    let resource = Resource::builder()
        .attribute(KeyValue::new("service.name", "shop"))
        .schema_url("https://example.com/resource")
        .build();
    let recorder = LogRecorder::with(|builder| builder.with_resource(resource));
    let scope = InstrumentationScope::builder("orders")
        .with_version("1.2")
        .with_schema_url("https://example.com/scope")
        .with_attributes([KeyValue::new("team", "blue")])
        .build();
    emit(&recorder.provider.logger_with_scope(scope), |record| record.set_body("hello".into()));

    let resource = &recorder.requests()[0].resource_logs[0];
    assert_eq!(
        attributes(&resource.resource.as_ref().unwrap().attributes),
        [("service.name", "shop".into())]
    );
    assert_eq!(resource.schema_url, "https://example.com/resource");
    let scope = &resource.scope_logs[0];
    assert_eq!(scope.schema_url, "https://example.com/scope");
    let scope = scope.scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("orders", "1.2"));
    assert_eq!(attributes(&scope.attributes), [("team", "blue".into())]);
}

#[test]
fn the_reader_of_exporters_agrees_with_the_independent_one() {
    let recorder = LogRecorder::new();
    let record = recorder.emit(|record| {
        record.set_event_name("user.login");
        record.set_timestamp(at(5));
        record.set_severity_number(Severity::Error);
        record.set_severity_text("ERROR");
        record.set_body("hello".into());
        record.add_attribute("a", 1);
    });
    let log = &recorder.exporter.logs()[0];
    let view = log.view();
    assert_eq!((view.event_name(), view.time()), ("user.login", Some(at(5))));
    assert_eq!(view.observed_time(), at(record.observed_time_unix_nano));
    assert_eq!((view.severity_number(), view.severity_text()), (17, "ERROR"));
    assert_eq!(view.body().and_then(|body| body.as_str()), Some("hello"));
    assert_eq!(view.attributes().count(), 1);
    assert!(view.attribute("a").is_some() && view.attribute("b").is_none());
    assert_eq!(view.dropped_attributes(), 0);
    assert_eq!(log.scope().name(), "test");
}

#[test]
fn an_error_becomes_the_attributes_of_an_exception_but_for_those_that_are_there() {
    let error = std::io::Error::other("seven".parse::<u8>().unwrap_err());
    let record = LogRecorder::new().emit(|record| {
        record.add_attribute("exception.message", "in other words");
        record.set_exception(&error);
    });
    let read: HashMap<_, _> = attributes(&record.attributes).into_iter().collect();
    assert_eq!(read["exception.message"], "in other words");
    assert_eq!(read["exception.type"], "Custom");
    assert_eq!((record.severity_number, record.event_name.as_str()), (0, ""));

    let record = LogRecorder::new().emit(|record| record.set_exception(&"seven".parse::<u8>().unwrap_err()));
    let read: HashMap<_, _> = attributes(&record.attributes).into_iter().collect();
    assert_eq!(read["exception.type"], "ParseIntError");
    assert_eq!(read["exception.message"], "invalid digit found in string");
    assert!(!read.contains_key("exception.stacktrace"), "there is no cause");
}

#[test]
fn a_record_that_is_not_emitted_leaves_no_trace_in_the_next() {
    let recorder = recorder_at_now();
    let logger = recorder.logger();
    let mut forgotten = opentelemetry::logs::Logger::create_log_record(&logger);
    forgotten.set_event_name("forgotten");
    forgotten.set_severity_text("FORGOTTEN");
    forgotten.set_severity_number(Severity::Fatal);
    forgotten.set_timestamp(at(1));
    forgotten.set_observed_timestamp(at(2));
    forgotten.set_body("forgotten".into());
    forgotten.add_attribute("forgotten", true);
    forgotten.add_attribute("", "dropped");
    forgotten.set_target("forgotten");
    forgotten.set_trace_context(1u128.into(), 2u64.into(), None);
    drop(forgotten);
    emit(&logger, |_| {});
    let nothing = recorder_at_now().emit(|_| {});
    assert_eq!(records(requests(&recorder.exporter.batches())), [nothing]);
    assert_eq!(recorder.told()[0].0, "test");
}

#[test]
fn a_record_shows_what_it_says_when_debugged() {
    let recorder = LogRecorder::new();
    let mut record = opentelemetry::logs::Logger::create_log_record(&recorder.logger());
    record.set_body("hello".into());
    record.add_attribute("user_id", 7);
    record.set_severity_text("INFO");
    record.set_target("shop::orders");
    let shown = format!("{record:?}");
    for text in ["hello", "user_id", "7", "INFO", "shop::orders"] {
        assert!(shown.contains(text), "{shown}");
    }
}
