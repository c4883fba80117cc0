//! A certificate authority for a test's lifetime.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// Signs certificates, and lies in a file for those who trust it.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// From when until when: years.
pub(crate) type Years = (i32, i32);

/// Now, and for as long as these tests are of use.
pub(crate) const VALID: Years = (2020, 4000);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server's settings with a certificate for `name`.
    pub(crate) fn server(&self, name: &str, (from, until): Years, alpn: &[&str]) -> ServerConfig {
        self.server_with(name, alpn, |params| {
            params.not_before = date_time_ymd(from, 1, 1);
            params.not_after = date_time_ymd(until, 1, 1);
        })
    }

    /// The same with a certificate for so many hours, of which so many have gone by.
    pub(crate) fn short_lived_server(&self, name: &str, (hours, gone): (u64, u64)) -> ServerConfig {
        let from = SystemTime::now() - Duration::from_secs(gone * 3_600);
        self.server_with(name, &[], |params| {
            params.not_before = from.into();
            params.not_after = (from + Duration::from_secs(hours * 3_600)).into();
        })
    }

    /// The same with a certificate that is for clients alone.
    pub(crate) fn server_of_a_client(&self, name: &str) -> ServerConfig {
        self.server_with(name, &[], |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    /// A server that takes clients with a certificate of this authority, and no others.
    pub(crate) fn demanding_server(&self, name: &str) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file()).unwrap()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        server(self.signed(name, |_| {}), verifier.unwrap())
    }

    /// A client's certificate and key, in files.
    pub(crate) fn client(&self) -> (PathBuf, PathBuf) {
        let (certificate, key) = self.signed("client", |_| {});
        let files = (self.folder.path().join("client.pem"), self.folder.path().join("client.key"));
        std::fs::write(&files.0, certificate.pem()).unwrap();
        std::fs::write(&files.1, key.serialize_pem()).unwrap();
        files
    }

    fn server_with(
        &self,
        name: &str,
        alpn: &[&str],
        set: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        let mut config = server(self.signed(name, set), WebPkiClientVerifier::no_client_auth());
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    fn signed(&self, name: &str, set: impl FnOnce(&mut CertificateParams)) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        set(&mut params);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

fn server((certificate, key): (Certificate, KeyPair), clients: Arc<dyn ClientCertVerifier>) -> ServerConfig {
    let chain = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    builder.with_client_cert_verifier(clients).with_single_cert(chain, key).unwrap()
}
