//! Where one signal's requests go: which endpoint counts, whether over TLS, under which path.

use super::reader::{Reader, Unusable};
use super::url::{Fault, Given, without_secrets};
use super::{Origin, Protocol, Signal, Sourced, Url, numbers};
use crate::doctor::project::{Release, Sdk};
use crate::doctor::source::{Built, Endpoint};

/// Where it goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// There. For gRPC without a path: methods have their own.
    Known(Sourced<Url>),
    /// The program computes it: the place in the sources.
    Computed(String),
    /// Nowhere: what was given cannot be used, and the SDK does not fall back to anything.
    Unusable,
}

/// Whether an endpoint was given for all signals, to which paths are appended, or for one, which is used as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    All,
    One,
}

/// The port of the endpoint that counts for `signal`, when one is given and can be read.
pub(super) fn given_port(reader: &Reader<'_>, signal: Signal, code: Option<&Built>) -> Option<u16> {
    let [own, shared] = signal.variables("ENDPOINT");
    let text = match code.and_then(|built| built.endpoint.as_ref()) {
        Some(Endpoint::Literal(text)) => text,
        Some(Endpoint::Computed) => return None,
        None => reader.text(&own).or_else(|| reader.text(&shared))?,
    };
    let given = Given::parse(text).ok()?;
    let is_secure = given.is_secure == Some(true);
    Some(given.into_url(is_secure).port)
}

/// Works out where `signal` goes.
pub(super) fn resolve(
    reader: &mut Reader<'_>,
    signal: Signal,
    protocol: Protocol,
    code: Option<&Built>,
) -> Destination {
    if let Some(Built { endpoint: Some(endpoint), place, .. }) = code {
        return of_code(reader, signal, protocol, endpoint, place);
    }
    let [own, shared] = signal.variables("ENDPOINT");
    for (name, reach) in [(own, Reach::One), (shared, Reach::All)] {
        let Some(text) = reader.text(&name).map(str::to_owned) else { continue };
        match read(reader, signal, protocol, &name, &text) {
            Some((given, is_secure)) => {
                let url = finished(given.into_url(is_secure), signal, protocol, reach);
                return Destination::Known(Sourced { value: url, from: reader.origin(&name) });
            }
            None if falls_back(reader.sdk) => {}
            None => return Destination::Unusable,
        }
    }
    let default = Url::loopback(protocol.usual_port());
    Destination::Known(Sourced::default_of(finished(default, signal, protocol, Reach::All)))
}

fn of_code(
    reader: &mut Reader<'_>,
    signal: Signal,
    protocol: Protocol,
    endpoint: &Endpoint,
    place: &str,
) -> Destination {
    let Endpoint::Literal(text) = endpoint else { return Destination::Computed(place.to_owned()) };
    // In opentelemetry-rust an endpoint in code is one signal's. In pilotlight-sdk it is that of all: for one signal it is left
    // uncertain when the sources are read.
    let reach = if falls_back(reader.sdk) { Reach::All } else { Reach::One };
    match read(reader, signal, protocol, place, text) {
        Some((given, is_secure)) => {
            let url = finished(given.into_url(is_secure), signal, protocol, reach);
            Destination::Known(Sourced { value: url, from: Origin::Code(place.to_owned()) })
        }
        None => Destination::Unusable,
    }
}

/// pilotlight-sdk takes the next variable, or the default; others fail when the exporter is built.
fn falls_back(sdk: &Sdk) -> bool {
    matches!(sdk, Sdk::Pilotlight(_))
}

fn finished(url: Url, signal: Signal, protocol: Protocol, reach: Reach) -> Url {
    match (protocol, reach) {
        (Protocol::Grpc, _) => url.without_path(),
        (_, Reach::All) => url.joined(signal.path()),
        (_, Reach::One) => url,
    }
}

/// Reads an endpoint and decides about TLS; complains about what cannot be used, and about what is not what it seems.
fn read(
    reader: &mut Reader<'_>,
    signal: Signal,
    protocol: Protocol,
    name: &str,
    text: &str,
) -> Option<(Given, bool)> {
    let shown = without_secrets(text);
    let instead = if falls_back(reader.sdk) { "it counts as unset" } else { "the exporter cannot be built" };
    let given = match Given::parse(text) {
        Ok(given) => given,
        Err(fault) => {
            reader.complain(name, &shown, unusable(fault), instead);
            return None;
        }
    };
    if let Some(is_secure) = given.is_secure {
        return Some((given, is_secure));
    }
    let insecure = reader
        .optional(&signal.variables("INSECURE"), numbers::boolean, "it counts as false")
        .map(|found| found.value);
    let without = |is_fatal, what: String| Unusable {
        is_fatal,
        ..Unusable::new(
            "endpoint-without-scheme",
            what,
            format!("write http://{shown}, or https://{shown} for TLS"),
        )
    };
    match scheme(reader.sdk, protocol, &given, insecure) {
        Scheme::Http => Some((given, false)),
        Scheme::Https if insecure.is_some() => Some((given, true)),
        Scheme::Https => {
            reader.complain(name, &shown, without(false, "has no scheme".to_owned()), "TLS is used");
            Some((given, true))
        }
        Scheme::Required => {
            reader.complain(
                name,
                &shown,
                without(true, format!("has no scheme, which {protocol} needs")),
                instead,
            );
            None
        }
    }
}

/// What becomes of an endpoint without a scheme.
enum Scheme {
    Http,
    Https,
    Required,
}

fn scheme(sdk: &Sdk, protocol: Protocol, given: &Given, insecure: Option<bool>) -> Scheme {
    const SINCE: Release = Release { major: 0, minor: 33, patch: 0 };
    let by_insecure = |default| if insecure.unwrap_or(default) { Scheme::Http } else { Scheme::Https };
    match (sdk, protocol) {
        (Sdk::Pilotlight(_), _) => by_insecure(given.is_loopback()),
        (Sdk::OpenTelemetryRust(release), Protocol::Grpc) if *release < SINCE => Scheme::Required,
        (_, Protocol::Grpc) => by_insecure(false),
        (_, Protocol::HttpProtobuf | Protocol::HttpJson) => Scheme::Required,
    }
}

fn unusable(fault: Fault) -> Unusable {
    let (id, what, next) = match fault {
        Fault::Scheme(scheme) => (
            "endpoint-scheme",
            format!("has the scheme {scheme}, which is neither http nor https"),
            "write http:// or https://, for gRPC too: OTEL_EXPORTER_OTLP_PROTOCOL chooses between gRPC and HTTP",
        ),
        Fault::Quoted => (
            "value-quoted",
            "has quotes in it".to_owned(),
            "remove the quotes: env files of Docker take them literally",
        ),
        Fault::Mangled => ("endpoint-not-a-url", "is not a URL".to_owned(), "write http://host:port"),
        Fault::Host => {
            ("endpoint-not-a-url", "has no host that could be one".to_owned(), "write http://host:port")
        }
        Fault::Port => (
            "endpoint-not-a-url",
            "has a port that is not a number from 1 to 65535".to_owned(),
            "write http://host:port",
        ),
        Fault::Long => {
            ("endpoint-not-a-url", "is longer than 4096 bytes".to_owned(), "write http://host:port")
        }
    };
    Unusable { is_fatal: true, ..Unusable::new(id, what, next) }
}
