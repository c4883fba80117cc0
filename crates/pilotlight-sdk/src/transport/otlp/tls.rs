//! TLS for `https` endpoints: whom to trust, who we are, which HTTP to speak.
//!
//! The cryptography is named here (ring) and the process-wide default is never asked for: a program that links two
//! providers, or none, works all the same.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::BuildError;
use super::connect::Versions;
use crate::config::TlsConfig;
use crate::diagnostics;

/// Encrypts connections.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
}

impl Tls {
    /// Reads the files that `config` names, and the platform's trust store when it names no certificate.
    pub(super) fn new(config: &TlsConfig, versions: Versions) -> Result<Self, BuildError> {
        let roots = match &config.certificate {
            Some(path) => roots_of(path)?,
            None => platform_roots(),
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| BuildError::new("TLS cannot be set up").caused_by(error))?
            .with_root_certificates(roots);
        let mut client = match identity(config)? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
                BuildError::new(
                    "the OTLP client certificate and key cannot be used: check that the key belongs to the certificate",
                )
                .caused_by(error)
            })?,
        };
        client.alpn_protocols = protocols(versions);
        Ok(Self { connector: TlsConnector::from(Arc::new(client)) })
    }

    /// `host` as it stands in the URL: a name, or an address, IPv6 in brackets.
    pub(super) async fn handshake(&self, host: &str, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name =
            ServerName::try_from(bare).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        self.connector.connect(name, tcp).await
    }
}

/// What is offered in ALPN, best first.
fn protocols(versions: Versions) -> Vec<Vec<u8>> {
    match versions {
        #[cfg(feature = "otlp-grpc")]
        Versions::Http2 => vec![b"h2".to_vec()],
        // HTTP/2 is compiled into the client by the gRPC feature only.
        #[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
        Versions::Any => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        #[cfg(all(feature = "otlp-http", not(feature = "otlp-grpc")))]
        Versions::Any => vec![b"http/1.1".to_vec()],
    }
}

fn roots_of(path: &Path) -> Result<RootCertStore, BuildError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, "OTEL_EXPORTER_OTLP_CERTIFICATE")? {
        roots.add(certificate).map_err(|error| {
            let path = path.display();
            BuildError::new(format!(
                "a certificate in {path} (OTEL_EXPORTER_OTLP_CERTIFICATE) cannot be trusted"
            ))
            .caused_by(error)
        })?;
    }
    Ok(roots)
}

/// The platform's roots, or Mozilla's in images that ship none ("scratch", "distroless static").
fn platform_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let platform = rustls_native_certs::load_native_certs();
    // A store has the odd certificate that no modern verifier takes: those are left out, not fatal.
    roots.add_parsable_certificates(platform.certs);
    if roots.is_empty() {
        diagnostics::debug("the platform has no trusted certificates: using Mozilla's, as bundled");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(config: &TlsConfig) -> Result<Option<Identity>, BuildError> {
    let (certificate, key) = match (&config.client_certificate, &config.client_key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => return Err(half_an_identity("CLIENT_CERTIFICATE", "CLIENT_KEY")),
        (None, Some(_)) => return Err(half_an_identity("CLIENT_KEY", "CLIENT_CERTIFICATE")),
    };
    let chain = certificates(certificate, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")?;
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| unreadable(key, "OTEL_EXPORTER_OTLP_CLIENT_KEY", "private key", error))?;
    Ok(Some((chain, key)))
}

fn half_an_identity(present: &str, missing: &str) -> BuildError {
    BuildError::new(format!(
        "OTEL_EXPORTER_OTLP_{present} is set and OTEL_EXPORTER_OTLP_{missing} is not: a client proves itself with both"
    ))
}

fn certificates(path: &Path, variable: &str) -> Result<Vec<CertificateDer<'static>>, BuildError> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(path, variable, "certificate", error))?;
    if certificates.is_empty() {
        return Err(unreadable(path, variable, "certificate", pem::Error::NoItemsFound));
    }
    Ok(certificates)
}

fn unreadable(path: &Path, variable: &str, what: &str, error: pem::Error) -> BuildError {
    let path = path.display();
    let reason = match &error {
        pem::Error::Io(error) => format!("cannot be read ({error})"),
        pem::Error::NoItemsFound => format!("holds no {what} in PEM form"),
        _ => "is not valid PEM".to_owned(),
    };
    BuildError::new(format!("the file {path} ({variable}) {reason}")).caused_by(error)
}

/// What TLS says about an error of its stream; `io::Error` hides the error it wraps from `source`.
pub(super) fn cause(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    match inner.downcast_ref::<io::Error>() {
        Some(nested) => cause(nested),
        None => inner.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn refusal(config: TlsConfig) -> String {
        Tls::new(&config, protocols_for_tests()).err().unwrap().to_string()
    }

    #[cfg(feature = "otlp-grpc")]
    fn protocols_for_tests() -> Versions {
        Versions::Http2
    }

    #[cfg(not(feature = "otlp-grpc"))]
    fn protocols_for_tests() -> Versions {
        Versions::Any
    }

    #[test]
    fn half_an_identity_is_refused_and_the_missing_half_named() {
        let only_key = TlsConfig { client_key: Some("key.pem".into()), ..TlsConfig::default() };
        assert!(refusal(only_key).contains("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is not"));
        let only_certificate = TlsConfig { client_certificate: Some("c.pem".into()), ..TlsConfig::default() };
        assert!(refusal(only_certificate).contains("OTEL_EXPORTER_OTLP_CLIENT_KEY is not"));
    }

    #[test]
    fn a_missing_file_and_a_file_without_certificates_are_named_with_their_variable() {
        let missing = PathBuf::from("/nowhere/ca.pem");
        let message = refusal(TlsConfig { certificate: Some(missing), ..TlsConfig::default() });
        assert!(
            message.starts_with("the file /nowhere/ca.pem (OTEL_EXPORTER_OTLP_CERTIFICATE) cannot be read")
        );
        let no_certificate = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let message = refusal(TlsConfig { certificate: Some(no_certificate), ..TlsConfig::default() });
        assert!(message.ends_with("(OTEL_EXPORTER_OTLP_CERTIFICATE) holds no certificate in PEM form"));
    }
}
