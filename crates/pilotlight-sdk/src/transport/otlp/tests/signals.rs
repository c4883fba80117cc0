//! What differs between the signals: where their requests go, what their items are called, and what their settings are.

use std::sync::{Arc, Mutex};

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use tokio::net::TcpListener;

use super::receiver::{Receiver, Speaks, answer, grpc_answer};
use super::*;

const ALL: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];
const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

fn config_of(signal: Signal, protocol: Protocol, endpoint: &str) -> OtlpConfig {
    OtlpConfig { signal, ..config(protocol, endpoint) }
}

fn logs() -> ExportLogsServiceRequest {
    let body = Some(AnyValue { value: Some(Value::StringValue("Processing request".into())) });
    let log_records = vec![LogRecord { body, severity_number: 9, ..LogRecord::default() }];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

fn batch_of_logs() -> Batch {
    Batch { signal: Signal::Logs, items: 1, request: logs().encode_to_vec().into() }
}

/// A receiver's answer that it rejected three items, in the signal's own words.
fn partial_success_of(signal: Signal) -> Bytes {
    let error_message = "too old".to_owned();
    match signal {
        Signal::Traces => partial_success(),
        Signal::Metrics => {
            let partial_success =
                Some(ExportMetricsPartialSuccess { rejected_data_points: 3, error_message });
            ExportMetricsServiceResponse { partial_success }.encode_to_vec().into()
        }
        Signal::Logs => {
            let partial_success = Some(ExportLogsPartialSuccess { rejected_log_records: 3, error_message });
            ExportLogsServiceResponse { partial_success }.encode_to_vec().into()
        }
    }
}

/// Exports a batch that no receiver here reads.
async fn export_any(config: OtlpConfig) -> Result<Receipt, ExportError> {
    let signal = config.signal;
    otlp(config).unwrap().export(Batch { signal, ..batch() }).await
}

#[tokio::test]
async fn each_signal_calls_its_own_grpc_service_and_reads_its_partial_success() {
    let services = ["trace.v1.TraceService", "metrics.v1.MetricsService", "logs.v1.LogsService"];
    for (signal, service) in ALL.into_iter().zip(services) {
        let receiver = Receiver::start(Speaks::Http2, move || grpc_answer(&partial_success_of(signal))).await;
        let receipt = export_any(config_of(signal, Protocol::Grpc, &receiver.url())).await.unwrap();
        assert_eq!(receipt, rejected_three(Answer::Grpc(0)));
        let path = format!("/opentelemetry.proto.collector.{service}/Export");
        assert_eq!(receiver.request().uri().path(), path);
    }
}

#[tokio::test]
async fn each_signal_is_posted_to_its_own_url_and_reads_its_partial_success() {
    for (signal, path) in ALL.into_iter().zip(["/v1/traces", "/v1/metrics", "/v1/logs"]) {
        let receiver =
            Receiver::start(Speaks::Http1, move || answer(200, &[], partial_success_of(signal))).await;
        let config = config_of(signal, Protocol::HttpProtobuf, &format!("{}{path}", receiver.url()));
        assert_eq!(export_any(config).await.unwrap(), rejected_three(Answer::Http(200)));
        assert_eq!(receiver.request().uri().path(), path);
    }
}

#[tokio::test]
async fn a_batch_of_logs_is_posted_as_it_is() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], "")).await;
    let config = config_of(Signal::Logs, Protocol::HttpProtobuf, &format!("{}/v1/logs", receiver.url()));
    otlp(config).unwrap().export(batch_of_logs()).await.unwrap();
    assert_eq!(ExportLogsServiceRequest::decode(receiver.request().body().clone()).unwrap(), logs());
}

#[test]
fn each_exporter_is_named_after_its_protocol_and_what_it_exports() {
    let named =
        |signal, protocol| otlp(config_of(signal, protocol, "http://127.0.0.1:1")).unwrap().component_type();
    let names: Vec<_> =
        BOTH.into_iter().flat_map(|protocol| ALL.map(|signal| named(signal, protocol))).collect();
    assert_eq!(
        names,
        [
            "otlp_grpc_span_exporter",
            "otlp_grpc_metric_exporter",
            "otlp_grpc_log_exporter",
            "otlp_http_span_exporter",
            "otlp_http_metric_exporter",
            "otlp_http_log_exporter",
        ]
    );
}

#[tokio::test]
async fn a_request_above_the_bound_names_the_items_to_make_smaller() {
    for protocol in BOTH {
        for (signal, items) in ALL.into_iter().zip(["spans", "data points", "log records"]) {
            let config = config_of(signal, protocol, "http://127.0.0.1:1");
            let error = export_any(OtlpConfig { request_bytes_max: 10, ..config }).await.unwrap_err();
            assert_says(&error, &[&format!("make batches or {items} smaller")]);
        }
    }
}

#[tokio::test]
async fn a_wrong_path_is_explained_with_the_signals_own_setting() {
    let settings = [
        ["/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
        ["/v1/metrics", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"],
        ["/v1/logs", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"],
    ];
    for (signal, setting) in ALL.into_iter().zip(settings) {
        let receiver = Receiver::start(Speaks::Http1, || answer(404, &[], "")).await;
        let error = export_any(config_of(signal, Protocol::HttpProtobuf, &receiver.url())).await.unwrap_err();
        assert_says(&error, &setting);
    }
}

#[tokio::test]
async fn a_receiver_that_finds_a_request_too_large_points_at_the_signals_own_setting() {
    let settings = [
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "metrics_export_batch_points_max",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    ];
    for (signal, setting) in ALL.into_iter().zip(settings) {
        let receiver = Receiver::start(Speaks::Http1, || answer(413, &[], "")).await;
        let error = export_any(config_of(signal, Protocol::HttpProtobuf, &receiver.url())).await.unwrap_err();
        assert_says(&error, &[setting]);
    }
}

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportLogsServiceRequest>>>);

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportLogsServiceRequest>,
    ) -> Result<tonic::Response<ExportLogsServiceResponse>, tonic::Status> {
        self.0.lock().unwrap().push(request.into_inner());
        let response = ExportLogsServiceResponse::decode(partial_success_of(Signal::Logs)).unwrap();
        Ok(tonic::Response::new(response))
    }
}

#[tokio::test]
async fn tonics_server_gets_the_logs_and_its_partial_success_is_the_receipt() {
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let service = TowerToHyperService::new(LogsServiceServer::new(collector.clone()));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await
    });

    let config = config_of(Signal::Logs, Protocol::Grpc, &endpoint);
    let receipt = otlp(config).unwrap().export(batch_of_logs()).await.unwrap();

    assert_eq!(receipt, rejected_three(Answer::Grpc(0)));
    assert_eq!(*collector.0.lock().unwrap(), [logs()]);
}
