//! What goes wrong.

use crate::broker::{config, config_of, create_topic};
use crate::recorded::Recorded;
use crate::support::{QUEUE, consumer, consumer_config, kafka, process, producer, send, shop};
use pilotlight_instrument::messaging::kafka::{FutureProducer, StreamConsumer};
use rdkafka::Message;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::FutureRecord;
use servers::Kafka;
use std::fmt;

fn record(topic: &str) -> FutureRecord<'_, str, str> {
    FutureRecord::to(topic).payload("created")
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_the_error_of_who_sends_and_of_who_consumes() {
    let recorded = Recorded::new();
    let mut config = config();
    // A topic that is not there may have been created just now.
    config.set("topic.metadata.propagation.max.ms", "100");
    producer(&recorded, &config).send(record("nowhere"), QUEUE).await.unwrap_err();
    consumer(&recorded, &config, "nowhere").recv().await.unwrap_err();
    assert_eq!(
        recorded.tree_of(&["error."]),
        crate::recorded::dedented(
            "
            PRODUCER send nowhere
                ! sending failed
                error.type = UnknownTopicOrPartition
            CLIENT poll
                ! receiving failed
                error.type = UnknownTopicOrPartition
            "
        )
    );
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_before_it_is_queued() {
    let recorded = Recorded::new();
    let (producer, _consumer) = shop(&recorded, "large").await;
    let large = "a".repeat(2_000_000);
    let record = FutureRecord::<str, str>::to("large").payload(&large);
    producer.send(record, QUEUE).await.unwrap_err();
    assert_eq!(
        recorded.tree_of(&["error."]),
        "PRODUCER send large\n    ! sending failed\n    error.type = MessageSizeTooLarge"
    );
}

#[tokio::test]
async fn a_killed_broker_is_a_timeout_of_who_sends_and_comes_back_with_what_it_acknowledged() {
    let recorded = Recorded::new();
    let mut broker = Kafka::start();
    let mut config = config_of(&broker);
    config.set("message.timeout.ms", "1000").set("reconnect.backoff.max.ms", "100");
    create_topic(&config, "killed", 1).await;
    let producer = producer(&recorded, &config);
    send(&producer, "killed", "before").await;

    broker.kill();
    let (error, message) = producer.send(record("killed"), QUEUE).await.unwrap_err();
    assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut));
    assert_eq!(message.payload(), Some(&b"created"[..]));

    broker.start_again();
    while producer.send(record("killed"), QUEUE).await.is_err() {}
    let consumer = consumer(&recorded, &config, "killed");
    let message = consumer.recv().await.unwrap();
    assert_eq!(message.payload(), Some(&b"before"[..]));
    process(&message).await;

    let spans = recorded.tree_of(&["error."]);
    let lost = "PRODUCER send killed\n    ! sending failed\n    error.type = MessageTimedOut";
    assert!(spans.starts_with(&format!("PRODUCER send killed\n{lost}")), "{spans}");
    assert!(
        spans.ends_with("CLIENT poll killed ~> send killed\n  CONSUMER process killed ~> send killed"),
        "{spans}"
    );
    let sent = recorded.points("messaging.client.sent.messages");
    assert!(sent.iter().any(|point| point.starts_with("error.type = MessageTimedOut, ")), "{sent:?}");
}

#[derive(Debug)]
struct SoldOut;

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("s3cret-customer wants what is sold out")
    }
}

#[tokio::test]
async fn a_handlers_failure_is_the_process_spans_and_a_panic_goes_on() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "handled").await;
    send(&producer, "handled", "created").await;
    let message = consumer.recv().await.unwrap();
    recorded.forget_spans();
    message.process().around(async { Err::<(), _>(SoldOut) }).await.unwrap_err();
    let panics =
        std::panic::AssertUnwindSafe(|| message.process().within(|| -> Result<(), SoldOut> { panic!("oh") }));
    std::panic::catch_unwind(panics).unwrap_err();
    let tree = recorded.tree_of(&["error."]);
    assert_eq!(tree.matches("! processing failed").count(), 1, "{tree}");
    assert!(tree.contains("error.type = messaging_kafka::failures::SoldOut"), "{tree}");
    assert!(tree.contains("error.type = panic") && tree.contains("* exception"), "{tree}");
    assert!(!recorded.everything().contains("s3cret"));
}

#[tokio::test]
async fn a_commit_of_nothing_is_an_error_and_says_so() {
    let recorded = Recorded::new();
    let (_, consumer) = shop(&recorded, "nothing").await;
    consumer.commit_consumer_state(CommitMode::Sync).unwrap_err();
    assert_eq!(
        recorded.tree_of(&["error."]),
        "CLIENT commit\n    ! settling failed\n    error.type = NoOffset"
    );
}

#[tokio::test]
async fn what_the_application_calls_an_error_is_what_it_is_called() {
    let (recorded, config) = (Recorded::new(), config());
    create_topic(&config, "called", 1).await;
    let called = |error: &KafkaError| match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::UnknownPartition) => "no_such_partition",
        _ => "other",
    };
    let settings = kafka(&recorded, &config).messaging(|client| client.error_type(called)).build();
    let producer: FutureProducer = FutureProducer::new(config.create().unwrap(), settings);
    producer.send(record("called").partition(9), QUEUE).await.unwrap_err();
    assert_eq!(
        recorded.tree_of(&["error."]),
        "PRODUCER send called\n    ! sending failed\n    error.type = no_such_partition"
    );
}

#[tokio::test]
async fn the_end_of_a_partition_is_no_failure() {
    let (recorded, config) = (Recorded::new(), config());
    create_topic(&config, "end", 1).await;
    let mut config = consumer_config(&config, "end");
    config.set("enable.partition.eof", "true");
    let consumer: StreamConsumer =
        StreamConsumer::new(config.create().unwrap(), kafka(&recorded, &config).build());
    consumer.subscribe(&["end"]).unwrap();
    assert_eq!(consumer.recv().await.unwrap_err(), KafkaError::PartitionEOF(0));
    assert!(recorded.spans().is_empty() && recorded.metric_names().is_empty());
}
