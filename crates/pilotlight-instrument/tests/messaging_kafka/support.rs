//! Producers and consumers that record into a test.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use pilotlight_instrument::messaging::kafka::{
    FutureProducer, Kafka, KafkaBuilder, Received, StreamConsumer,
};
use rdkafka::ClientConfig;
use rdkafka::consumer::Consumer;
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::FutureRecord;
use std::convert::Infallible;
use std::time::Duration;

/// How long a full queue is waited for: none of these is ever full.
pub(crate) const QUEUE: Duration = Duration::from_secs(1);

/// What is recorded there, and is the same on each run: not which port the broker has.
pub(crate) const FIXED: [&str; 3] = ["messaging.", "kafka.", "error."];

/// Everything of this configuration is recorded there.
pub(crate) fn kafka(recorded: &Recorded, config: &ClientConfig) -> KafkaBuilder {
    Kafka::builder(config).messaging(|client| {
        client
            .with_tracer_provider(&recorded.tracer_provider)
            .with_meter_provider(&recorded.meter_provider)
            .with_propagator(TextMapCompositePropagator::new(vec![
                Box::new(TraceContextPropagator::new()),
                Box::new(BaggagePropagator::new()),
            ]))
    })
}

pub(crate) fn producer(recorded: &Recorded, config: &ClientConfig) -> FutureProducer {
    FutureProducer::new(config.create().unwrap(), kafka(recorded, config).build())
}

/// A consumer's configuration: from the first message on, and nothing committed that the test does not commit.
pub(crate) fn consumer_config(config: &ClientConfig, group: &str) -> ClientConfig {
    let mut config = config.clone();
    config.set("group.id", group).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    config
}

/// A consumer of one topic, in a group that is called as the topic is.
pub(crate) fn consumer(recorded: &Recorded, config: &ClientConfig, topic: &str) -> StreamConsumer {
    let config = consumer_config(config, topic);
    subscribed(StreamConsumer::new(config.create().unwrap(), kafka(recorded, &config).build()), topic)
}

pub(crate) fn subscribed(consumer: StreamConsumer, topic: &str) -> StreamConsumer {
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

/// A new topic of one partition on the broker of all tests, a producer for it and a consumer of it.
pub(crate) async fn shop(recorded: &Recorded, topic: &str) -> (FutureProducer, StreamConsumer) {
    let config = config();
    create_topic(&config, topic, 1).await;
    (producer(recorded, &config), consumer(recorded, &config, topic))
}

pub(crate) async fn send(producer: &FutureProducer, topic: &str, payload: &str) {
    let record = FutureRecord::<str, str>::to(topic).payload(payload);
    producer.send(record, QUEUE).await.unwrap();
}

/// Processes a message with nothing to do.
pub(crate) async fn process(message: &Received<BorrowedMessage<'_>>) {
    message.process().around(async { Ok::<_, Infallible>(()) }).await.unwrap();
}
