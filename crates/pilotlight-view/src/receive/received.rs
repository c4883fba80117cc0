//! What comes out of the receiver: decoded, checked, and with what is known of how it came.

use bytes::Bytes;
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use serde::Serialize;
use utoipa::ToSchema;

/// One request, decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// How it came.
    pub arrival: Arrival,
    /// What is in it.
    pub data: Data,
    /// The same as OTLP protobuf, uncompressed: an `Export…ServiceRequest` of `data`'s signal. What the store keeps.
    pub encoded: Bytes,
}

/// The content of a request. Ids are of their right lengths or empty: see `check`.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Of `ExportTraceServiceRequest`.
    Traces(Vec<ResourceSpans>),
    /// Of `ExportMetricsServiceRequest`.
    Metrics(Vec<ResourceMetrics>),
    /// Of `ExportLogsServiceRequest`.
    Logs(Vec<ResourceLogs>),
}

impl Data {
    /// Whose request this is.
    pub fn signal(&self) -> Signal {
        match self {
            Self::Traces(_) => Signal::Traces,
            Self::Metrics(_) => Signal::Metrics,
            Self::Logs(_) => Signal::Logs,
        }
    }
}

/// How a request came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// When it was whole, in nanoseconds since 1970.
    pub unix_nano: u64,
    /// The port that it came to.
    pub port: u16,
    /// What it spoke.
    pub protocol: Protocol,
    /// How its body was compressed.
    pub compression: Compression,
    /// Bytes of the body as they came over the network.
    pub bytes: u64,
    /// What the sender calls itself (`User-Agent`), at most 200 characters.
    pub user_agent: Option<String>,
}

/// What a sender spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP with protobuf bodies.
    HttpProtobuf,
    /// OTLP over HTTP with JSON bodies.
    HttpJson,
    /// A file that was imported, or read again at the start.
    File,
}

/// How a body was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// One of the three.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Spans.
    Traces,
    /// Data points.
    Metrics,
    /// Log records.
    Logs,
}
