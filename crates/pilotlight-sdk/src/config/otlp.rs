//! What an OTLP transport has to know, parsed.

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};

/// `OTEL_EXPORTER_OTLP_PROTOCOL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// `grpc`.
    Grpc,
    /// `http/protobuf`, the default.
    HttpProtobuf,
}

/// `OTEL_EXPORTER_OTLP_COMPRESSION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// `none`, the default.
    None,
    /// `gzip`.
    Gzip,
}

/// Everything one OTLP exporter is configured with. Made by the settings chain; all values are valid.
///
/// Specification: "OpenTelemetry Protocol Exporter", <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OtlpConfig {
    /// gRPC or HTTP.
    pub protocol: Protocol,
    /// Where requests go: always absolute, with `http` or `https` as its scheme. For HTTP the path is final
    /// (`/v1/traces` is already appended where it belongs); for gRPC the path is ignored.
    pub endpoint: Uri,
    /// Sent with every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The longest one attempt may take; `None` is no limit.
    pub timeout: Option<Duration>,
    /// How request bodies are compressed.
    pub compression: Compression,
    /// How a server on an `https` endpoint is verified, and how we prove who we are.
    pub tls: TlsConfig,
    /// The largest request sent, in bytes before compression.
    pub request_bytes_max: usize,
    /// The largest response read, in bytes after decompression.
    pub response_bytes_max: usize,
}

/// Files for TLS, in PEM.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TlsConfig {
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`: trusted instead of the platform's roots.
    pub certificate: Option<PathBuf>,
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.
    pub client_certificate: Option<PathBuf>,
    /// `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
    pub client_key: Option<PathBuf>,
}
