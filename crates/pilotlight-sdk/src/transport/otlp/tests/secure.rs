//! TLS, with a certificate authority made for the test.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::receiver::{Asked, Speaks, answer, grpc_answer, raw, serve};
use super::*;

/// Signs certificates and writes them where a configuration can name them.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), root: certificate.der().clone(), folder }
    }

    fn certificate_file(&self) -> Option<PathBuf> {
        Some(self.folder.path().join("ca.pem"))
    }

    fn sign(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// What a client is configured with to trust this authority and to be trusted by it.
    fn client(&self) -> TlsConfig {
        let (certificate, key) = self.sign(&["client"]);
        let files = ["client.pem", "client.key"].map(|name| self.folder.path().join(name));
        std::fs::write(&files[0], certificate.pem()).unwrap();
        std::fs::write(&files[1], key.serialize_pem()).unwrap();
        let [client_certificate, client_key] = files.map(Some);
        TlsConfig { certificate: self.certificate_file(), client_certificate, client_key }
    }

    fn server(&self, names: &[&str], client_must_prove_itself: bool) -> ServerConfig {
        let (certificate, key) = self.sign(names);
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if client_must_prove_itself {
            let mut roots = RootCertStore::empty();
            roots.add(self.root.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()
    }

    /// Starts a receiver for either protocol; ALPN decides.
    async fn start(&self, names: &[&str], client_must_prove_itself: bool) -> String {
        let mut server = self.server(names, client_must_prove_itself);
        server.alpn_protocols = vec![b"h2".to_vec()];
        listen(server).await
    }
}

async fn listen(server: ServerConfig) -> String {
    listen_with(server, |stream| async move {
        let asked = Arc::<Mutex<Asked>>::default();
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            serve(Speaks::Http2, stream, asked, Arc::new(|| grpc_answer(b""))).await;
        } else {
            serve(Speaks::Http1, stream, asked, Arc::new(|| answer(200, &[], ""))).await;
        }
    })
    .await
}

async fn listen_with<F: Future<Output = ()> + Send + 'static>(
    server: ServerConfig,
    serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that refuses the certificate is what some tests are about.
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            tokio::spawn(serve(stream));
        }
    });
    format!("https://127.0.0.1:{port}")
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_its_certificate_is_configured() {
    let authority = Authority::new();
    let endpoint = authority.start(&["127.0.0.1"], false).await;
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let tls = TlsConfig { certificate: authority.certificate_file(), ..TlsConfig::default() };
        export(OtlpConfig { tls, ..config(protocol, &endpoint) }).await.unwrap();
    }
}

#[tokio::test]
async fn http_over_negotiated_http2_that_breaks_off_is_retryable() {
    let authority = Authority::new();
    let mut server = authority.server(&["127.0.0.1"], false);
    server.alpn_protocols = vec![b"h2".to_vec()];
    // A SETTINGS frame, as HTTP/2 begins, and no more.
    let endpoint = listen_with(server, |mut stream| async move {
        let _ = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let tls = TlsConfig { certificate: authority.certificate_file(), ..TlsConfig::default() };
    let error = failure(OtlpConfig { tls, ..config(Protocol::HttpProtobuf, &endpoint) }).await;
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn http_works_with_a_server_that_negotiates_nothing() {
    let authority = Authority::new();
    let endpoint = listen(authority.server(&["127.0.0.1"], false)).await;
    let tls = TlsConfig { certificate: authority.certificate_file(), ..TlsConfig::default() };
    export(OtlpConfig { tls, ..config(Protocol::HttpProtobuf, &endpoint) }).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_points_at_the_setting() {
    let endpoint = Authority::new().start(&["127.0.0.1"], false).await;
    let other = Authority::new();
    let tls = TlsConfig { certificate: other.certificate_file(), ..TlsConfig::default() };
    let error = failure(OtlpConfig { tls, ..config(Protocol::Grpc, &endpoint) }).await;
    assert_says(&error, &[&endpoint, "not trusted", "OTEL_EXPORTER_OTLP_CERTIFICATE"]);
}

#[tokio::test]
async fn the_platforms_roots_do_not_trust_a_private_authority() {
    let endpoint = Authority::new().start(&["127.0.0.1"], false).await;
    let error = failure(config(Protocol::HttpProtobuf, &endpoint)).await;
    assert_says(&error, &["not trusted"]);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let endpoint = authority.start(&["collector.example"], false).await;
    let tls = TlsConfig { certificate: authority.certificate_file(), ..TlsConfig::default() };
    let error = failure(OtlpConfig { tls, ..config(Protocol::Grpc, &endpoint) }).await;
    assert_says(&error, &["not trusted for this host"]);
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let authority = Authority::new();
    let endpoint = authority.start(&["127.0.0.1"], true).await;
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        export(OtlpConfig { tls: authority.client(), ..config(protocol, &endpoint) }).await.unwrap();
    }
}

#[tokio::test]
async fn a_missing_client_certificate_points_at_the_setting() {
    let authority = Authority::new();
    let endpoint = authority.start(&["127.0.0.1"], true).await;
    let tls = TlsConfig { certificate: authority.certificate_file(), ..TlsConfig::default() };
    let error = failure(OtlpConfig { tls, ..config(Protocol::Grpc, &endpoint) }).await;
    assert_says(&error, &["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]);
}

#[tokio::test]
async fn a_server_without_tls_is_named_as_such() {
    let plain = raw(b"HTTP/1.1 400 Bad Request\r\n\r\n", false).await;
    let error = failure(config(Protocol::HttpProtobuf, &format!("https://{plain}"))).await;
    assert_says(&error, &["http:// in the endpoint"]);
}

#[tokio::test]
async fn a_server_with_tls_that_is_greeted_without_says_what_to_check() {
    let authority = Authority::new();
    let endpoint = authority.start(&["127.0.0.1"], false).await.replace("https://", "http://");
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        assert_says(&failure(config(protocol, &endpoint)).await, &["https://"]);
    }
}

#[tokio::test]
async fn a_server_that_refuses_http2_points_at_the_grpc_port() {
    let authority = Authority::new();
    let mut server = authority.server(&["127.0.0.1"], false);
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tls = TlsConfig { certificate: authority.certificate_file(), ..TlsConfig::default() };
    let error = failure(OtlpConfig { tls, ..config(Protocol::Grpc, &listen(server).await) }).await;
    assert_says(&error, &["4317"]);
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_refused_when_the_exporter_is_made() {
    let authority = Authority::new();
    let mut tls = authority.client();
    let stranger = authority.folder.path().join("stranger.key");
    std::fs::write(&stranger, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    tls.client_key = Some(stranger);
    let error = otlp(OtlpConfig { tls, ..config(Protocol::Grpc, "https://localhost") }).err().unwrap();
    assert!(error.to_string().contains("the key belongs to the certificate"), "{error}");
}
