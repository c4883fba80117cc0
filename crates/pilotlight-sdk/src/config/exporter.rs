//! The OTLP exporter of one signal, resolved.

use std::path::PathBuf;
use std::time::Duration;

use super::chain::Chain;
use super::choice::{self, Choice};
use super::otlp::{Compression, OtlpConfig, Protocol, TlsConfig};
use super::otlp_code::Otlp;
use super::warning::Warning;
use super::{destination, headers, parse};
use crate::transport::Signal;

/// The longest one attempt to export may take, unless set otherwise.
pub const DEFAULT_OTLP_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest request, unless set otherwise: what the specification gives and collectors accept.
pub const DEFAULT_REQUEST_BYTES: usize = 64 * 1024 * 1024;
/// The largest response read, unless set otherwise: far more than any receiver has to say.
pub const DEFAULT_RESPONSE_BYTES: usize = 4 * 1024 * 1024;

impl Choice for Protocol {
    const NAMES: &'static [(&'static str, Self)] =
        &[("grpc", Self::Grpc), ("http/protobuf", Self::HttpProtobuf)];
}

impl Choice for Compression {
    const NAMES: &'static [(&'static str, Self)] = &[("none", Self::None), ("gzip", Self::Gzip)];
}

/// Resolves the exporter of `signal` from what code said for the signal, for all signals, and the environment.
pub(super) fn resolve(chain: &mut Chain<'_>, signal: Signal, own: Otlp, shared: Otlp) -> OtlpConfig {
    let names = Names::of(signal);
    let protocol = chain
        .setting()
        .code(own.protocol.or(shared.protocol))
        .variables(&names.of_setting("PROTOCOL"), choice::one)
        .or_chosen(Protocol::HttpProtobuf);
    OtlpConfig {
        signal,
        endpoint: destination::resolve(chain, &names, &protocol, &own, &shared),
        protocol: protocol.value,
        tls: resolve_tls(chain, &names, &own, &shared),
        timeout: chain
            .setting()
            .code(own.timeout.or(shared.timeout))
            .variables(&names.of_setting("TIMEOUT"), parse::timeout)
            .or(Some(DEFAULT_OTLP_TIMEOUT)),
        compression: chain
            .setting()
            .code(own.compression.or(shared.compression))
            .variables(&names.of_setting("COMPRESSION"), choice::one)
            .or(Compression::None),
        request_bytes_max: {
            let code = own.request_bytes_max.or(shared.request_bytes_max);
            let setting = chain.setting().checked("Otlp::request_bytes_max", code, parse::at_least_one);
            setting.or(DEFAULT_REQUEST_BYTES)
        },
        response_bytes_max: {
            let code = own.response_bytes_max.or(shared.response_bytes_max);
            let setting = chain.setting().checked("Otlp::response_bytes_max", code, parse::at_least_one);
            setting.or(DEFAULT_RESPONSE_BYTES)
        },
        headers: chain
            .setting()
            .secret()
            .checked("Otlp::header", own.headers.or(shared.headers), headers::check)
            .variables(&names.of_setting("HEADERS"), headers::parse)
            .or(headers::Headers::default())
            .into_vec(),
    }
}

/// Whether anybody named an endpoint for `signal`, usable or not.
pub(super) fn endpoint_is_set(chain: &Chain<'_>, signal: Signal, own: &Otlp, shared: &Otlp) -> bool {
    let mut in_code = [own, shared].into_iter().filter_map(|otlp| otlp.endpoint.as_deref());
    in_code.any(|endpoint| !endpoint.trim().is_empty())
        || Names::of(signal).of_setting("ENDPOINT").iter().any(|name| chain.is_set(name))
}

/// A signal's place in names and paths.
pub(crate) struct Names {
    signal: &'static str,
    /// Appended to an endpoint for all signals.
    pub(crate) path: &'static str,
}

impl Names {
    pub(crate) fn of(signal: Signal) -> Self {
        match signal {
            Signal::Traces => Self { signal: "TRACES", path: "/v1/traces" },
            Signal::Metrics => Self { signal: "METRICS", path: "/v1/metrics" },
            Signal::Logs => Self { signal: "LOGS", path: "/v1/logs" },
        }
    }

    /// The signal's variable, then the generic one.
    pub(crate) fn of_setting(&self, setting: &str) -> [String; 2] {
        [format!("OTEL_EXPORTER_OTLP_{}_{setting}", self.signal), format!("OTEL_EXPORTER_OTLP_{setting}")]
    }
}

fn resolve_tls(chain: &mut Chain<'_>, names: &Names, own: &Otlp, shared: &Otlp) -> TlsConfig {
    let mut file = |setting, own: &Option<PathBuf>, shared: &Option<PathBuf>| {
        let code = own.as_ref().or(shared.as_ref()).cloned();
        chain.setting().code(code).variables(&names.of_setting(setting), parse::path).optional()
    };
    let certificate = file("CERTIFICATE", &own.certificate, &shared.certificate);
    let client_certificate = file("CLIENT_CERTIFICATE", &own.client_certificate, &shared.client_certificate);
    let client_key = file("CLIENT_KEY", &own.client_key, &shared.client_key);
    if client_certificate.is_some() == client_key.is_some() {
        return TlsConfig { certificate, client_certificate, client_key };
    }
    let (given, missing) = match client_certificate {
        Some(_) => ("CLIENT_CERTIFICATE", "CLIENT_KEY"),
        None => ("CLIENT_KEY", "CLIENT_CERTIFICATE"),
    };
    let [_, missing] = names.of_setting(missing);
    let [_, given] = names.of_setting(given);
    let problem = format!("is set without {missing}, and neither is of use alone");
    chain.warn(Warning::new(given, None, problem, "connecting without a client certificate"));
    TlsConfig { certificate, ..TlsConfig::default() }
}
