//! From bytes to messages, within a bound of memory.

use super::json;
use super::weight::weigh;
use super::{Data, Signal};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

/// Why a body is no request of OTLP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecodable {
    /// It cannot be read; the decoder's words.
    Malformed(String),
    /// It would take more than so many bytes of memory.
    TooLarge(usize),
}

impl std::fmt::Display for Undecodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(words) => f.write_str(words),
            Self::TooLarge(most) => {
                write!(f, "it would take more than {most} bytes of memory; send smaller batches")
            }
        }
    }
}

impl std::error::Error for Undecodable {}

/// Reads an `Export…ServiceRequest` of this signal.
///
/// # Errors
/// When it cannot be read, nests deeper than 100 levels, or would take more than about `memory_bytes_max` bytes.
pub fn decode_protobuf(signal: Signal, body: &[u8], memory_bytes_max: usize) -> Result<Data, Undecodable> {
    weigh(signal, body, memory_bytes_max)?;
    decode_weighed(signal, body)
}

/// Reads an `Export…ServiceRequest` that has been weighed.
pub(super) fn decode_weighed(signal: Signal, body: &[u8]) -> Result<Data, Undecodable> {
    let data = match signal {
        Signal::Traces => {
            ExportTraceServiceRequest::decode(body).map(|request| Data::Traces(request.resource_spans))
        }
        Signal::Metrics => {
            ExportMetricsServiceRequest::decode(body).map(|request| Data::Metrics(request.resource_metrics))
        }
        Signal::Logs => {
            ExportLogsServiceRequest::decode(body).map(|request| Data::Logs(request.resource_logs))
        }
    };
    data.map_err(|error| Undecodable::Malformed(format!("{error}")))
}

/// Reads an `Export…ServiceRequest` of this signal in OTLP's JSON: ids in hexadecimal, whole numbers as numbers or text, unknown fields
/// ignored.
///
/// # Errors
/// When it cannot be read, nests deeper than 128 levels, or would take more than about `memory_bytes_max` bytes.
pub fn decode_json(signal: Signal, body: &[u8], memory_bytes_max: usize) -> Result<Data, Undecodable> {
    json::decode(signal, body, memory_bytes_max)
}

impl Data {
    /// As an `Export…ServiceRequest` of its signal in protobuf. Takes the content for the time of encoding instead of copying it.
    pub(crate) fn encode(&mut self) -> Vec<u8> {
        match self {
            Self::Traces(resource_spans) => {
                let request = ExportTraceServiceRequest { resource_spans: std::mem::take(resource_spans) };
                let encoded = request.encode_to_vec();
                *resource_spans = request.resource_spans;
                encoded
            }
            Self::Metrics(resource_metrics) => {
                let request =
                    ExportMetricsServiceRequest { resource_metrics: std::mem::take(resource_metrics) };
                let encoded = request.encode_to_vec();
                *resource_metrics = request.resource_metrics;
                encoded
            }
            Self::Logs(resource_logs) => {
                let request = ExportLogsServiceRequest { resource_logs: std::mem::take(resource_logs) };
                let encoded = request.encode_to_vec();
                *resource_logs = request.resource_logs;
                encoded
            }
        }
    }
}
