//! OTLP's JSON, as SDKs write it and as the specification allows it.

use crate::harness::Harness;
use http::StatusCode;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{exemplar, metric, number_data_point};
use pilotlight_view::receive::{Data, Protocol, Signal, Undecodable, decode_json, decode_protobuf};
use std::borrow::Cow;

/// Reads it over the network, and finds the same in what is kept of it.
async fn read(signal: Signal, json: &str) -> Data {
    let harness = Harness::start().await;
    let path = match signal {
        Signal::Traces => "/v1/traces",
        Signal::Metrics => "/v1/metrics",
        Signal::Logs => "/v1/logs",
    };
    let answer = harness.post(path, "application/json", json.as_bytes()).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "{}"));
    let received = harness.only();
    assert_eq!(received.arrival.protocol, Protocol::HttpJson);
    let again = decode_protobuf(signal, &received.encoded, 1 << 20).unwrap();
    // By their words: NaN is not equal to itself.
    assert_eq!(format!("{again:?}"), format!("{:?}", received.data));
    received.data
}

fn any(value: Value) -> Option<AnyValue> {
    Some(AnyValue { value: Some(value) })
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Cow<'a, Value> {
    let attribute =
        attributes.iter().find(|attribute| attribute.key == key).unwrap_or_else(|| panic!("no {key}"));
    Cow::Borrowed(attribute.value.as_ref().unwrap().value.as_ref().unwrap())
}

#[tokio::test]
async fn spans_as_the_javascript_sdk_writes_them() {
    let json = r#"{"resourceSpans":[{"resource":{"attributes":[
        {"key":"service.name","value":{"stringValue":"checkout"}},
        {"key":"process.pid","value":{"intValue":12345}},
        {"key":"process.command_args","value":{"arrayValue":{"values":[{"stringValue":"node"},{"stringValue":"app.js"}]}}}
      ],"droppedAttributesCount":0},
      "scopeSpans":[{"scope":{"name":"@opentelemetry/instrumentation-http","version":"0.57.0"},"spans":[{
        "traceId":"5B8EFFF798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173",
        "name":"GET /orders","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000001",
        "attributes":[{"key":"http.status_code","value":{"intValue":200}},{"key":"ratio","value":{"doubleValue":1}},{"key":"ok","value":{"boolValue":true}}],
        "droppedAttributesCount":0,
        "events":[{"attributes":[],"name":"exception","timeUnixNano":"1544712660500000000","droppedAttributesCount":0}],"droppedEventsCount":0,
        "status":{"code":0},
        "links":[{"attributes":[],"droppedAttributesCount":0,"traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b175","traceState":"a=b","flags":257}],
        "droppedLinksCount":0,"flags":257
      }]}]}]}"#;
    let Data::Traces(resources) = read(Signal::Traces, json).await else { panic!() };
    let resource = resources[0].resource.as_ref().unwrap();
    assert_eq!(*value(&resource.attributes, "process.pid"), Value::IntValue(12345));
    let span = &resources[0].scope_spans[0].spans[0];
    assert_eq!((span.trace_id[0], span.span_id[7], span.parent_span_id[7]), (0x5b, 0x74, 0x73));
    assert_eq!(
        (span.start_time_unix_nano, span.end_time_unix_nano),
        (1_544_712_660_000_000_000, 1_544_712_661_000_000_001)
    );
    assert_eq!((span.kind, span.flags, span.links[0].flags), (2, 257, 257));
    assert_eq!(*value(&span.attributes, "ratio"), Value::DoubleValue(1.0));
    assert_eq!((span.events[0].name.as_str(), span.links[0].trace_state.as_str()), ("exception", "a=b"));
}

#[tokio::test]
async fn metrics_of_every_kind_with_numbers_as_text_and_as_numbers() {
    let json = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
      {"name":"g","unit":"1","gauge":{"dataPoints":[{"asDouble":"NaN"},{"asDouble":"-Infinity"},{"asInt":"-7"},{"asInt":7},{"asDouble":1e3}]}},
      {"name":"s","sum":{"dataPoints":[{"asInt":"5","startTimeUnixNano":"1","timeUnixNano":2,
         "exemplars":[{"asDouble":0.5,"timeUnixNano":"3","traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","filteredAttributes":[]}]}],
         "aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true}},
      {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","sum":4.5,"min":1,"max":"2.5","bucketCounts":["1",2],"explicitBounds":[1.5]}]}},
      {"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":3,"scale":-1,"zeroCount":"1","zeroThreshold":0.1,
         "positive":{"offset":-2,"bucketCounts":["1","1"]},"negative":{}}]}},
      {"name":"q","summary":{"dataPoints":[{"count":"2","sum":3,"quantileValues":[{"quantile":0.5,"value":"Infinity"}]}]}}
    ]}]}]}"#;
    let Data::Metrics(resources) = read(Signal::Metrics, json).await else { panic!() };
    let metrics = &resources[0].scope_metrics[0].metrics;
    let Some(metric::Data::Gauge(gauge)) = &metrics[0].data else { panic!() };
    let values: Vec<_> =
        gauge.data_points.iter().map(|point| format!("{:?}", point.value.as_ref().unwrap())).collect();
    assert_eq!(values, ["AsDouble(NaN)", "AsDouble(-inf)", "AsInt(-7)", "AsInt(7)", "AsDouble(1000.0)"]);
    let Some(metric::Data::Sum(sum)) = &metrics[1].data else { panic!() };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
    assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsInt(5)));
    assert_eq!(sum.data_points[0].exemplars[0].value, Some(exemplar::Value::AsDouble(0.5)));
    let Some(metric::Data::Histogram(histogram)) = &metrics[2].data else { panic!() };
    let point = &histogram.data_points[0];
    assert_eq!((point.count, point.sum, point.min, point.max), (3, Some(4.5), Some(1.0), Some(2.5)));
    assert_eq!((&point.bucket_counts[..], &point.explicit_bounds[..]), (&[1, 2][..], &[1.5][..]));
    let Some(metric::Data::ExponentialHistogram(histogram)) = &metrics[3].data else { panic!() };
    let point = &histogram.data_points[0];
    assert_eq!((point.scale, point.zero_count, point.positive.as_ref().unwrap().offset), (-1, 1, -2));
    let Some(metric::Data::Summary(summary)) = &metrics[4].data else { panic!() };
    assert_eq!(summary.data_points[0].quantile_values[0].value, f64::INFINITY);
}

#[tokio::test]
async fn logs_with_values_of_every_kind() {
    let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{
      "timeUnixNano":"1","observedTimeUnixNano":2,"severityNumber":"SEVERITY_NUMBER_INFO","severityText":"info","eventName":"e",
      "traceId":"","spanId":"",
      "body":{"kvlistValue":{"values":[
        {"key":"bytes","value":{"bytesValue":"+/8="}},{"key":"bytes of an address","value":{"bytesValue":"-_8"}},
        {"key":"nan","value":{"doubleValue":"NaN"}},{"key":"largest","value":{"intValue":"9223372036854775807"}},
        {"key":"whole","value":{"intValue":3.0}},
        {"key":"nothing","value":{}},{"key":"null","value":null},{"key":"map","value":{"kvlistValue":{"values":[]}}}]}},
      "attributes":[{"key":"escaped \u00e4\n","value":{"stringValue":"\ud83d\ude00"}}]
    }]}]}]}"#;
    let Data::Logs(resources) = read(Signal::Logs, json).await else { panic!() };
    let record = &resources[0].scope_logs[0].log_records[0];
    assert_eq!(
        (record.severity_number, record.observed_time_unix_nano, record.event_name.as_str()),
        (9, 2, "e")
    );
    let Some(Value::KvlistValue(map)) = record.body.as_ref().unwrap().value.as_ref() else { panic!() };
    assert_eq!(*value(&map.values, "bytes"), Value::BytesValue(vec![0xfb, 0xff]));
    assert_eq!(*value(&map.values, "bytes of an address"), Value::BytesValue(vec![0xfb, 0xff]));
    assert_eq!(*value(&map.values, "largest"), Value::IntValue(i64::MAX));
    assert_eq!(*value(&map.values, "whole"), Value::IntValue(3));
    assert!(matches!(*value(&map.values, "nan"), Value::DoubleValue(nan) if nan.is_nan()));
    assert_eq!(map.values[5].value, Some(AnyValue { value: None }));
    assert_eq!(map.values[6].value, None);
    assert_eq!(record.attributes[0].key, "escaped ä\n");
    assert_eq!(record.attributes[0].value, any(Value::StringValue("😀".to_owned())));
}

#[tokio::test]
async fn unknown_fields_and_nulls_are_ignored_wherever_they_are() {
    let json = r#"{"new":{"a":[1,{"b":null}]},"resourceSpans":[{"resource":null,"schemaUrl":null,"new":1,"scopeSpans":[{"scope":{"new":[]},"spans":[{
      "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","trace_id":"not read","parentSpanId":null,"status":null,"links":null,
      "name":"a","new":"x","attributes":[{"key":"k","new":{},"value":{"newValue":{"deep":[1]},"stringValue":"v"}}]}]}]}]}"#;
    let Data::Traces(resources) = read(Signal::Traces, json).await else { panic!() };
    let span = &resources[0].scope_spans[0].spans[0];
    assert_eq!((span.name.as_str(), &span.status), ("a", &None));
    assert_eq!(*value(&span.attributes, "k"), Value::StringValue("v".to_owned()));
}

#[test]
fn what_cannot_be_read_says_where() {
    let span =
        |fields: &str| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#);
    for (json, words) in [
        (span(r#""traceId":"W47/95gDgQPSabYzgT/GDA==""#), "hexadecimal"),
        (span(r#""traceId":"5b8"#), "EOF"),
        (span(r#""traceId":"5b8""#), "hexadecimal"),
        (span(r#""startTimeUnixNano":"-1""#), "not negative"),
        (span(r#""startTimeUnixNano":"yesterday""#), "yesterday"),
        (span(r#""kind":"SPAN_KIND_BUTLER""#), "SPAN_KIND_BUTLER"),
        (span(r#""flags":4294967296"#), "32 bits"),
        (span(r#""attributes":[{"key":"k","value":{"intValue":1.5}}]"#), "1.5"),
        (span(r#""attributes":[{"key":"k","value":{"bytesValue":"!"}}]"#), "base64"),
        (span(r#""attributes":[{"key":"k","value":{"doubleValue":1e999}}]"#), "out of range"),
        (span(r#""name":"\ud800""#), "line 1"),
        ("{}{}".to_owned(), "trailing"),
        ("[]".to_owned(), "ExportTraceServiceRequest"),
        (String::new(), "EOF"),
    ] {
        let error = decode_json(Signal::Traces, json.as_bytes(), 1 << 20).unwrap_err();
        assert!(
            matches!(&error, Undecodable::Malformed(message) if message.contains(words)),
            "{json}: {error:?}"
        );
    }
}

#[test]
fn what_cannot_be_read_does_not_come_back_whole() {
    let long = "é".repeat(100_000);
    for json in [
        format!(r#"{{"resourceSpans":"{long}"}}"#),
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"flags":"{long}"}}]}}]}}]}}"#),
    ] {
        let error = decode_json(Signal::Traces, json.as_bytes(), 1 << 20).unwrap_err();
        assert!(error.to_string().chars().count() <= 300, "{error}");
    }
}

#[test]
fn text_that_is_no_utf_8_is_refused() {
    let body = b"{\"resourceSpans\":[{\"schemaUrl\":\"\xff\"}]}";
    assert!(matches!(decode_json(Signal::Traces, body, 1 << 20), Err(Undecodable::Malformed(_))));
}
