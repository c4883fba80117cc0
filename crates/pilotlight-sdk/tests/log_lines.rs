//! Log records as lines on standard output.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::fmt;

use common::logs::{any, array, batch, batch_of, entry, map, message, text};
use common::screen::{Closed, Screen, block_on};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pilotlight_sdk::transport::{Batch, Exporter, LineFormat, LinesExporter, Signal};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::json;

/// 2023-11-14 22:13:20.123456789 UTC.
const TIME: u64 = 1_700_000_000_123_456_789;

/// How every JSON line ends.
const END: &str = "}\n";

fn order() -> LogRecord {
    LogRecord {
        time_unix_nano: TIME,
        observed_time_unix_nano: TIME + 5,
        severity_number: 9,
        severity_text: "INFO".into(),
        attributes: vec![
            entry("user_id", Value::IntValue(123)),
            entry("code.file.path", text("src/orders.rs")),
            entry("code.line.number", Value::IntValue(42)),
            entry("paid", Value::BoolValue(true)),
            entry("thread.name", text("main")),
        ],
        trace_id: (1..=16).collect(),
        span_id: (1..=8).collect(),
        flags: 1,
        ..message("Processing request")
    }
}

fn lines(format: LineFormat, batch: Batch, adjust: impl FnOnce(LinesExporter) -> LinesExporter) -> String {
    let screen = Screen::default();
    let receipt = block_on(adjust(LinesExporter::new(screen.clone(), format)).export(batch)).unwrap();
    assert_eq!((receipt.rejected, receipt.message), (0, None));
    screen.take()
}

fn json_line(record: LogRecord) -> String {
    lines(LineFormat::Json, batch(record), |exporter| exporter)
}

fn text_line(record: LogRecord) -> String {
    lines(LineFormat::Text, batch(record), |exporter| exporter)
}

/// An object's members, in order, with those that come twice.
struct Members(Vec<(String, serde_json::Value)>);

impl Members {
    fn of(line: &str) -> Vec<(String, serde_json::Value)> {
        let Self(members) = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        members
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[test]
fn a_record_is_one_json_object_in_a_fixed_order() {
    assert_eq!(
        json_line(order()),
        concat!(
            r#"{"timestamp":"2023-11-14T22:13:20.123456789Z","level":"INFO","message":"Processing request","#,
            r#""target":"shop::orders","service.name":"shop","trace_id":"0102030405060708090a0b0c0d0e0f10","#,
            r#""span_id":"0102030405060708","trace_flags":"01","user_id":123,"paid":true}"#,
            "\n"
        )
    );
}

#[test]
fn the_source_location_comes_before_the_attributes_when_asked_for() {
    let line = lines(LineFormat::Json, batch(order()), |exporter| exporter.with_source_location(true));
    let keys: Vec<_> = Members::of(&line).into_iter().map(|(key, _)| key).skip(7).collect();
    assert_eq!(keys, ["trace_flags", "code.file.path", "code.line.number", "thread.name", "user_id", "paid"]);
}

#[test]
fn what_a_record_does_not_say_is_left_out() {
    let empty = batch_of(vec![("", vec![LogRecord::default()])]);
    assert_eq!(lines(LineFormat::Json, empty, |exporter| exporter), "{\"service.name\":\"shop\"}\n");
}

#[test]
fn the_level_is_the_numbers_name_and_the_time_that_of_the_observation_when_nothing_else_is_known() {
    let record = LogRecord {
        observed_time_unix_nano: TIME,
        severity_number: 17,
        event_name: "order.failed".into(),
        dropped_attributes_count: 3,
        ..Default::default()
    };
    assert_eq!(
        json_line(record),
        concat!(
            r#"{"timestamp":"2023-11-14T22:13:20.123456789Z","level":"ERROR","target":"shop::orders","#,
            r#""event_name":"order.failed","service.name":"shop","dropped_attributes_count":3}"#,
            "\n"
        )
    );
}

#[test]
fn values_keep_their_types() {
    let attributes = vec![
        entry("least", Value::IntValue(i64::MIN)),
        entry("third", Value::DoubleValue(1.0 / 3.0)),
        entry("one", Value::DoubleValue(1.0)),
        entry("large", Value::DoubleValue(1e300)),
        entry("nan", Value::DoubleValue(f64::NAN)),
        entry("below", Value::DoubleValue(f64::NEG_INFINITY)),
        entry("bytes", Value::BytesValue(b"hello world".to_vec())),
        entry("list", array(vec![any(text("a")), any(Value::IntValue(1)), AnyValue { value: None }])),
        entry(
            "map",
            map(vec![entry("k", text("old")), entry("l\n", array(vec![])), entry("k", text("new"))]),
        ),
        KeyValue { key: "none".into(), ..Default::default() },
    ];
    let record =
        LogRecord { attributes, body: Some(any(map(vec![entry("a", text("b"))]))), ..Default::default() };
    assert_eq!(
        json_line(record),
        concat!(
            r#"{"message":{"a":"b"},"target":"shop::orders","service.name":"shop","least":-9223372036854775808,"#,
            r#""third":0.3333333333333333,"one":1.0,"large":1e300,"nan":"NaN","below":"-Infinity","#,
            r#""bytes":"aGVsbG8gd29ybGQ=","list":["a",1,null],"map":{"l\n":[],"k":"new"},"none":null}"#,
            "\n"
        )
    );
}

#[test]
fn an_attribute_cannot_forge_what_the_record_says_of_itself() {
    let forged = ["level", "trace_id", "fields.level", "message", "service.name", "level", "fields.user"];
    let attributes = forged.iter().zip(0..).map(|(key, i)| entry(key, Value::IntValue(i))).collect();
    let members = Members::of(&json_line(LogRecord { attributes, ..order() }));
    let expected = [
        ("fields.trace_id", 1),
        ("fields.fields.level", 2),
        ("fields.message", 3),
        ("fields.service.name", 4),
        ("fields.level", 5),
        ("fields.user", 6),
    ];
    let expected: Vec<_> = expected.iter().map(|(key, i)| ((*key).to_owned(), json!(i))).collect();
    assert_eq!(members[8..], expected);
    assert_eq!(members[1], ("level".to_owned(), json!("INFO")));
}

#[test]
fn hostile_strings_anywhere_leave_one_line_that_reads_as_they_were() {
    let table = [
        "\n{\"level\":\"FATAL\"}\n",
        "\"}\r\n",
        "\\",
        r"\ud800\n",
        "\u{0}\u{1b}]0;title\u{7}\u{7f}\u{9b}2J\u{85}",
        "\u{2028}\u{2029}\u{202e}\u{2066}",
    ];
    for hostile in table {
        let record = LogRecord {
            severity_text: hostile.into(),
            event_name: hostile.into(),
            attributes: vec![entry(hostile, text(hostile))],
            ..message(hostile)
        };
        let line = lines(LineFormat::Json, batch_of(vec![(hostile, vec![record])]), |exporter| exporter);
        assert_eq!(line.matches(char::is_control).collect::<String>(), "\n", "{line:?}");
        assert!(line.ends_with('\n') && !line.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}']));
        let members = Members::of(&line);
        let told = [&members[0], &members[1], &members[2], &members[3], &members[5]];
        assert!(told.iter().all(|(_, value)| value == hostile), "{members:?}");
        assert_eq!(members[5].0, hostile);
    }
}

#[test]
fn a_message_of_ten_megabytes_is_one_line_like_those_around_it() {
    let long = "0123456789\n".repeat(1 << 20);
    let records = vec![message("before"), message(&long), message("after")];
    let written = lines(LineFormat::Json, batch_of(vec![("", records)]), |exporter| exporter);
    let said: Vec<_> = written.lines().map(|line| Members::of(line).remove(0).1).collect();
    assert_eq!(said, [json!("before"), json!(long), json!("after")]);
}

#[test]
fn values_nested_without_end_are_cut_and_cost_no_stack() {
    let mut value = text("core");
    for _ in 0..2_000 {
        value = array(vec![any(value)]);
    }
    let record = LogRecord { attributes: vec![entry("deep", value)], ..Default::default() };
    let expected = format!("\"deep\":{}\"[nested too deeply]\"{}", "[".repeat(32), "]".repeat(32));
    assert!(json_line(record.clone()).contains(&expected));
    assert!(text_line(record).contains("[nested too deeply]"));
}

#[test]
fn thousands_of_attributes_with_keys_that_come_twice_are_each_written_once() {
    let attributes = (0..20_000).map(|i| entry(&format!("k{}", i % 10_000), Value::IntValue(i))).collect();
    let members = Members::of(&json_line(LogRecord { attributes, ..Default::default() }));
    let expected = (10_000..20_000).map(|i| (format!("k{}", i % 10_000), json!(i)));
    assert!(members[2..].iter().cloned().eq(expected));
}

#[test]
fn records_of_a_batch_are_in_the_order_of_their_times() {
    let at = |nanos, text| LogRecord { time_unix_nano: nanos, ..message(text) };
    let observed = LogRecord { observed_time_unix_nano: 4, ..message("e") };
    let scopes = vec![
        ("one", vec![at(2, "b"), at(6, "g"), at(3, "c")]),
        ("two", vec![at(1, "a"), at(3, "d"), observed, at(5, "f")]),
    ];
    let written = lines(LineFormat::Json, batch_of(scopes), |exporter| exporter);
    let said: String =
        written.lines().filter_map(|line| Members::of(line)[1].1.as_str().map(str::to_owned)).collect();
    assert_eq!(said, "abcdefg");
}

#[test]
fn text_is_short_and_tells_the_first_digits_of_the_trace() {
    assert_eq!(
        text_line(order()),
        "22:13:20.123  INFO shop::orders Processing request user_id=123 paid=true trace=01020304\n"
    );
}

#[test]
fn text_is_coloured_when_asked_for() {
    let record = LogRecord { attributes: vec![], ..order() };
    assert_eq!(
        lines(LineFormat::Text, batch(record), |exporter| exporter.with_colour(true)),
        "\x1b[2m22:13:20.123\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mshop::orders\x1b[0m Processing request \
         \x1b[2mtrace=01020304\x1b[0m\n"
    );
}

#[test]
fn text_gives_no_orders_to_the_terminal_and_stays_on_its_line() {
    let record = LogRecord {
        time_unix_nano: TIME,
        severity_text: "\u{1b}[0m".into(),
        attributes: vec![
            entry("k\n", text("two words\u{9b}2J")),
            entry("m", map(vec![entry("\u{1b}", text("\r"))])),
        ],
        ..message("a\n22:13:20.123 ERROR forged\u{1b}]0;title\u{7}\u{202e}")
    };
    assert_eq!(
        text_line(record),
        concat!(
            r#"22:13:20.123 \u{1b}[0m shop::orders a\n22:13:20.123 ERROR forged\u{1b}]0;title\u{7}\u{202e} "#,
            r#"k\n="two words\u{9b}2J" m={"\u001b":"\r"}"#,
            "\n"
        )
    );
}

#[test]
fn a_stack_trace_stands_below_its_record_and_cannot_pass_for_one() {
    let record = LogRecord {
        attributes: vec![
            entry("exception.type", text("Declined")),
            entry("exception.stacktrace", text("Declined: no money\r\n\u{1b}[2Jcaused by: empty account\n")),
        ],
        ..order()
    };
    assert_eq!(
        text_line(record),
        concat!(
            "22:13:20.123  INFO shop::orders Processing request exception.type=Declined trace=01020304\n",
            "    Declined: no money\n",
            "    \\u{1b}[2Jcaused by: empty account\n",
        )
    );
}

#[test]
fn a_closed_pipe_loses_the_batch_and_says_what_to_do() {
    let exporter = LinesExporter::new(Closed, LineFormat::Json);
    let error = block_on(exporter.export(batch(order()))).unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("Was the reader of its pipe closed?"), "{error}");
}

/// A pipe whose reader goes away after so many bytes.
struct ClosesAfter(usize);

impl std::io::Write for ClosesAfter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let len = bytes.len().min(self.0);
        self.0 -= len;
        if len == 0 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(len) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_pipe_that_closes_within_a_batch_tells_how_many_lines_came_out_whole() {
    let line = json_line(order()).len();
    let records = || vec![("shop::orders", vec![order(); 1_000])];
    let exporter = LinesExporter::new(ClosesAfter(700 * line + 10), LineFormat::Json);
    let receipt = block_on(exporter.export(batch_of(records()))).unwrap();
    assert_eq!(receipt.rejected, 300);
    assert!(receipt.message.unwrap().contains("broken pipe"));
    assert!(block_on(exporter.export(batch_of(records()))).is_err(), "nothing comes out any more");
}

#[test]
fn a_pipe_that_is_often_full_gets_every_line_whole() {
    let (reader, writer) = std::io::pipe().unwrap();
    let read = std::thread::spawn(move || std::io::read_to_string(reader).unwrap());
    let exporter = LinesExporter::new(writer, LineFormat::Json);
    let receipt = block_on(exporter.export(batch_of(vec![("shop::orders", vec![order(); 5_000])]))).unwrap();
    drop(exporter);
    assert_eq!(receipt.rejected, 0);
    assert!(read.join().unwrap() == json_line(order()).repeat(5_000));
}

#[test]
fn other_signals_are_refused_with_a_hint() {
    let exporter = LinesExporter::new(Screen::default(), LineFormat::Json);
    let spans = Batch { signal: Signal::Traces, ..batch(order()) };
    let error = block_on(exporter.export(spans)).unwrap_err();
    assert_eq!(error.to_string(), "spans came to the exporter of log lines; give it log records alone");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any_text().prop_map(Value::StringValue),
        proptest::bool::ANY.prop_map(Value::BoolValue),
        proptest::num::i64::ANY.prop_map(Value::IntValue),
        proptest::num::f64::ANY.prop_map(Value::DoubleValue),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| array(values.into_iter().map(any).collect())),
            entries(inner).prop_map(map),
        ]
    })
}

fn entries(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::btree_map(any_text(), values, 0..4)
        .prop_map(|entries| entries.into_iter().map(|(key, value)| entry(&key, value)).collect())
}

fn any_text() -> impl Strategy<Value = String> {
    "(?s)(.|[\"\\\\\u{0}-\u{20}\u{7f}-\u{a0}\u{2000}-\u{2070}]|level){0,12}"
}

/// What an independent reader makes of the same value.
fn expected(value: &Value) -> serde_json::Value {
    match value {
        Value::StringValue(text) => json!(text),
        Value::BoolValue(flag) => json!(flag),
        Value::IntValue(number) => json!(number),
        Value::DoubleValue(number) if number.is_nan() => json!("NaN"),
        Value::DoubleValue(number) if *number == f64::INFINITY => json!("Infinity"),
        Value::DoubleValue(number) if number.is_infinite() => json!("-Infinity"),
        Value::DoubleValue(number) => json!(number),
        Value::ArrayValue(array) => {
            array.values.iter().map(|value| expected(value.value.as_ref().unwrap())).collect()
        }
        Value::KvlistValue(map) => {
            map.values.iter().map(|entry| (entry.key.clone(), expected_of(entry))).collect()
        }
        other => panic!("not made here: {other:?}"),
    }
}

fn expected_of(entry: &KeyValue) -> serde_json::Value {
    expected(entry.value.as_ref().unwrap().value.as_ref().unwrap())
}

proptest! {
    #[test]
    fn any_record_is_one_line_that_reads_as_the_same_values(body in value(), attributes in entries(value())) {
        let record = LogRecord { attributes: attributes.clone(), body: Some(any(body.clone())), ..order() };
        let line = json_line(record);
        prop_assert_eq!(line.matches(char::is_control).collect::<String>(), "\n");
        prop_assert!(line.ends_with(END), "{line:?}");
        let members = Members::of(&line);
        prop_assert_eq!(&members[2], &("message".to_owned(), expected(&body)));
        let told = members[8..].iter().map(|(_, value)| value.clone());
        prop_assert!(told.eq(attributes.iter().map(expected_of)), "{:?}", members);
        let mut keys: Vec<_> = members.iter().map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), members.len());
    }

    #[test]
    fn text_holds_no_order_and_begins_one_line_a_record(body in value(), attributes in entries(value())) {
        let record = LogRecord { attributes, body: Some(any(body)), ..order() };
        let line = text_line(record);
        prop_assert_eq!(line.matches(char::is_control).collect::<String>(), "\n");
    }
}
