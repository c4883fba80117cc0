//! An event for each message, on demand.

use crate::probe::{ProbeClient, Running, read, script};
use crate::support::Spans;
use opentelemetry_sdk::trace::SpanData;
use tonic::Code;
use tower::Layer;

/// Direction, number and size of each message, sorted, for the two directions are not in step.
fn messages(span: &SpanData) -> Vec<String> {
    let value = |event: &opentelemetry::trace::Event, key: &str| {
        let pair = event.attributes.iter().find(|pair| pair.key.as_str() == key);
        pair.map(|pair| pair.value.to_string()).unwrap_or_default()
    };
    let mut drawn: Vec<String> = span
        .events
        .iter()
        .filter(|event| event.name == "rpc.message")
        .map(|event| {
            ["rpc.message.type", "rpc.message.id", "rpc.message.compressed_size"]
                .map(|key| value(event, key))
                .join(" ")
        })
        .collect();
    drawn.sort();
    drawn
}

#[tokio::test]
async fn both_directions_of_a_stream_are_counted_on_both_sides() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().message_events(true).build()).await;
    let mut probe = running.client(client.client().message_events(true).build()).await;
    let scripts = tokio_stream::iter([script(1, Code::Ok), script(10, Code::Ok)]);
    read(&mut probe.both(scripts).await.unwrap()).await.unwrap();
    let (served, called) = (server.next().await, client.next().await);
    let up = ["1 3", "2 4"];
    let mut down: Vec<String> = (2..=11).map(|id| format!("{id} 9")).collect();
    down.push("1 9".into());
    let drawn = |up_is: &str, down_is: &str| {
        let up = up.iter().map(|text| format!("{up_is} {text}"));
        let mut all: Vec<String> = up.chain(down.iter().map(|text| format!("{down_is} {text}"))).collect();
        all.sort();
        all
    };
    assert_eq!(messages(&served), drawn("RECEIVED", "SENT"));
    assert_eq!(messages(&called), drawn("SENT", "RECEIVED"));
}

#[tokio::test]
async fn bodies_of_any_type_can_be_watched() {
    let mut server = Spans::recorded();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let layer = server.server().message_events(true).watch_request_bodies().build();
    let served = tonic::transport::Server::builder().layer(layer).add_service(crate::probe::Probe);
    tokio::spawn(served.serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)));
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    ProbeClient::new(endpoint.connect().await.unwrap()).up(vec!["1".into(), "12".into()]).await.unwrap();
    assert_eq!(messages(&server.next().await), ["RECEIVED 1 1", "RECEIVED 2 2", "SENT 1 2"]);
}

#[tokio::test]
async fn there_are_none_unless_they_are_asked_for() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = ProbeClient::new(client.client().build().layer(running.channel().await));
    probe.unary(script(0, Code::Ok)).await.unwrap();
    assert!(messages(&server.next().await).is_empty() && messages(&client.next().await).is_empty());
}
