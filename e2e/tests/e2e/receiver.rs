//! The receiver itself, told metrics by generated clients.

use std::io::{Read, Write};
use std::net::TcpStream;

use e2e::receiver::{Protocol, Signal};
use e2e::{Behaviour, Receiver};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use prost::Message;

/// One metric with two data points, 3 and 4.
fn message() -> ExportMetricsServiceRequest {
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

#[tokio::test]
async fn metrics_come_over_grpc() {
    let receiver = Receiver::start();
    let mut client = MetricsServiceClient::connect(receiver.endpoint()).await.unwrap();
    receiver.answer_next_of(Signal::Traces, [Behaviour::Refuse]);
    receiver.answer_next_of(Signal::Metrics, [Behaviour::TakeAllBut(1), Behaviour::Refuse]);

    let partial = client.export(message()).await.unwrap().into_inner().partial_success.unwrap();
    let refused = client.export(message()).await.unwrap_err();
    client.export(message()).await.unwrap();

    assert_eq!(partial.rejected_data_points, 1);
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert_eq!(receiver.metric("n").sum_of_deltas(), 4.0 + 7.0);
    assert_eq!(receiver.points()[0].unit, "{item}");
    assert_eq!(receiver.requests_of(Signal::Metrics).len(), 3);
    assert!(receiver.requests_of(Signal::Traces).is_empty());
}

#[test]
fn metrics_come_over_http() {
    let receiver = Receiver::start();
    receiver.answer_next([Behaviour::TakeAllBut(1), Behaviour::Unavailable]);

    let (status, answer) = post(&receiver, &message());
    let (unavailable, _) = post(&receiver, &message());
    receiver.wait_for_metric("n", |points| !points.is_empty());

    assert_eq!((status, unavailable), (200, 503));
    assert_eq!(answer.partial_success.unwrap().rejected_data_points, 1);
    assert_eq!(receiver.metric("n").sum_of_deltas(), 4.0);
    let [first, _] = &receiver.requests()[..] else { panic!("{:?}", receiver.requests()) };
    assert_eq!((first.signal, first.protocol, first.items), (Signal::Metrics, Protocol::Http, 2));
}

fn post(receiver: &Receiver, message: &ExportMetricsServiceRequest) -> (u16, ExportMetricsServiceResponse) {
    let body = message.encode_to_vec();
    let mut connection = TcpStream::connect(receiver.endpoint().trim_start_matches("http://")).unwrap();
    write!(
        connection,
        "POST /v1/metrics HTTP/1.1\r\nhost: receiver\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .unwrap();
    connection.write_all(&body).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    (status, ExportMetricsServiceResponse::decode(&answer[end..]).unwrap())
}
