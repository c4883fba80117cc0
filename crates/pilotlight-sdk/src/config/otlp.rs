//! What an OTLP transport has to know, parsed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Uri};

use super::url::without_secrets;
use crate::transport::Signal;

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
#[derive(Clone)]
#[non_exhaustive]
pub struct OtlpConfig {
    /// What is sent.
    pub signal: Signal,
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

/// The endpoint is shown without its query, where some vendors want a key, and of headers their names alone.
impl fmt::Debug for OtlpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("OtlpConfig")
            .field("signal", &self.signal)
            .field("protocol", &self.protocol)
            .field("endpoint", &without_secrets(&self.endpoint.to_string()))
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("tls", &self.tls)
            .field("request_bytes_max", &self.request_bytes_max)
            .field("response_bytes_max", &self.response_bytes_max)
            .finish()
    }
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

#[cfg(test)]
mod tests {
    use crate::config::{SettingsBuilder, Variables};

    #[test]
    fn debug_output_shows_neither_the_endpoints_query_nor_header_values() {
        let settings = SettingsBuilder::new().resolve(&Variables::from([
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example/traces?key=hush"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hush"),
        ]));
        let shown = format!("{settings:?}");
        assert!(shown.contains("https://collector.example/traces?REDACTED"), "{shown}");
        assert!(shown.contains("authorization"), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}
