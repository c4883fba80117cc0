//! Metrics.

use crate::recorded::Recorded;
use crate::support::{process, send, shop};
use rdkafka::consumer::CommitMode;

#[tokio::test]
async fn what_is_sent_polled_processed_and_committed_is_measured() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "measured").await;
    for payload in ["one", "two"] {
        send(&producer, "measured", payload).await;
        let message = consumer.recv().await.unwrap();
        process(&message).await;
        consumer.commit_message(&message, CommitMode::Sync).unwrap();
    }
    assert_eq!(
        recorded.metric_names(),
        [
            "messaging.client.consumed.messages",
            "messaging.client.operation.duration",
            "messaging.client.sent.messages",
            "messaging.process.duration"
        ]
    );
    let config = crate::broker::config();
    let (_, port) = config.get("bootstrap.servers").unwrap().split_once(':').unwrap();
    let line = |group: &str, name: &str, kind: &str| {
        let kind =
            if kind.is_empty() { String::new() } else { format!("messaging.operation.type = {kind}, ") };
        format!(
            "{group}messaging.destination.name = measured, messaging.destination.partition.id = 0, \
             messaging.operation.name = {name}, {kind}messaging.system.name = kafka, \
             server.address = 127.0.0.1, server.port = {port}: 2"
        )
    };
    let group = "messaging.consumer.group.name = measured, ";
    assert_eq!(recorded.points("messaging.client.sent.messages"), [line("", "send", "")]);
    assert_eq!(recorded.points("messaging.client.consumed.messages"), [line(group, "poll", "")]);
    assert_eq!(recorded.points("messaging.process.duration"), [line(group, "process", "")]);
    assert_eq!(
        recorded.points("messaging.client.operation.duration"),
        [line(group, "commit", "settle"), line(group, "poll", "receive"), line("", "send", "send")]
    );
}
