//! Events of reqwest's connections.

use crate::servers::serve;
use crate::support::{Spans, builder};
use opentelemetry_sdk::trace::SpanData;
use pilotlight_instrument::http::connect::{ConnectEventsLayer, FirstByteEventLayer, TracedResolver};
use pilotlight_instrument::http::reqwest::SystemResolver;
use reqwest_middleware::ClientBuilder;

fn events(span: &SpanData) -> Vec<&str> {
    span.events.events.iter().map(|event| &*event.name).collect()
}

#[tokio::test]
async fn a_new_connection_tells_its_steps_in_order_and_a_reused_one_none() {
    let spans = Spans::recorded();
    let client = builder()
        .dns_resolver(TracedResolver::new(SystemResolver::new()))
        .connector_layer(ConnectEventsLayer::connection())
        .build()
        .unwrap();
    let client = ClientBuilder::new(client).with(spans.middleware()).with(FirstByteEventLayer::new()).build();
    let url = format!("http://localhost:{}/hello", serve().await.port());
    for _ in 0..2 {
        client.get(&url).send().await.unwrap().bytes().await.unwrap();
    }
    let finished = spans.finished();
    assert_eq!(
        events(&finished[0]),
        [
            "http.connection.start",
            "http.dns.start",
            "http.dns.done",
            "http.connection.done",
            "http.receive.start"
        ]
    );
    assert_eq!(events(&finished[1]), ["http.receive.start"]);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_by_the_resolver() {
    let spans = Spans::recorded();
    let client = builder().dns_resolver(TracedResolver::new(SystemResolver::new())).build().unwrap();
    let client = ClientBuilder::new(client).with(spans.middleware()).build();
    client.get("http://does-not-exist.invalid/").send().await.unwrap_err();
    let span = spans.finished().remove(0);
    let done = &span.events.events[1];
    assert_eq!((&*done.name, done.attributes[0].value.as_str().as_ref()), ("http.dns.done", "dns"));
}
