//! A client for the services that a program calls.
//!
//! ```text
//!  place an order                 the caller's span
//!  └─ POST (CLIENT)               one for the call, named by the method, with the service's name on it
//!     └─ POST /charges (SERVER)   the service's own
//! ```
//!
//! The call needs no span of its own around the client's: it would be a second CLIENT span for the same call, and a
//! dependency counted twice. What only the caller knows, the logical name of the service, goes onto the client's span.
//!
//! Run it with `cargo run --example call_service --features axum,reqwest`.

use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use pilotlight_instrument::http::reqwest::{FollowRedirects, HttpClientMiddleware};
use pilotlight_instrument::http::{HttpClientLayer, HttpServerLayer};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a call may take, its body and its redirects included.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client whose calls are traced and measured.
#[derive(Clone, Debug)]
pub struct Client {
    http: ClientWithMiddleware,
}

/// The name that a service has in the system, whatever host it runs on.
#[derive(Clone)]
struct ServiceName(&'static str);

impl Client {
    /// A client that records with the global providers.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new() -> reqwest::Result<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let layer = HttpClientLayer::builder().request_attributes(|request, attributes| {
            if let Some(ServiceName(name)) = request.extensions.get() {
                attributes.push(KeyValue::new("server.service.name", *name));
            }
        });
        let http = ClientBuilder::new(http)
            .with(FollowRedirects::new())
            .with(HttpClientMiddleware::from(layer.build()))
            .build();
        Ok(Self { http })
    }

    /// Gets a document. A status of 400 or above is an answer here, and left to the caller.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn get(&self, url: &str) -> reqwest_middleware::Result<Response> {
        self.http.get(url).timeout(TIMEOUT).send().await
    }

    /// Sends JSON to an endpoint of a service, and gives its answer.
    ///
    /// # Errors
    ///
    /// When there is no answer, or its status is 400 or above.
    pub async fn call_service(
        &self,
        service: &'static str,
        endpoint: &str,
        body: impl Into<Body>,
    ) -> Result<Response, CallError> {
        let request = self.http.post(endpoint).header(CONTENT_TYPE, "application/json").body(body);
        let request = request.timeout(TIMEOUT).with_extension(ServiceName(service));
        answered(request).await.map_err(|source| CallError { service, source })
    }
}

/// An endpoint may have secrets in it, so errors come without.
async fn answered(request: RequestBuilder) -> reqwest_middleware::Result<Response> {
    let response = request.send().await.map_err(reqwest_middleware::Error::without_url)?;
    Ok(response.error_for_status().map_err(reqwest::Error::without_url)?)
}

/// A service that did not do what it was called for.
#[derive(Debug)]
pub struct CallError {
    service: &'static str,
    source: reqwest_middleware::Error,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, source } = self;
        match source.status() {
            Some(status) => write!(f, "{service} answered {status}: its own span of this trace says why"),
            None if source.is_timeout() => {
                write!(f, "{service} did not answer within {TIMEOUT:?}: is it overloaded?")
            }
            None => write!(f, "{service} could not be called: is it running, and the endpoint right?"),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The service that is called: it takes every charge but an empty one.
async fn payments() -> std::io::Result<SocketAddr> {
    let charge = async |body: String| match body.as_str() {
        "" => Err(http::StatusCode::UNPROCESSABLE_ENTITY),
        _ => Ok("{\"charged\":true}"),
    };
    let app =
        axum::Router::new().route("/charges", axum::routing::post(charge)).layer(HttpServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// Calls it twice, the second time in vain.
async fn place_orders(client: &Client, payments: SocketAddr) -> Vec<Result<String, CallError>> {
    let endpoint = format!("http://{payments}/charges");
    let mut answers = Vec::new();
    for charge in ["{\"amount\":42}", ""] {
        answers.push(match client.call_service("payments", &endpoint, charge).await {
            Ok(response) => Ok(response.text().await.unwrap_or_default()),
            Err(error) => Err(error),
        });
    }
    answers
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Whichever SDK the program uses is set up here; without one, the calls are made and nothing is recorded.
    // So is the provider of TLS, if the program's features of reqwest leave the choice open.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let client = Client::new()?;
    let order = Context::current_with_span(global::tracer("shop").start("place an order"));
    for answer in place_orders(&client, payments().await?).with_context(order).await {
        match answer {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanId, SpanKind, Status};
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

    /// Kind, name and what failed, with the spans inside it further to the right.
    fn draw(spans: &[SpanData], parent: SpanId, depth: usize, tree: &mut String) {
        let mut inside: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
        inside.sort_by_key(|span| span.start_time);
        for span in inside {
            let failed = if matches!(span.status, Status::Error { .. }) { " (error)" } else { "" };
            *tree += &format!("{}{:?} {}{failed}\n", "  ".repeat(depth), span.span_kind, span.name);
            draw(spans, span.span_context.span_id(), depth + 1, tree);
        }
    }

    fn attribute(span: &SpanData, key: &str) -> Option<String> {
        span.attributes.iter().find(|fact| fact.key.as_str() == key).map(|fact| fact.value.to_string())
    }

    #[tokio::test]
    async fn calls_are_one_trace_with_one_client_span_each() {
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        global::set_tracer_provider(provider);
        global::set_text_map_propagator(TraceContextPropagator::new());

        let (client, payments) = (Client::new().unwrap(), payments().await.unwrap());
        let order = Context::current_with_span(global::tracer("shop").start("place an order"));
        let answers = place_orders(&client, payments).with_context(order.clone()).await;
        order.span().end();

        assert_eq!(answers[0].as_ref().unwrap(), "{\"charged\":true}");
        assert_eq!(
            answers[1].as_ref().unwrap_err().to_string(),
            "payments answered 422 Unprocessable Entity: its own span of this trace says why"
        );
        let mut spans = exporter.get_finished_spans().unwrap();
        // The provider is every test's.
        let trace = order.span().span_context().trace_id();
        spans.retain(|span| span.span_context.trace_id() == trace);
        let mut tree = String::new();
        draw(&spans, SpanId::INVALID, 0, &mut tree);
        assert_eq!(
            tree,
            "Internal place an order\n  \
               Client POST\n    \
                 Server POST /charges\n  \
               Client POST (error)\n    \
                 Server POST /charges\n"
        );
        for span in spans.iter().filter(|span| span.span_kind == SpanKind::Client) {
            assert_eq!(attribute(span, "server.service.name").as_deref(), Some("payments"));
            assert_eq!(attribute(span, "url.full"), Some(format!("http://{payments}/charges")));
            assert_eq!(attribute(span, "peer.service"), None);
        }
    }

    #[tokio::test]
    async fn a_service_that_is_down_is_an_error_that_says_which_and_no_more() {
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::new().unwrap();
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let endpoint = format!("http://{nobody}/charges?key=s3cret");
        let error = client.call_service("payments", &endpoint, "{}").await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.starts_with("payments could not be called"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
