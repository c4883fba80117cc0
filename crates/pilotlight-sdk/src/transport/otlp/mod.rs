//! OTLP over gRPC and over HTTP.
//!
//! ```text
//!  Batch ──▶ compress ──▶ grpc | http ──▶ client ──▶ connect (tls) ──▶ receiver
//!            once a batch   framing        one pool    one dialer
//!  Receipt | ExportError ◀── answer, status, failure ◀──────────────────┘
//! ```
//!
//! Everything here runs on the exporter thread. Both protocols share one HTTP client (hyper's pool over a dialer of ours);
//! gRPC's unary call is written out in `grpc`, because it is some fifty lines over HTTP/2 and because a gRPC library in
//! between hides what a useful error message needs: the HTTP answer of a peer that is no gRPC server.
//!
//! Not supported: proxies (`HTTPS_PROXY` is ignored), redirects (never followed, reported as an error), Unix sockets.
//!
//! Specification: <https://opentelemetry.io/docs/specs/otlp/>.

use std::fmt;

use super::exporter::Exporter;
use crate::config::{OtlpConfig, Protocol};

#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod answer;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod client;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod compress;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod connect;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod endpoint;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod failure;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod headers;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod status;
#[cfg(test)]
#[cfg(all(feature = "otlp-grpc", feature = "otlp-http", feature = "tls", feature = "gzip"))]
mod tests;
#[cfg(all(feature = "tls", any(feature = "otlp-grpc", feature = "otlp-http")))]
mod tls;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod trail;

#[cfg(feature = "otlp-grpc")]
pub use grpc::OtlpGrpcExporter;
#[cfg(feature = "otlp-http")]
pub use http::OtlpHttpExporter;

/// Makes the OTLP exporter that `config.protocol` names.
///
/// Reads the PEM files and the trust store of an `https` endpoint, and does no other I/O: the first export dials, so a
/// receiver that is down does not keep a program from starting.
///
/// # Errors
///
/// [`BuildError`] when the crate was built without the feature that the configuration needs (`otlp-grpc`, `otlp-http`,
/// `gzip`, `tls`), and when a certificate or key cannot be used.
pub fn otlp(config: OtlpConfig) -> Result<Box<dyn Exporter>, BuildError> {
    match config.protocol {
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => Ok(Box::new(OtlpGrpcExporter::new(config)?)),
        #[cfg(not(feature = "otlp-grpc"))]
        Protocol::Grpc => Err(BuildError::feature("OTLP over gRPC", "otlp-grpc")),
        #[cfg(feature = "otlp-http")]
        Protocol::HttpProtobuf => Ok(Box::new(OtlpHttpExporter::new(config)?)),
        #[cfg(not(feature = "otlp-http"))]
        Protocol::HttpProtobuf => Err(BuildError::feature("OTLP over HTTP", "otlp-http")),
    }
}

/// Why an exporter cannot be made from its configuration.
///
/// The message says what is wrong, with which file or setting, and what to try; the cause, when there is one, is its
/// [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct BuildError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl BuildError {
    #[allow(dead_code, reason = "which of these are used depends on the features")]
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    #[allow(dead_code, reason = "which of these are used depends on the features")]
    pub(super) fn feature(what: &str, feature: &str) -> Self {
        Self::new(format!("{what} is not compiled in: enable the feature `{feature}` of pilotlight"))
    }

    #[allow(dead_code, reason = "which of these are used depends on the features")]
    pub(super) fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
