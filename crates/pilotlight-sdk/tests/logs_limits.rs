//! A log record is bounded, and says what its bounds cost it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use common::log_recorder::LogRecorder;
use common::{attribute, attributes};
use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Read;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pilotlight_sdk::record::LogLimits;
use prost::Message;

/// What OTLP receivers commonly accept as a whole request.
const RECORD_BYTES_MAX: usize = 4 << 20;

fn recorder(attributes: usize, attribute_value_length: Option<usize>) -> LogRecorder {
    let mut limits = LogLimits::default();
    limits.attributes = attributes;
    limits.attribute_value_length = attribute_value_length;
    LogRecorder::with(|builder| builder.with_limits(limits))
}

fn list(values: impl IntoIterator<Item = AnyValue>) -> AnyValue {
    AnyValue::ListAny(Box::new(values.into_iter().collect()))
}

fn text(record: &LogRecord) -> &str {
    match record.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(Read::StringValue(text)) => text,
        other => panic!("not a text: {other:?}"),
    }
}

#[test]
fn beyond_the_count_new_attributes_are_dropped_and_counted_and_known_ones_overwritten() {
    let record = recorder(2, None).emit(|record| {
        record.add_attributes([("a", 1), ("b", 2), ("c", 3), ("d", 4), ("a", 5)]);
    });
    assert_eq!(attributes(&record.attributes), [("a", "5".into()), ("b", "2".into())]);
    assert_eq!(record.dropped_attributes_count, 2);
}

#[test]
fn by_default_there_are_128_attributes_of_any_length() {
    let record = LogRecorder::new().emit(|record| {
        (0..130).for_each(|i| record.add_attribute(format!("key {i}"), "x".repeat(1000)));
    });
    assert_eq!((record.attributes.len(), record.dropped_attributes_count), (128, 2));
    assert!(matches!(attribute(&record.attributes, "key 0"), Some(Read::StringValue(x)) if x.len() == 1000));
}

#[test]
fn a_limit_of_zero_attributes_keeps_none() {
    let record = recorder(0, None).emit(|record| {
        record.add_attribute("a", 1);
        record.set_body("b".into());
    });
    assert_eq!((record.attributes.len(), record.dropped_attributes_count, text(&record)), (0, 1, "b"));
}

#[test]
fn an_attribute_without_a_key_is_dropped_and_counted() {
    let record = LogRecorder::new().emit(|record| record.add_attribute("", 1));
    assert_eq!((record.attributes.len(), record.dropped_attributes_count), (0, 1));
}

#[test]
fn strings_and_bytes_are_cut_at_the_length_limit_however_deep_they_lie() {
    let bytes = |bytes: &[u8]| AnyValue::Bytes(Box::new(bytes.to_vec()));
    let nested = AnyValue::Map(Box::new([(Key::from("a long key"), "größe".into())].into()));
    let record = recorder(8, Some(3)).emit(|record| {
        record.set_body("a long body".into());
        record.add_attribute("a long key", "größe");
        record.add_attribute("bytes", bytes(&[1, 2, 3, 4]));
        record.add_attribute("short", "x");
        record.add_attribute("list", list(["größe".into(), bytes(&[1, 2, 3, 4]), nested, 12_345.into()]));
    });
    assert_eq!(text(&record), "a long body");
    assert_eq!(attribute(&record.attributes, "a long key"), Some(&Read::StringValue("grö".into())));
    assert_eq!(attribute(&record.attributes, "bytes"), Some(&Read::BytesValue(vec![1, 2, 3])));
    assert_eq!(attribute(&record.attributes, "short"), Some(&Read::StringValue("x".into())));
    let Some(Read::ArrayValue(list)) = attribute(&record.attributes, "list") else { panic!("{record:?}") };
    let values: Vec<_> = list.values.iter().map(|value| value.value.clone().unwrap()).collect();
    assert_eq!(values[0], Read::StringValue("grö".into()));
    assert_eq!(values[1], Read::BytesValue(vec![1, 2, 3]));
    let Read::KvlistValue(map) = &values[2] else { panic!("{values:?}") };
    assert_eq!(attribute(&map.values, "a long key"), Some(&Read::StringValue("grö".into())));
    assert_eq!(values[3], Read::IntValue(12_345));
    assert_eq!(record.dropped_attributes_count, 0);
}

#[test]
fn a_body_that_is_too_long_is_cut_at_a_character_and_says_how_long_it_was() {
    // Three bytes each, and an odd one in front: the bound falls within a character.
    let long = format!("x{}", "日".repeat(10 << 20));
    let record = LogRecorder::new().emit(|record| record.set_body(long.clone().into()));
    let kept = text(&record);
    assert!(long.starts_with(kept));
    assert!(kept.len() <= 3 << 20 && kept.len() > (3 << 20) - 3, "{}", kept.len());
    assert_eq!(attributes(&record.attributes), [("pilotlight.body.length", long.len().to_string())]);
}

#[test]
fn a_body_at_the_bound_is_whole() {
    let record = LogRecorder::new().emit(|record| record.set_body("x".repeat(3 << 20).into()));
    assert_eq!((text(&record).len(), record.attributes.len()), (3 << 20, 0));
}

#[test]
fn a_list_that_is_too_long_is_left_out_and_says_how_long_it_was() {
    let huge = list((0..1_000_000).map(AnyValue::from));
    let record = LogRecorder::new().emit(|record| {
        record.add_attribute("before", 1);
        record.set_body(huge);
        record.add_attribute("after", 2);
    });
    assert_eq!(record.body, None);
    let Some(Read::IntValue(len)) = attribute(&record.attributes, "pilotlight.body.length") else {
        panic!("{record:?}")
    };
    assert!(*len > 3 << 20, "{len}");
    assert_eq!(record.attributes.len(), 3);
}

#[test]
fn a_body_that_replaces_one_that_was_too_long_is_whole_and_nothing_says_otherwise() {
    for too_long in ["x".repeat(5 << 20).into(), list((0..1_000_000).map(AnyValue::from))] {
        let record = LogRecorder::new().emit(|record| {
            record.add_attribute("first", 1);
            record.set_body(too_long);
            record.add_attribute("last", 2);
            record.set_body("short".into());
            record.add_attribute("first", "overwritten");
        });
        assert_eq!(text(&record), "short");
        let read = attributes(&record.attributes);
        assert_eq!(read, [("first", "overwritten".into()), ("last", "2".into())]);
    }
}

#[test]
fn a_record_stays_within_its_size_whether_body_or_attributes_come_first() {
    let attributes: [(&str, String); 3] = ["a", "b", "c"].map(|key| (key, "x".repeat(1500 << 10)));
    let body = "y".repeat(10 << 20);
    let recorder = LogRecorder::new();
    let body_first = recorder.emit(|record| {
        record.set_body(body.clone().into());
        record.add_attributes(attributes.clone());
    });
    let body_last = recorder.emit(|record| {
        record.add_attributes(attributes.clone());
        record.set_body(body.into());
    });
    // Times, ids and counts come on top.
    for record in [&body_first, &body_last] {
        assert!(record.encoded_len() <= RECORD_BYTES_MAX + 100, "{}", record.encoded_len());
    }
    assert_eq!((text(&body_first).len(), body_first.dropped_attributes_count), (3 << 20, 3));
    assert_eq!(body_last.dropped_attributes_count, 1, "the third attribute");
    assert!(text(&body_last).len() > 1000 << 10, "{}", text(&body_last).len());
    for record in [&body_first, &body_last] {
        assert!(attribute(&record.attributes, "pilotlight.body.length").is_some());
    }
}

#[test]
fn where_attributes_leave_no_room_there_is_no_body() {
    let record = LogRecorder::new().emit(|record| {
        record.add_attribute("a", "x".repeat(RECORD_BYTES_MAX - 24));
        record.set_body("no room".into());
    });
    assert!(record.encoded_len() <= RECORD_BYTES_MAX + 100, "{}", record.encoded_len());
    assert_eq!(record.dropped_attributes_count, 1, "that says how long the body was");
}
