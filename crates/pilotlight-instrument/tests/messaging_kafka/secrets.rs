//! What must not be recorded.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use crate::support::{QUEUE, consumer_config, kafka, process, shop};
use pilotlight_instrument::messaging::kafka::{FutureProducer, StreamConsumer};
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;

fn secret(topic: &str) -> FutureRecord<'_, str, str> {
    let headers = OwnedHeaders::new().insert(Header { key: "authorization", value: Some("s3cret-header") });
    FutureRecord::to(topic).key("s3cret-key").payload("s3cret-payload").headers(headers)
}

#[tokio::test]
async fn keys_payloads_and_headers_are_not_recorded() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "secrets").await;
    producer.send(secret("secrets"), QUEUE).await.unwrap();
    let message = consumer.recv().await.unwrap();
    process(&message).await;
    consumer.process_batch(std::slice::from_ref(&message)).end();
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    assert_eq!(recorded.spans().len(), 5);
    assert!(!recorded.everything().contains("s3cret"));
    assert!(!format!("{message:?} {producer:?} {consumer:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_message_that_is_not_delivered_is_not_recorded_either() {
    let recorded = Recorded::new();
    let (producer, _consumer) = shop(&recorded, "undelivered").await;
    producer.send(secret("undelivered").partition(9), QUEUE).await.unwrap_err();
    assert_eq!(recorded.spans().len(), 1);
    assert!(!recorded.everything().contains("s3cret"));
}

#[tokio::test]
async fn a_key_is_recorded_where_it_is_asked_for_and_is_text() {
    let recorded = Recorded::new();
    let config = config();
    create_topic(&config, "keys", 1).await;
    let producer: FutureProducer =
        FutureProducer::new(config.create().unwrap(), kafka(&recorded, &config).message_key(true).build());
    let config = consumer_config(&config, "keys");
    let settings = kafka(&recorded, &config).message_key(true).poll_spans(false).build();
    let consumer: StreamConsumer = StreamConsumer::new(config.create().unwrap(), settings);
    consumer.subscribe(&["keys"]).unwrap();
    for key in [&b"order-7"[..], b"\xff\xfe"] {
        let record = FutureRecord::<[u8], str>::to("keys").key(key).payload("created");
        producer.send(record, QUEUE).await.unwrap();
        process(&consumer.recv().await.unwrap()).await;
    }
    assert_eq!(
        recorded.tree_of(&["kafka.message."]),
        "PRODUCER send keys\n    kafka.message.key = order-7\n\
         CONSUMER process keys ~> send keys\n    kafka.message.key = order-7\n\
         PRODUCER send keys\nCONSUMER process keys ~> send keys"
    );
}

#[tokio::test]
async fn a_configurations_secrets_are_not_recorded() {
    let recorded = Recorded::new();
    let mut config = config();
    config.set("sasl.username", "s3cret-user").set("sasl.password", "s3cret-password");
    create_topic(&config, "configured", 1).await;
    let producer: FutureProducer =
        FutureProducer::new(config.create().unwrap(), kafka(&recorded, &config).build());
    crate::support::send(&producer, "configured", "created").await;
    assert!(!format!("{} {producer:?}", recorded.everything()).contains("s3cret"));
}
