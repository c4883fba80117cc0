//! TLS hellos: who answers, with which certificate, and whether an exporter would trust it.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::doctor::files;

/// Larger than the whole store of a platform.
const PEM_BYTES_MAX: u64 = 1024 * 1024;

/// A certificate that ends within this time is worth a word, unless it is made for a time as short.
const SOON: Duration = Duration::from_secs(7 * 24 * 3600);

/// What became of a hello.
#[derive(Debug, Clone, PartialEq)]
pub enum Handshake {
    /// TLS it is.
    Done(Session),
    /// An answer that is no TLS.
    Plain,
    /// Hung up.
    Closed,
    /// No answer in time.
    Silent,
    /// TLS, and no agreement: what was said.
    Failed(String),
}

/// What a server showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The protocol it chose: `h2`, `http/1.1`; none when it does not choose.
    pub alpn: Option<String>,
    /// `TLSv1_3`.
    pub version: String,
    /// Whether an exporter with the same roots would trust it.
    pub trust: Trust,
}

/// Whether a certificate is trusted, and otherwise why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It is; whether it ends soon.
    Trusted {
        /// Whether it ends within a week, with less than a third of its time left.
        ends_soon: bool,
    },
    /// It has ended: so many seconds ago.
    Expired(u64),
    /// It has not begun: for so many seconds.
    NotYet(u64),
    /// Nobody that we trust signed it.
    UnknownAuthority,
    /// It is for these names.
    OtherName(Vec<String>),
    /// Something else: what rustls says.
    Refused(String),
    /// The file that says whom to trust cannot be used: why.
    NoRoots(String),
}

impl Trust {
    pub(super) fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted { .. })
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alpn = self.alpn.as_deref().unwrap_or("no protocol chosen");
        let trust = if self.trust.is_trusted() { "trusted" } else { "not trusted" };
        write!(f, "speaks TLS ({}, {alpn}), and its certificate is {trust}", self.version)
    }
}

/// Says hello to `at` as to `host`; sends nothing else.
pub(super) async fn greet(
    at: SocketAddr,
    host: &str,
    certificate: Option<&Path>,
    limit: Duration,
) -> Handshake {
    match timeout(limit, hello(at, host, certificate)).await {
        Ok(handshake) => handshake,
        Err(_) => Handshake::Silent,
    }
}

async fn hello(at: SocketAddr, host: &str, certificate: Option<&Path>) -> Handshake {
    let Ok(tcp) = TcpStream::connect(at).await else { return Handshake::Closed };
    let roots = roots(certificate);
    let provider = Arc::new(ring::default_provider());
    let inner = roots.as_ref().ok().and_then(|roots| {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots.clone()), provider.clone()).build().ok()
    });
    let witness = Arc::new(Witness {
        inner,
        schemes: provider.signature_verification_algorithms.supported_schemes(),
        seen: Mutex::default(),
    });
    let Some(config) = client(provider) else { return Handshake::Failed("TLS cannot be set up".to_owned()) };
    let mut config =
        config.dangerous().with_custom_certificate_verifier(witness.clone()).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    match shake(config, host, tcp).await {
        Ok(stream) => Handshake::Done(session(&stream, &witness, roots.err())),
        Err(error) => failure(&error),
    }
}

fn session(stream: &TlsStream<TcpStream>, witness: &Witness, no_roots: Option<String>) -> Session {
    let connection = stream.get_ref().1;
    let seen = witness.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let trust = match (no_roots, seen) {
        (Some(why), _) => Trust::NoRoots(why),
        (None, Some(trust)) => trust,
        (None, None) => Trust::Refused("no certificate was shown".to_owned()),
    };
    Session {
        alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        version: connection.protocol_version().map_or_else(String::new, |version| format!("{version:?}")),
        trust,
    }
}

fn failure(error: &std::io::Error) -> Handshake {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidMessage(_)) => Handshake::Plain,
        Some(error) => Handshake::Failed(error.to_string()),
        None => Handshake::Closed,
    }
}

/// A connection for requests: only to a server that is trusted.
pub(super) async fn connect(
    at: SocketAddr,
    host: &str,
    (certificate, identity): (Option<&Path>, Option<(&Path, &Path)>),
    alpn: &[u8],
) -> Result<TlsStream<TcpStream>, String> {
    let config = client(Arc::new(ring::default_provider()))
        .ok_or("TLS cannot be set up")?
        .with_root_certificates(roots(certificate)?);
    let mut config = match identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_slice(&pem(key)?)
                .map_err(|error| format!("{} holds no usable key ({error})", key.display()))?;
            config.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?
        }
    };
    config.alpn_protocols = vec![alpn.to_vec()];
    let tcp = TcpStream::connect(at).await.map_err(|error| error.to_string())?;
    shake(config, host, tcp).await.map_err(|error| error.to_string())
}

async fn shake(config: ClientConfig, host: &str, tcp: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn client(provider: Arc<rustls::crypto::CryptoProvider>) -> Option<Builder> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()
}

/// The file's authorities, the platform's, or Mozilla's in images that ship none.
fn roots(certificate: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = certificate {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| {
                format!("{} holds a certificate that cannot be trusted ({error})", path.display())
            })?;
        }
        return Ok(roots);
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unreadable = |error: rustls::pki_types::pem::Error| {
        format!("{} holds no usable certificate ({error})", path.display())
    };
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&pem(path)?).collect::<Result<_, _>>().map_err(unreadable)?;
    match found.is_empty() {
        true => Err(format!("{} holds no certificate in PEM form", path.display())),
        false => Ok(found),
    }
}

/// The content of a file of certificates or keys.
pub(in crate::doctor) fn pem(path: &Path) -> Result<Vec<u8>, String> {
    files::read_regular(path, PEM_BYTES_MAX)
}

type Verdict = Result<ServerCertVerified, rustls::Error>;

/// Takes every certificate, so that the handshake goes on, and remembers what an exporter would have said. Nothing is ever sent over
/// such a connection.
#[derive(Debug)]
struct Witness {
    inner: Option<Arc<WebPkiServerVerifier>>,
    schemes: Vec<SignatureScheme>,
    /// Protects the one verdict; written during the handshake, read after it.
    seen: Mutex<Option<Trust>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(inner) = &self.inner {
            let verdict = |at| inner.verify_server_cert(end_entity, intermediates, name, ocsp, at);
            let trust = match verdict(now) {
                Ok(_) => Trust::Trusted { ends_soon: verdict(soon(now, verdict)).is_err() },
                Err(error) => mistrust(error),
            };
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(trust);
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// What renews certificates does so while a third of their time is left, or earlier.
fn soon(now: UnixTime, verdict: impl Fn(UnixTime) -> Verdict) -> UnixTime {
    let third = lifetime(verdict).map_or(SOON, |lifetime| lifetime / 3);
    UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()).saturating_add(third.min(SOON)))
}

/// The time that a certificate is for: it is refused at either end of time, and then says when it begins and ends.
fn lifetime(verdict: impl Fn(UnixTime) -> Verdict) -> Option<Duration> {
    let at = |seconds| match verdict(UnixTime::since_unix_epoch(Duration::from_secs(seconds))) {
        Err(rustls::Error::InvalidCertificate(
            CertificateError::NotValidYetContext { not_before: time, .. }
            | CertificateError::ExpiredContext { not_after: time, .. },
        )) => Some(time.as_secs()),
        _ => None,
    };
    Some(Duration::from_secs(at(u64::MAX)?.saturating_sub(at(0)?)))
}

fn mistrust(error: rustls::Error) -> Trust {
    let rustls::Error::InvalidCertificate(reason) = error else { return Trust::Refused(error.to_string()) };
    match reason {
        CertificateError::ExpiredContext { time, not_after } => {
            Trust::Expired(time.as_secs().saturating_sub(not_after.as_secs()))
        }
        CertificateError::Expired => Trust::Expired(0),
        CertificateError::NotValidYetContext { time, not_before } => {
            Trust::NotYet(not_before.as_secs().saturating_sub(time.as_secs()))
        }
        CertificateError::NotValidYet => Trust::NotYet(0),
        CertificateError::UnknownIssuer => Trust::UnknownAuthority,
        CertificateError::NotValidForNameContext { presented, .. } => Trust::OtherName(presented),
        CertificateError::NotValidForName => Trust::OtherName(Vec::new()),
        reason => Trust::Refused(rustls::Error::InvalidCertificate(reason).to_string()),
    }
}
