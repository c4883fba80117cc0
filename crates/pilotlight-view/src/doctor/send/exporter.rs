//! The SDK's own exporter, with what is in force.

use http::{HeaderName, HeaderValue, Uri};
use pilotlight_sdk::config::{self, OtlpConfig, SettingsBuilder, TlsConfig, TracesExporter, Variables};
use pilotlight_sdk::transport::{self, Exporter};

use crate::doctor::probe;
use crate::doctor::settings::{Compression, Destination, Protocol, SignalSettings, Url};

/// An exporter as the service has it, or why there is none.
pub(super) fn exporter(
    signal: &SignalSettings,
    compression: Compression,
) -> Result<Box<dyn Exporter>, Problem> {
    let url = match &signal.destination {
        Destination::Known(url) => &url.value,
        Destination::Computed(place) => {
            return Err(Problem::NotSpoken(format!("the program computes its endpoint, at {place}")));
        }
        Destination::Unusable => {
            return Err(Problem::NotSpoken("no endpoint can be used: see the findings".to_owned()));
        }
    };
    let config = config(signal, url, compression)?;
    if url.is_secure {
        readable(&config.tls).map_err(Problem::NotBuilt)?;
    }
    transport::otlp(config).map_err(|error| Problem::NotBuilt(chain(&error)))
}

/// Why there is no exporter.
pub(super) enum Problem {
    /// Our exporters do not speak it, or it is not known where to: the signal is left out.
    NotSpoken(String),
    /// What was configured cannot be used: a certificate, a key.
    NotBuilt(String),
}

fn config(signal: &SignalSettings, url: &Url, compression: Compression) -> Result<OtlpConfig, Problem> {
    let not_spoken = |what: &str| Problem::NotSpoken(format!("{what} is not spoken by these exporters"));
    let mut config = base().ok_or_else(|| not_spoken("OTLP"))?;
    config.signal = of_sdk(signal.signal);
    config.protocol = match signal.protocol.value {
        Protocol::Grpc => config::Protocol::Grpc,
        Protocol::HttpProtobuf => config::Protocol::HttpProtobuf,
        Protocol::HttpJson => return Err(not_spoken("http/json")),
    };
    config.compression = match compression {
        Compression::None => config::Compression::None,
        Compression::Gzip => config::Compression::Gzip,
        Compression::Zstd => return Err(not_spoken("zstd")),
    };
    config.endpoint = uri(url).map_err(Problem::NotBuilt)?;
    config.headers = signal.headers.value.pairs().iter().filter_map(header).collect();
    config.timeout = signal.timeout.value;
    config.tls.certificate = signal.certificate.as_ref().map(|file| file.value.clone());
    (config.tls.client_certificate, config.tls.client_key) = signal.identity.clone().unzip();
    Ok(config)
}

/// The exporter reads its files to their end, which a pipe or a device does not have.
fn readable(tls: &TlsConfig) -> Result<(), String> {
    let files = [&tls.certificate, &tls.client_certificate, &tls.client_key];
    files.into_iter().flatten().try_for_each(|file| probe::pem(file).map(drop))
}

/// Everything that is not said otherwise: the defaults of the SDK, and nothing of the environment.
fn base() -> Option<OtlpConfig> {
    let variables = Variables::from([("OTEL_TRACES_EXPORTER", "otlp")]);
    let exporters = SettingsBuilder::new().resolve(&variables).settings.traces.exporters;
    exporters.into_iter().find_map(|exporter| match exporter {
        TracesExporter::Otlp(config) => Some(*config),
        _ => None,
    })
}

pub(super) fn of_sdk(signal: crate::doctor::settings::Signal) -> transport::Signal {
    use crate::doctor::settings::Signal;
    match signal {
        Signal::Traces => transport::Signal::Traces,
        Signal::Metrics => transport::Signal::Metrics,
        Signal::Logs => transport::Signal::Logs,
    }
}

fn uri(url: &Url) -> Result<Uri, String> {
    let scheme = if url.is_secure { "https" } else { "http" };
    let text = format!("{scheme}://{}{}", url.authority(), url.target());
    text.parse().map_err(|error| format!("{url} is no address: {error}"))
}

fn header((name, value): &(String, Vec<u8>)) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let mut value = HeaderValue::from_bytes(value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

/// The error with its causes, on one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
