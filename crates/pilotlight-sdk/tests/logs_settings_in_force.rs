//! Settings reach the parts of logs that they are about: from `OTEL_*` to what is exported.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use common::receiver::Receiver;
use common::{SOON, attributes};
use opentelemetry::Context;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pilotlight_sdk::config::{Settings, SettingsBuilder, Variables};
use pilotlight_sdk::pipeline::{Parts, Providers, start, start_lines};
use pilotlight_sdk::record::{LogMut, LogRecordProcessor, LoggerProvider};
use pilotlight_sdk::transport::InMemoryExporter;
use prost::Message;

fn settings(builder: SettingsBuilder, variables: &[(&str, &str)]) -> Settings {
    let fixed = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("PILOTLIGHT_LOG_LINES", "off"),
    ];
    let resolved = builder.resolve(&fixed.iter().chain(variables).copied().collect::<Variables>());
    assert_eq!(resolved.warnings, []);
    resolved.settings
}

fn started(builder: SettingsBuilder, variables: &[(&str, &str)], parts: Parts) -> Providers {
    start(&settings(builder, variables), parts).unwrap()
}

/// Emits a record of this severity with three attributes.
fn log(provider: &LoggerProvider, severity: Severity) {
    let logger = provider.logger("test");
    let mut record = logger.create_log_record();
    record.set_severity_number(severity);
    record.add_attributes([("one", "value"), ("two", "value"), ("three", "value")]);
    logger.emit(record);
}

fn not_sampled() -> Context {
    let (trace_id, span_id) = (TraceId::from(1), SpanId::from(2));
    let flags = TraceFlags::NOT_SAMPLED;
    let parent = SpanContext::new(trace_id, span_id, flags, false, TraceState::default());
    Context::new().with_remote_span_context(parent)
}

/// What a receiver gets of one record at each of three severities, within a trace that is not sampled and outside of it.
fn sent(builder: SettingsBuilder, variables: &[(&str, &str)]) -> Vec<LogRecord> {
    let receiver = Receiver::start();
    let to_receiver = [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())];
    let providers = started(builder, &[variables, &to_receiver].concat(), Parts::default());
    for severity in [Severity::Debug, Severity::Info, Severity::Error] {
        log(&providers.logger_provider, severity);
        let _attached = not_sampled().attach();
        log(&providers.logger_provider, severity);
    }
    let report = providers.shutdown(SOON);
    assert!(report.is_complete(), "{report}");
    let requests = receiver.bodies("/v1/logs");
    let requests = requests.iter().map(|body| ExportLogsServiceRequest::decode(&body[..]).unwrap());
    requests
        .flat_map(|request| request.resource_logs)
        .flat_map(|resource| resource.scope_logs)
        .flat_map(|scope| scope.log_records)
        .collect()
}

fn severities(records: &[LogRecord]) -> Vec<i32> {
    records.iter().map(|record| record.severity_number).collect()
}

#[test]
fn log_records_go_to_the_collector_unless_told_otherwise() {
    assert_eq!(severities(&sent(SettingsBuilder::new(), &[])), [5, 5, 9, 9, 17, 17]);
    assert!(sent(SettingsBuilder::new(), &[("OTEL_LOGS_EXPORTER", "none")]).is_empty());
}

#[test]
fn the_least_severity_and_the_traces_that_are_not_sampled() {
    let least = SettingsBuilder::new().logs_minimum_severity(Severity::Info);
    assert_eq!(severities(&sent(least, &[])), [9, 9, 17, 17]);
    let sampled = sent(SettingsBuilder::new().logs_trace_based(true), &[]);
    assert_eq!(severities(&sampled), [5, 9, 17]);
    assert!(sampled.iter().all(|record| record.trace_id.is_empty()));
}

#[test]
fn the_limits_of_log_records() {
    let records = sent(
        SettingsBuilder::new(),
        &[
            ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "2"),
            ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ],
    );
    let kept = attributes(&records[0].attributes);
    assert_eq!(kept, [("one", "val".to_owned()), ("two", "val".to_owned())]);
    assert_eq!(records[0].dropped_attributes_count, 1);
}

#[test]
fn an_exporter_that_cannot_be_built_is_left_out() {
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:1"), ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/none")];
    let providers = started(SettingsBuilder::new(), &variables, Parts::default());
    log(&providers.logger_provider, Severity::Info);
    assert_eq!(providers.shutdown(SOON).exporters, []);
}

/// Hides one attribute.
struct Hide;

impl LogRecordProcessor for Hide {
    fn on_emit(&self, log: &mut LogMut<'_>, _context: &Context) {
        log.remove_attribute("two");
    }
}

#[test]
fn processors_and_exporters_of_code_come_besides_the_environment() {
    let (receiver, memory) = (Receiver::start(), InMemoryExporter::new());
    let parts = Parts {
        log_record_processors: vec![Box::new(Hide)],
        logs_exporters: vec![Box::new(memory.clone())],
        ..Parts::default()
    };
    let to_receiver = [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())];
    let providers = started(SettingsBuilder::new(), &to_receiver, parts);
    log(&providers.logger_provider, Severity::Info);
    providers.force_flush(SOON).unwrap();
    let logs = memory.logs();
    let keys: Vec<_> = logs[0].view().attributes().map(|(key, _)| key.to_owned()).collect();
    assert_eq!(keys, ["one", "three"]);
    assert_eq!(receiver.bodies("/v1/logs").len(), 1);
    assert_eq!(providers.shutdown(SOON).exported(), 2);
}

#[test]
fn lines_have_an_exporter_of_their_own_where_they_are_on() {
    let exporters = |variables: &[(&str, &str)]| {
        let providers = started(SettingsBuilder::new(), variables, Parts::default());
        let report = providers.shutdown(SOON);
        report.exporters.into_iter().map(|exporter| exporter.exporter).collect::<Vec<_>>()
    };
    assert_eq!(exporters(&[]), ["otlp_http_log_exporter"]);
    let lines = ("PILOTLIGHT_LOG_LINES", "json");
    assert_eq!(exporters(&[lines]), ["otlp_http_log_exporter", "console_log_exporter"]);
    assert_eq!(exporters(&[lines, ("OTEL_LOGS_EXPORTER", "none")]), ["console_log_exporter"]);
}

#[test]
fn without_telemetry_lines_are_all_there_is() {
    let disabled = ("OTEL_SDK_DISABLED", "true");
    let off = settings(SettingsBuilder::new(), &[disabled]);
    assert!(start_lines(&off, Vec::new()).unwrap().is_none());

    let on = settings(SettingsBuilder::new(), &[disabled, ("PILOTLIGHT_LOG_LINES", "json")]);
    let provider = start_lines(&on, vec![Box::new(Hide)]).unwrap().unwrap();
    let report = provider.shutdown(SOON);
    assert_eq!(report.exporters.len(), 1);
    assert_eq!(report.exporters[0].exporter, "console_log_exporter");
}
