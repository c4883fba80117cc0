//! What goes out, and what is told of it.

use crate::servers::serve;
use crate::support::{Catch, Spans, attribute, plain};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use opentelemetry::KeyValue;
use pilotlight_instrument::http::UrlTemplate;
use pilotlight_instrument::http::reqwest::HttpClientMiddleware;
use reqwest::{Body, Version};
use reqwest_middleware::ClientBuilder;
use std::convert::Infallible;
use std::time::Duration;

#[tokio::test]
async fn a_get_is_one_span_that_ends_with_the_body() {
    let spans = Spans::recorded();
    let server = serve().await;
    let response = spans.client().get(format!("http://{server}/hello?sig=s3cret")).send().await.unwrap();
    assert!(spans.finished().is_empty(), "the body has not been read");
    assert_eq!(response.text().await.unwrap(), "hello");
    spans.assert_drawn(
        server,
        "
        CLIENT GET
          http.request.method = GET
          http.response.status_code = 200
          network.peer.address = HOST
          network.peer.port = PORT
          network.protocol.version = 1.1
          server.address = HOST
          server.port = PORT
          url.full = http://HOST:PORT/hello?sig=REDACTED
        ",
    );
}

#[tokio::test]
async fn the_context_that_the_server_gets_is_the_spans() {
    let spans = Spans::recorded();
    let server = serve().await;
    let response = spans.client().get(format!("http://{server}/traceparent")).send().await.unwrap();
    let traceparent = response.text().await.unwrap();
    let span = spans.finished().remove(0).span_context;
    assert_eq!(traceparent, format!("00-{}-{}-01", span.trace_id(), span.span_id()));
}

#[tokio::test]
async fn bodies_that_are_known_and_bodies_that_are_streamed_arrive_whole() {
    let spans = Spans::recorded();
    let layer = spans.layer().body_sizes(true).build();
    let client = ClientBuilder::new(plain()).with(HttpClientMiddleware::from(layer)).build();
    let url = format!("http://{}/echo", serve().await);

    let known = client.post(&url).body("known").send().await.unwrap();
    assert_eq!(known.text().await.unwrap(), "known");
    let chunks = ["str", "eam", "ed"].map(|chunk| Ok::<_, Infallible>(Frame::data(Bytes::from(chunk))));
    let stream = Body::wrap(StreamBody::new(stream::iter(chunks)));
    let streamed = client.post(&url).body(stream).send().await.unwrap();
    assert_eq!(streamed.text().await.unwrap(), "streamed");

    let finished = spans.finished();
    let sizes = |key| finished.iter().map(|span| attribute(span, key)).collect::<Vec<_>>();
    assert_eq!(sizes("http.request.body.size"), [Some(5.into()), None]);
    assert_eq!(sizes("http.response.body.size"), [Some(5.into()), Some(8.into())]);
}

#[tokio::test]
async fn a_template_and_other_extensions_of_a_request_reach_the_layer() {
    #[derive(Clone)]
    struct Tenant(&'static str);

    let spans = Spans::recorded();
    let layer = spans.layer().request_attributes(|request, attributes| {
        if let Some(tenant) = request.extensions.get::<Tenant>() {
            attributes.push(KeyValue::new("shop.tenant", tenant.0));
        }
    });
    let client = ClientBuilder::new(plain()).with(HttpClientMiddleware::from(layer.build())).build();
    let request = client
        .get(format!("http://{}/hello", serve().await))
        .with_extension(UrlTemplate::new("/{greeting}"))
        .with_extension(Tenant("acme"));
    request.send().await.unwrap().bytes().await.unwrap();
    let span = spans.finished().remove(0);
    assert_eq!(span.name, "GET /{greeting}");
    assert_eq!(attribute(&span, "url.template"), Some("/{greeting}".into()));
    assert_eq!(attribute(&span, "shop.tenant"), Some("acme".into()));
}

#[tokio::test]
async fn nothing_of_a_request_is_lost_on_its_way() {
    let spans = Spans::recorded();
    let (catch, mut caught) = Catch::all();
    let client = ClientBuilder::new(plain()).with(spans.middleware()).with(catch).build();
    let url = format!("http://{}/hello?q=%20a#top", serve().await);
    let request = client
        .get(&url)
        .header("x-list", "1")
        .header("x-list", "2")
        .version(Version::HTTP_10)
        .timeout(Duration::from_secs(60));
    request.send().await.unwrap().bytes().await.unwrap();

    let sent = caught.recv().await.unwrap();
    assert_eq!(sent.url().as_str(), url);
    assert_eq!(sent.version(), Version::HTTP_10);
    assert_eq!(sent.timeout(), Some(&Duration::from_secs(60)));
    assert_eq!(sent.headers().get_all("x-list").iter().count(), 2);
    assert!(sent.body().is_none());
}

#[tokio::test]
async fn a_request_that_a_filter_refuses_is_sent_without_a_span() {
    let spans = Spans::recorded();
    let layer = spans.layer().filter(|request| request.uri.path() != "/hello").build();
    let client = ClientBuilder::new(plain()).with(HttpClientMiddleware::from(layer)).build();
    let response = client.get(format!("http://{}/hello", serve().await)).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "hello");
    assert!(spans.finished().is_empty());
}
