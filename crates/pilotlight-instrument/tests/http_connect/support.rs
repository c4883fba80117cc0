//! A span to tell, clients that tell it, servers to connect to.

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use pilotlight_instrument::http::connect::{
    ConnectEvents, ConnectEventsLayer, FirstByteEventLayer, FirstByteEvents, TracedResolver,
};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tower::{Layer, Service, ServiceExt};

pub(crate) type Tcp = ConnectEvents<HttpConnector<TracedResolver<GaiResolver>>>;
pub(crate) type Tls = ConnectEvents<HttpsConnector<Tcp>>;
pub(crate) type Traced<C> = FirstByteEvents<Client<C, Empty<Bytes>>>;

/// Finished spans.
pub(crate) struct Spans {
    exporter: InMemorySpanExporter,
    provider: SdkTracerProvider,
}

impl Spans {
    pub(crate) fn recorded() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        Self { exporter, provider }
    }

    /// A context with a new span.
    pub(crate) fn start(&self, name: &'static str) -> Context {
        Context::new().with_span(self.provider.tracer("test").start(name))
    }

    /// What happens to a span that is current while `work` is polled, a line for each event.
    pub(crate) async fn events_of(&self, work: impl Future) -> Vec<String> {
        let attempt = self.start("attempt");
        work.with_context(attempt.clone()).await;
        attempt.span().end();
        self.events("attempt")
    }

    /// The events of the last span of this name.
    pub(crate) fn events(&self, name: &str) -> Vec<String> {
        let spans = self.exporter.get_finished_spans().unwrap();
        let span = spans.iter().rev().find(|span| span.name == name).expect("an ended span");
        let event = |event: &opentelemetry::trace::Event| {
            let facts = event.attributes.iter().map(|fact| format!(" {}={}", fact.key, fact.value));
            format!("{}{}", event.name, facts.collect::<String>())
        };
        span.events.events.iter().map(event).collect()
    }
}

pub(crate) fn tcp() -> Tcp {
    let mut connector = HttpConnector::new_with_resolver(TracedResolver::new(GaiResolver::new()));
    connector.enforce_http(false);
    ConnectEventsLayer::tcp().layer(connector)
}

pub(crate) fn tls(trusted: &CertificateDer<'static>) -> Tls {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(tcp());
    ConnectEventsLayer::tls().layer(https)
}

pub(crate) fn client<C>(connector: C) -> Traced<C>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    FirstByteEventLayer::new().layer(Client::builder(TokioExecutor::new()).build(connector))
}

/// Asks, and reads the answer to its end, so that the connection can be used again.
pub(crate) async fn get<S, E>(client: &mut S, uri: &str) -> Result<Bytes, E>
where
    S: Service<Request<Empty<Bytes>>, Response = http::Response<hyper::body::Incoming>, Error = E>,
    E: std::fmt::Debug,
{
    let uri: Uri = uri.parse().unwrap();
    let request = Request::get(uri).body(Empty::new()).unwrap();
    let response = client.ready().await?.call(request).await?;
    Ok(response.into_body().collect().await.unwrap().to_bytes())
}

fn app() -> axum::Router {
    axum::Router::new().route("/", axum::routing::get(|| async { "hello" }))
}

/// Serves HTTP/1 on a real socket until the test ends.
pub(crate) async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app()).await });
    address
}

/// Serves one connection of HTTP/2 over TLS, as `localhost`.
pub(crate) async fn serve_tls() -> (SocketAddr, CertificateDer<'static>) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let socket = acceptor.accept(socket).await.unwrap();
        let service = hyper::service::service_fn(|request| app().oneshot(request));
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        server.serve_connection(TokioIo::new(socket), service).await
    });
    (address, cert.der().clone())
}
