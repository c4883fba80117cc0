//! What is sent: the smallest telemetry that can be found again.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use crate::doctor::settings::Signal;

/// The attribute that marks what we sent; the metric has the same name.
pub(super) const NAME: &str = "pilotlight.doctor.probe";

/// How long the span claims to have taken, nanoseconds: long enough to be seen.
const DURATION: u64 = 1_000_000;

/// What nobody else has.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    trace_id: [u8; 16],
    span_id: [u8; 8],
}

impl Mark {
    /// A random one.
    pub(super) fn new() -> Result<Self, String> {
        let mut bytes = [0; 24];
        getrandom::fill(&mut bytes).map_err(|error| format!("the system has no randomness: {error}"))?;
        let (mut trace_id, mut span_id) = ([0; 16], [0; 8]);
        trace_id.copy_from_slice(&bytes[..16]);
        span_id.copy_from_slice(&bytes[16..]);
        // Zeros alone are no id.
        (trace_id[0], span_id[0]) = (trace_id[0] | 1, span_id[0] | 1);
        Ok(Self { trace_id, span_id })
    }

    /// As the attribute has it.
    pub(super) fn text(&self) -> String {
        self.trace_id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// One item of `signal` as OTLP, with `padding` more bytes in it.
    pub(super) fn request(&self, signal: Signal, padding: usize) -> Bytes {
        let now = now();
        let encoded = match signal {
            Signal::Traces => self.traces(now, padding).encode_to_vec(),
            Signal::Metrics => self.metrics(now, padding).encode_to_vec(),
            Signal::Logs => self.logs(now, padding).encode_to_vec(),
        };
        encoded.into()
    }

    fn traces(&self, now: u64, padding: usize) -> ExportTraceServiceRequest {
        let span = Span {
            trace_id: self.trace_id.to_vec(),
            span_id: self.span_id.to_vec(),
            name: "pilotlight doctor".to_owned(),
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: now - DURATION,
            end_time_unix_nano: now,
            attributes: self.attributes(padding),
            // Sampled, and with no parent elsewhere.
            flags: 0x101,
            ..Span::default()
        };
        let scope_spans = vec![ScopeSpans { scope: scope(), spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = ResourceSpans { resource: resource(), scope_spans, ..ResourceSpans::default() };
        ExportTraceServiceRequest { resource_spans: vec![resource_spans] }
    }

    fn metrics(&self, now: u64, padding: usize) -> ExportMetricsServiceRequest {
        let point = NumberDataPoint {
            attributes: self.attributes(padding),
            time_unix_nano: now,
            value: Some(number_data_point::Value::AsInt(1)),
            ..NumberDataPoint::default()
        };
        let metric = Metric {
            name: NAME.to_owned(),
            description: "A point that pilotlight doctor sent.".to_owned(),
            data: Some(metric::Data::Gauge(Gauge { data_points: vec![point] })),
            ..Metric::default()
        };
        let scope_metrics =
            vec![ScopeMetrics { scope: scope(), metrics: vec![metric], ..ScopeMetrics::default() }];
        let resource_metrics =
            ResourceMetrics { resource: resource(), scope_metrics, ..ResourceMetrics::default() };
        ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }
    }

    fn logs(&self, now: u64, padding: usize) -> ExportLogsServiceRequest {
        let record = LogRecord {
            time_unix_nano: now,
            observed_time_unix_nano: now,
            severity_number: 9,
            severity_text: "INFO".to_owned(),
            body: text("pilotlight doctor was here"),
            attributes: self.attributes(padding),
            trace_id: self.trace_id.to_vec(),
            span_id: self.span_id.to_vec(),
            flags: 1,
            ..LogRecord::default()
        };
        let scope_logs =
            vec![ScopeLogs { scope: scope(), log_records: vec![record], ..ScopeLogs::default() }];
        let resource_logs = ResourceLogs { resource: resource(), scope_logs, ..ResourceLogs::default() };
        ExportLogsServiceRequest { resource_logs: vec![resource_logs] }
    }

    fn attributes(&self, padding: usize) -> Vec<KeyValue> {
        let mut attributes = vec![attribute(NAME, &self.text())];
        if padding > 0 {
            attributes.push(attribute("pilotlight.doctor.padding", &"x".repeat(padding)));
        }
        attributes
    }
}

fn resource() -> Option<Resource> {
    Some(Resource { attributes: vec![attribute("service.name", "pilotlight-doctor")], ..Resource::default() })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: "pilotlight-doctor".to_owned(), ..InstrumentationScope::default() })
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: text(value), ..KeyValue::default() }
}

fn text(value: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) })
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // A clock that is before 1970 has other troubles.
    since.map_or(DURATION, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
