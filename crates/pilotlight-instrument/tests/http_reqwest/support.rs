//! A recorder for finished spans, a way to draw them, and clients that are recorded.

use async_trait::async_trait;
use http::Extensions;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Key, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use pilotlight_instrument::http::reqwest::{FollowRedirects, HttpClientMiddleware};
use pilotlight_instrument::http::{HttpClientLayer, HttpClientLayerBuilder};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use std::net::SocketAddr;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Finished spans, in the order they finished. They end on the task that reads the response.
pub(crate) struct Spans {
    exporter: InMemorySpanExporter,
    pub(crate) provider: SdkTracerProvider,
}

impl Spans {
    pub(crate) fn recorded() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        Self { exporter, provider }
    }

    /// A layer that records here, measures nothing and knows W3C trace context.
    pub(crate) fn layer(&self) -> HttpClientLayerBuilder {
        HttpClientLayer::builder()
            .with_tracer_provider(&self.provider)
            .without_metrics()
            .with_propagator(TraceContextPropagator::new())
    }

    pub(crate) fn middleware(&self) -> HttpClientMiddleware {
        self.layer().build().into()
    }

    /// A client with a span for each attempt, and nothing else.
    pub(crate) fn client(&self) -> ClientWithMiddleware {
        ClientBuilder::new(plain()).with(self.middleware()).build()
    }

    /// A client with a span for each hop.
    pub(crate) fn following(&self, redirects: FollowRedirects) -> ClientWithMiddleware {
        ClientBuilder::new(plain()).with(redirects).with(self.middleware()).build()
    }

    /// What has finished since the last time.
    pub(crate) fn finished(&self) -> Vec<SpanData> {
        let finished = self.exporter.get_finished_spans().unwrap();
        self.exporter.reset();
        finished
    }

    /// Checks that all spans since the last time look as drawn, with `server` written for the server.
    #[track_caller]
    pub(crate) fn assert_drawn(&self, server: SocketAddr, expected: &str) {
        let drawn: Vec<String> = self.finished().iter().map(|span| draw(span, server)).collect();
        assert_eq!(drawn.join("\n"), dedented(expected));
    }
}

/// reqwest, without anything of its own that sends again.
pub(crate) fn plain() -> reqwest::Client {
    builder().build().unwrap()
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    // A second one finds the first, which is the same.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}

/// Kind and name, then the status unless it is unset, attributes by name, and events.
fn draw(span: &SpanData, server: SocketAddr) -> String {
    let kind = if span.span_kind == SpanKind::Client { "CLIENT" } else { "OTHER KIND" };
    let mut lines = vec![format!("{kind} {}", span.name)];
    if let Status::Error { description } = &span.status {
        lines.push(format!("  status error {description}").trim_end().to_owned());
    }
    let mut attributes: Vec<String> =
        span.attributes.iter().map(|fact| format!("  {} = {}", fact.key, fact.value)).collect();
    attributes.sort();
    lines.extend(attributes);
    lines.extend(span.events.events.iter().map(|event| format!("  * {}", event.name)));
    lines.join("\n").replace(&server.port().to_string(), "PORT").replace("127.0.0.1", "HOST")
}

/// A drawing without the indentation of the code around it.
fn dedented(text: &str) -> String {
    let text = text.trim_end().trim_start_matches('\n');
    let margin = text.len() - text.trim_start().len();
    text.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

pub(crate) fn attribute(span: &SpanData, key: &'static str) -> Option<Value> {
    let key = Key::from_static_str(key);
    span.attributes.iter().find(|fact| fact.key == key).map(|fact| fact.value.clone())
}

/// The values of one attribute, a text for each span.
pub(crate) fn attributes(spans: &[SpanData], key: &'static str) -> Vec<String> {
    spans.iter().map(|span| attribute(span, key).map_or("-".to_owned(), |value| value.to_string())).collect()
}

/// Keeps a copy of each request that reqwest is about to send.
pub(crate) struct Catch(UnboundedSender<Request>);

impl Catch {
    pub(crate) fn all() -> (Self, UnboundedReceiver<Request>) {
        let (sender, caught) = unbounded_channel();
        (Self(sender), caught)
    }
}

#[async_trait]
impl Middleware for Catch {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        self.0.send(request.try_clone().unwrap()).unwrap();
        next.run(request, extensions).await
    }
}
