//! The page that Prometheus fetches.

use std::net::IpAddr;

use super::chain::Chain;
use super::parse;
use super::warning::Problems;

const DEFAULT_HOST: &str = "localhost";
/// The port that Prometheus's list of exporters keeps for OpenTelemetry.
const DEFAULT_PORT: u16 = 9464;
/// The longest name that DNS knows.
const HOST_CHARS_MAX: usize = 253;

/// Where Prometheus finds the metrics, and how they are named. All values are valid.
///
/// Specification: "Metrics Exporter - Prometheus",
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/>.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrometheusConfig {
    /// The name or address to listen on, an IPv6 address without brackets.
    pub host: String,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// Adds units to names (`_seconds`).
    pub unit_suffixes: bool,
    /// Adds `_total` to the names of counters.
    pub counter_suffixes: bool,
    /// Adds the labels `otel_scope_…`.
    pub scope_labels: bool,
    /// Adds the metric `target_info` with the resource's attributes.
    pub target_info: bool,
}

/// As it is when nothing is set: `localhost:9464`, with everything that can be added.
impl Default for PrometheusConfig {
    fn default() -> Self {
        Self {
            host: DEFAULT_HOST.to_owned(),
            port: DEFAULT_PORT,
            unit_suffixes: true,
            counter_suffixes: true,
            scope_labels: true,
            target_info: true,
        }
    }
}

impl PrometheusConfig {
    /// Host and port as a URL has them.
    pub(crate) fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// How the page for Prometheus is configured in code. What is not set here is read from `OTEL_EXPORTER_PROMETHEUS_…`,
/// then takes its default.
///
/// ```
/// use pilotlight_sdk::config::{MetricsExporterKind, Prometheus, SettingsBuilder};
///
/// let settings = SettingsBuilder::new()
///     .metrics_exporters([MetricsExporterKind::Prometheus])
///     .prometheus(Prometheus::new().host("0.0.0.0").scope_labels(false));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prometheus {
    host: Option<String>,
    port: Option<u16>,
    unit_suffixes: Option<bool>,
    counter_suffixes: Option<bool>,
    scope_labels: Option<bool>,
    target_info: Option<bool>,
}

impl Prometheus {
    /// Nothing set: everything comes from the environment or is a default.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name or IP address to listen on. Default `localhost`, which only programs on the same machine reach;
    /// `0.0.0.0` is every IPv4 address of the machine, `::` every address. The page asks nobody who they are.
    /// `OTEL_EXPORTER_PROMETHEUS_HOST`. Blank counts as unset; what is neither a name nor an address (one with a port
    /// or a scheme, for instance) is warned about and counts as unset.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The port to listen on; 0 lets the system choose one. Default 9464. `OTEL_EXPORTER_PROMETHEUS_PORT`; what is no
    /// whole number up to 65535 is warned about and counts as unset.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Whether a metric's unit becomes part of its name, written out (`_seconds`, `_bytes`). Default true. No
    /// variable.
    #[must_use]
    pub fn unit_suffixes(mut self, add: bool) -> Self {
        self.unit_suffixes = Some(add);
        self
    }

    /// Whether the names of counters end in `_total`. Default true. No variable.
    #[must_use]
    pub fn counter_suffixes(mut self, add: bool) -> Self {
        self.counter_suffixes = Some(add);
        self
    }

    /// Whether every series says which instrumentation scope made it (`otel_scope_name`, `otel_scope_version` and the
    /// scope's other properties). Default true: without them, metrics of the same name from two scopes become one. No
    /// variable.
    #[must_use]
    pub fn scope_labels(mut self, add: bool) -> Self {
        self.scope_labels = Some(add);
        self
    }

    /// Whether the page has the metric `target_info`, whose labels are the resource's attributes. Default true. No
    /// variable.
    #[must_use]
    pub fn target_info(mut self, add: bool) -> Self {
        self.target_info = Some(add);
        self
    }
}

impl Prometheus {
    pub(super) fn resolve(self, chain: &mut Chain<'_>) -> PrometheusConfig {
        let default = PrometheusConfig::default();
        PrometheusConfig {
            // Somebody may take it for the place of a whole URL, password and all.
            host: chain
                .setting()
                .url()
                .text("Prometheus::host", self.host.as_deref(), parse_host)
                .variable("OTEL_EXPORTER_PROMETHEUS_HOST", parse_host)
                .or(default.host),
            port: chain
                .setting()
                .code(self.port)
                .variable("OTEL_EXPORTER_PROMETHEUS_PORT", parse::port)
                .or(default.port),
            unit_suffixes: self.unit_suffixes.unwrap_or(default.unit_suffixes),
            counter_suffixes: self.counter_suffixes.unwrap_or(default.counter_suffixes),
            scope_labels: self.scope_labels.unwrap_or(default.scope_labels),
            target_info: self.target_info.unwrap_or(default.target_info),
        }
    }
}

/// Takes the brackets off an IPv6 address, as those who listen want it.
fn parse_host(text: &str, problems: &mut Problems) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let host = match bare {
        Some(bare) => bare.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()).then_some(bare),
        None => (text.parse::<IpAddr>().is_ok() || is_name(text)).then_some(text),
    };
    if host.is_none() {
        problems.add("is neither a host's name nor an IP address (the port is a setting of its own)");
    }
    host.map(str::to_owned)
}

/// Whether `text` may name a host. Whether it does is seen when the exporter starts to listen.
fn is_name(text: &str) -> bool {
    (1..=HOST_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_hosts_and_nothing_else_is() {
        let long = "a".repeat(HOST_CHARS_MAX + 1);
        for (text, host) in [
            ("localhost", Some("localhost")),
            ("metrics_1.shop-2.internal.", Some("metrics_1.shop-2.internal.")),
            ("0.0.0.0", Some("0.0.0.0")),
            ("::1", Some("::1")),
            ("[::]", Some("::")),
            ("[127.0.0.1]", None),
            ("[::", None),
            ("*", None),
            ("0.0.0.0:9464", None),
            ("http://localhost", None),
            ("two hosts", None),
            ("bücher", None),
            (long.as_str(), None),
        ] {
            let mut problems = Problems::default();
            assert_eq!(parse_host(text, &mut problems).as_deref(), host, "{text:?}");
            assert_eq!(problems.into_vec().len(), usize::from(host.is_none()), "{text:?}");
        }
    }

    #[test]
    fn an_ipv6_address_is_written_in_brackets_before_its_port() {
        let at = |host: &str| PrometheusConfig { host: host.to_owned(), ..PrometheusConfig::default() };
        assert_eq!(at("::1").authority(), "[::1]:9464");
        assert_eq!(at("localhost").authority(), "localhost:9464");
    }
}
