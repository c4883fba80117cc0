//! The receiver itself, told metrics and logs by generated clients.

use std::io::{Read, Write};
use std::net::TcpStream;

use e2e::receiver::{Protocol, Signal};
use e2e::{Behaviour, Receiver};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Content;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// One metric with two data points, 3 and 4.
fn metrics() -> ExportMetricsServiceRequest {
    let point = |value| NumberDataPoint { value: Some(Value::AsInt(value)), ..NumberDataPoint::default() };
    let data = Data::Sum(Sum {
        data_points: vec![point(3), point(4)],
        aggregation_temporality: AggregationTemporality::Delta.into(),
        is_monotonic: true,
    });
    let metric = Metric { name: "n".into(), unit: "{item}".into(), data: Some(data), ..Metric::default() };
    let of_scope = ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() };
    let of_resource = ResourceMetrics { scope_metrics: vec![of_scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![of_resource] }
}

/// Two log records of one library: "first" in a trace, and "second" outside of any.
fn logs() -> ExportLogsServiceRequest {
    let value = |content| Some(AnyValue { value: Some(content) });
    let record = |body: &str| LogRecord {
        body: value(Content::StringValue(body.into())),
        attributes: vec![attribute("user_id", value(Content::IntValue(7)))],
        ..LogRecord::default()
    };
    let first = LogRecord { trace_id: vec![0xab; 16], span_id: vec![0xcd; 8], ..record("first") };
    let scope = InstrumentationScope { name: "shop::orders".into(), ..InstrumentationScope::default() };
    let of_scope =
        ScopeLogs { scope: Some(scope), log_records: vec![first, record("second")], ..ScopeLogs::default() };
    let service = attribute("service.name", value(Content::StringValue("shop".into())));
    let resource = Some(Resource { attributes: vec![service], ..Resource::default() });
    let of_resource = ResourceLogs { resource, scope_logs: vec![of_scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![of_resource] }
}

fn attribute(key: &str, value: Option<AnyValue>) -> KeyValue {
    KeyValue { key: key.into(), value, ..KeyValue::default() }
}

#[tokio::test]
async fn metrics_come_over_grpc() {
    let receiver = Receiver::start();
    let mut client = MetricsServiceClient::connect(receiver.endpoint()).await.unwrap();
    receiver.answer_next_of(Signal::Traces, [Behaviour::Refuse]);
    receiver.answer_next_of(Signal::Metrics, [Behaviour::TakeAllBut(1), Behaviour::Refuse]);

    let partial = client.export(metrics()).await.unwrap().into_inner().partial_success.unwrap();
    let refused = client.export(metrics()).await.unwrap_err();
    client.export(metrics()).await.unwrap();

    assert_eq!(partial.rejected_data_points, 1);
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert_eq!(receiver.metric("n").sum_of_deltas(), 4.0 + 7.0);
    assert_eq!(receiver.points()[0].unit, "{item}");
    assert_eq!(receiver.requests_of(Signal::Metrics).len(), 3);
    assert!(receiver.requests_of(Signal::Traces).is_empty());
}

#[tokio::test]
async fn logs_come_over_grpc() {
    let receiver = Receiver::start();
    let mut client = LogsServiceClient::connect(receiver.endpoint()).await.unwrap();
    receiver.answer_next_of(Signal::Metrics, [Behaviour::Refuse]);
    receiver.answer_next_of(Signal::Logs, [Behaviour::TakeAllBut(1), Behaviour::Refuse]);

    let partial = client.export(logs()).await.unwrap().into_inner().partial_success.unwrap();
    let refused = client.export(logs()).await.unwrap_err();
    client.export(logs()).await.unwrap();

    assert_eq!(partial.rejected_log_records, 1);
    assert_eq!((refused.code(), refused.message()), (tonic::Code::InvalidArgument, "these are no logs"));
    let bodies: Vec<_> = receiver.logs().iter().map(|log| log.body().unwrap()).collect();
    assert_eq!(bodies, ["second", "first", "second"]);
    assert_eq!(receiver.requests_of(Signal::Logs).len(), 3);
    assert!(receiver.requests_of(Signal::Metrics).is_empty());
}

#[test]
fn metrics_come_over_http() {
    let receiver = Receiver::start();
    receiver.answer_next([Behaviour::TakeAllBut(1), Behaviour::Unavailable]);

    let (status, answer) = post(&receiver, "/v1/metrics", &metrics());
    let (unavailable, _) = post(&receiver, "/v1/metrics", &metrics());
    receiver.wait_for_metric("n", |points| !points.is_empty());

    assert_eq!((status, unavailable), (200, 503));
    let answer = ExportMetricsServiceResponse::decode(&answer[..]).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_data_points, 1);
    assert_eq!(receiver.metric("n").sum_of_deltas(), 4.0);
    let [first, _] = &receiver.requests()[..] else { panic!("{:?}", receiver.requests()) };
    assert_eq!((first.signal, first.protocol, first.items), (Signal::Metrics, Protocol::Http, 2));
}

#[test]
fn logs_come_over_http() {
    let receiver = Receiver::start();
    receiver.answer_next_of(Signal::Logs, [Behaviour::TakeAllBut(1), Behaviour::Refuse]);

    let (status, answer) = post(&receiver, "/v1/logs", &logs());
    let (refused, words) = post(&receiver, "/v1/logs", &logs());
    receiver.wait_for_logs(1);

    assert_eq!((status, refused), (200, 400));
    let partial = ExportLogsServiceResponse::decode(&answer[..]).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 1);
    assert_eq!(partial.error_message, "some log records make no sense");
    assert_eq!(words, b"these are no logs");
    let [first, _] = &receiver.requests()[..] else { panic!("{:?}", receiver.requests()) };
    assert_eq!((first.signal, first.protocol, first.items), (Signal::Logs, Protocol::Http, 2));
}

#[test]
fn a_log_record_keeps_who_recorded_it_and_in_which_span() {
    let receiver = Receiver::start();

    post(&receiver, "/v1/logs", &logs());

    let (trace, logs) = ("ab".repeat(16), receiver.logs());
    let [first, second] = &logs[..] else { panic!("{logs:?}") };
    assert_eq!((first.trace_id(), first.span_id()), (trace.clone(), "cd".repeat(8)));
    assert_eq!((second.trace_id(), second.span_id()), (String::new(), String::new()));
    assert_eq!((first.scope.name.as_str(), first.attribute("user_id")), ("shop::orders", Some("7".into())));
    assert_eq!(first.attribute("absent"), None);
    assert_eq!(first.resource.attributes[0].key, "service.name");
    let of_trace: Vec<_> = receiver.logs_of_trace(&trace).iter().map(|log| log.body().unwrap()).collect();
    assert_eq!(of_trace, ["first"]);
}

/// The status and the body of the answer.
fn post(receiver: &Receiver, path: &str, message: &impl Message) -> (u16, Vec<u8>) {
    let body = message.encode_to_vec();
    let mut connection = TcpStream::connect(receiver.endpoint().trim_start_matches("http://")).unwrap();
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nhost: receiver\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .unwrap();
    connection.write_all(&body).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    (status, answer.split_off(end))
}
