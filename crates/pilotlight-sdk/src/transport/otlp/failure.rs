//! Turns what went wrong below HTTP into a message that helps: what failed, where, and what to try.
//!
//! A failed connection is worth another attempt; a peer that speaks another protocol is not.

use std::error::Error;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy::Error as ClientError;
#[cfg(feature = "tls")]
use tokio_rustls::rustls;

use super::super::exporter::ExportError;
use super::connect::{DialError, Versions};
use super::endpoint::Endpoint;
use super::trail::{Greeting, Trail};

/// An attempt took longer than it may.
#[cold]
pub(super) fn timed_out(endpoint: &Endpoint, what: &str, timeout: Duration) -> ExportError {
    ExportError::transient(format!(
        "exporting to {endpoint} timed out: {what} took longer than {timeout:?}. If the receiver is merely slow, raise \
         OTEL_EXPORTER_OTLP_TIMEOUT"
    ))
    .of_type("timeout")
}

/// The answer is larger than we are willing to read.
#[cold]
pub(super) fn too_large(endpoint: &Endpoint, bytes_max: usize) -> ExportError {
    ExportError::permanent(format!(
        "{endpoint} answered with more than {bytes_max} bytes, the largest response that is read. An OTLP receiver \
         answers with a few: is this one?"
    ))
}

/// The connection broke within the answer.
#[cold]
pub(super) fn cut_short(endpoint: &Endpoint, error: hyper::Error) -> ExportError {
    ExportError::transient(format!("{endpoint} stopped in the middle of its response")).caused_by(error)
}

/// No answer at all.
#[cold]
pub(super) fn unanswered(
    endpoint: &Endpoint,
    versions: Versions,
    trail: &Trail,
    error: ClientError,
) -> ExportError {
    let diagnosis = diagnose(versions, trail, &error);
    let message = format!("exporting to {endpoint} failed: {}", diagnosis.text);
    if diagnosis.lasting { ExportError::permanent(message) } else { ExportError::transient(message) }
        .caused_by(error)
}

struct Diagnosis {
    text: String,
    /// Trying again cannot help.
    lasting: bool,
}

impl Diagnosis {
    fn passing(text: impl Into<String>) -> Self {
        Self { text: text.into(), lasting: false }
    }

    fn lasting(text: impl Into<String>) -> Self {
        Self { text: text.into(), lasting: true }
    }
}

fn diagnose(versions: Versions, trail: &Trail, error: &ClientError) -> Diagnosis {
    match find::<DialError>(error) {
        Some(DialError::Tcp(error)) => return Diagnosis::passing(tcp(&**error)),
        #[cfg(feature = "tls")]
        Some(DialError::Tls(error)) => return Diagnosis::passing(handshake(error)),
        None => {}
    }
    // In TLS 1.3 the server judges the client after the handshake, as the client sees it.
    #[cfg(feature = "tls")]
    if let Some(alert) = trail.alert() {
        return Diagnosis::passing(tls(&rustls::Error::AlertReceived(alert)));
    }
    let (expected, port) = match versions {
        #[cfg(feature = "otlp-grpc")]
        Versions::Http2 => ("gRPC", 4317),
        #[cfg(feature = "otlp-http")]
        Versions::Any => ("OTLP over HTTP", 4318),
    };
    match (trail.greeting(), port) {
        (Greeting::TlsAlert, _) => Diagnosis::lasting("the server wants TLS: use https:// in the endpoint"),
        (Greeting::Http1, 4317) => Diagnosis::lasting(
            "the server speaks HTTP/1.1. This looks like the OTLP/HTTP port: use the gRPC port, usually 4317, or set \
             OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ),
        (Greeting::Http2, 4318) => Diagnosis::lasting(
            "the server speaks HTTP/2. This looks like the gRPC port: use the OTLP/HTTP port, usually 4318, or set \
             OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        _ => Diagnosis::passing(format!(
            "the connection ended without an answer ({}). If this repeats, check that the server speaks \
             {expected} on this port, usually {port}",
            causes(error).last().map(ToString::to_string).unwrap_or_default()
        )),
    }
}

fn tcp(error: &(dyn Error + 'static)) -> String {
    let Some(io) = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()) else {
        return format!("cannot connect ({error})");
    };
    match io.kind() {
        io::ErrorKind::ConnectionRefused => {
            "connection refused. Is a collector running, and listening at this address?".to_owned()
        }
        io::ErrorKind::TimedOut => {
            "connecting timed out. Is the address right, and does a firewall let it through?".to_owned()
        }
        // Only the resolver's errors carry no number of the operating system's.
        _ if io.raw_os_error().is_none() => {
            format!("the host name cannot be resolved ({io}). Check it in OTEL_EXPORTER_OTLP_ENDPOINT")
        }
        _ => format!("cannot connect ({io})"),
    }
}

#[cfg(feature = "tls")]
fn handshake(error: &io::Error) -> String {
    match super::tls::cause(error) {
        Some(error) => tls(error),
        None if error.kind() == io::ErrorKind::InvalidInput => {
            format!("the host is no name that a certificate can be checked for ({error})")
        }
        None => format!(
            "the connection broke during the TLS handshake ({error}). If the server has no TLS, use http:// in the \
             endpoint"
        ),
    }
}

#[cfg(feature = "tls")]
fn tls(error: &rustls::Error) -> String {
    use rustls::{AlertDescription as Alert, Error as Tls};
    let hint = match error {
        Tls::InvalidCertificate(_) => {
            "The server's certificate is not trusted for this host: check the host in the endpoint, or name the \
             certificate authority's file in OTEL_EXPORTER_OTLP_CERTIFICATE"
        }
        Tls::InvalidMessage(_) => "The server does not answer in TLS: use http:// in the endpoint",
        Tls::AlertReceived(Alert::NoApplicationProtocol) | Tls::NoApplicationProtocol => {
            "The server does not speak HTTP/2 here: use the gRPC port, usually 4317, or set \
             OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        }
        Tls::AlertReceived(_) => {
            "The server refused the handshake: if it asks for a client certificate, set \
             OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY to one it trusts"
        }
        _ => "Check the server's TLS settings and OTEL_EXPORTER_OTLP_CERTIFICATE",
    };
    format!("TLS failed ({error}). {hint}")
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The error and what it was caused by, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
