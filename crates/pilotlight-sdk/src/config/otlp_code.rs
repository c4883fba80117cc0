//! The OTLP exporter, as code describes it.

use std::path::PathBuf;
use std::time::Duration;

use super::otlp::{Compression, Protocol};
use super::parse;

/// How an OTLP exporter is configured in code.
///
/// Given to [`SettingsBuilder::otlp`](super::SettingsBuilder::otlp) it speaks for all signals, given to
/// [`otlp_traces`](super::SettingsBuilder::otlp_traces), [`otlp_metrics`](super::SettingsBuilder::otlp_metrics) or
/// [`otlp_logs`](super::SettingsBuilder::otlp_logs) for that signal alone. What is not set here is read from
/// `OTEL_EXPORTER_OTLP_TRACES_…`, `OTEL_EXPORTER_OTLP_METRICS_…` or `OTEL_EXPORTER_OTLP_LOGS_…`, then from
/// `OTEL_EXPORTER_OTLP_…`, then takes its default.
///
/// ```
/// use std::time::Duration;
/// use pilotlight_sdk::config::{Otlp, Protocol};
///
/// let otlp = Otlp::new()
///     .protocol(Protocol::Grpc)
///     .endpoint("https://collector.example.com:4317")
///     .header("x-tenant", "shop")
///     .timeout(Duration::from_secs(5));
/// ```
#[derive(Clone, Default)]
pub struct Otlp {
    pub(super) protocol: Option<Protocol>,
    pub(super) endpoint: Option<String>,
    pub(super) insecure: Option<bool>,
    pub(super) headers: Option<Vec<(String, String)>>,
    pub(super) timeout: Option<Option<Duration>>,
    pub(super) compression: Option<Compression>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_key: Option<PathBuf>,
    pub(super) request_bytes_max: Option<usize>,
    pub(super) response_bytes_max: Option<usize>,
}

impl Otlp {
    /// Nothing set: everything comes from the environment or is a default.
    pub fn new() -> Self {
        Self::default()
    }

    /// gRPC or HTTP. Default `http/protobuf`. `OTEL_EXPORTER_OTLP_PROTOCOL`: `grpc` or `http/protobuf`; anything else
    /// (`http/json` too) is warned about and counts as unset.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Where requests go: `http://host:port`, `https://host:port` or `host:port`.
    ///
    /// Default `http://localhost:4318`, for gRPC `http://localhost:4317`. `OTEL_EXPORTER_OTLP_ENDPOINT`, or
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` or `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`
    /// for that signal alone. Over HTTP an endpoint for all signals is a base to which `/v1/traces`, `/v1/metrics` or
    /// `/v1/logs` is appended, while one for a single signal is used as it is. gRPC ignores the path.
    ///
    /// The scheme decides about TLS. Without one, [`insecure`](Self::insecure) does; when that is unset too, TLS is
    /// used, which is the specification's default, with a warning that says how to choose. The one exception is a
    /// loopback host (`localhost`, `127.0.0.1`, `[::1]`), which gets plaintext as the default endpoint does: nothing
    /// leaves the machine.
    ///
    /// What cannot be read is warned about and counts as unset. A user name and password are taken out, with a
    /// warning.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Whether an endpoint without a scheme is spoken to in plaintext. See [`endpoint`](Self::endpoint) for what
    /// happens when it is not set. `OTEL_EXPORTER_OTLP_INSECURE`: only `true`, whatever its case, means true; other
    /// values but `false` are warned about and mean false. The specification limits it to gRPC; we let it speak for
    /// HTTP too, where a missing scheme would otherwise be an error.
    #[must_use]
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = Some(insecure);
        self
    }

    /// Sends a header with every request; for gRPC, metadata. Call it again for more headers; a repeated name keeps
    /// its last value.
    ///
    /// Headers set in code replace those of `OTEL_EXPORTER_OTLP_HEADERS` (`name=value,name2=value2`, values
    /// percent-encoded), and those of a single signal replace those of all. A header that cannot be sent, or that the
    /// transport sets itself, is left out with a warning that does not repeat it.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.get_or_insert_default().push((name.into(), value.into()));
        self
    }

    /// The longest one attempt may take; zero means no limit. Default 10 seconds. `OTEL_EXPORTER_OTLP_TIMEOUT`, in
    /// milliseconds; what is no whole number is warned about and counts as unset. More than 24 days count as 24 days.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(parse::limit(timeout));
        self
    }

    /// How request bodies are compressed. Default none. `OTEL_EXPORTER_OTLP_COMPRESSION`: `gzip` or `none`; anything
    /// else is warned about and counts as unset.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// A PEM file with the certificates to trust instead of the platform's. `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    #[must_use]
    pub fn certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.certificate = Some(file.into());
        self
    }

    /// PEM files with the certificate and the private key that prove who we are.
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`. One without the other is warned
    /// about and ignored.
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client_certificate = Some(certificate.into());
        self.client_key = Some(key.into());
        self
    }

    /// The largest request, in bytes before compression. Default 64 MiB. No variable. Zero is warned about and counts
    /// as unset.
    #[must_use]
    pub fn request_bytes_max(mut self, bytes: usize) -> Self {
        self.request_bytes_max = Some(bytes);
        self
    }

    /// The largest response read, in bytes after decompression. Default 4 MiB. No variable. Zero is warned about and
    /// counts as unset.
    #[must_use]
    pub fn response_bytes_max(mut self, bytes: usize) -> Self {
        self.response_bytes_max = Some(bytes);
        self
    }
}

/// Header values and credentials stay out.
impl std::fmt::Debug for Otlp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Otlp")
            .field("protocol", &self.protocol)
            .field("endpoint", &self.endpoint.as_deref().map(super::url::without_secrets))
            .field("headers", &self.headers.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}
