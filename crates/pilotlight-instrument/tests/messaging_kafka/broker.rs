//! One broker for all tests, which have topics of their own.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use servers::Kafka;
use std::sync::OnceLock;

/// What clients of the broker that all tests share begin with.
pub(crate) fn config() -> ClientConfig {
    static BROKER: OnceLock<Kafka> = OnceLock::new();
    config_of(BROKER.get_or_init(Kafka::start))
}

/// The same for a broker of the test's own.
pub(crate) fn config_of(broker: &Kafka) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.url()).set("client.id", "shop-1");
    config
}

/// Creates a topic and waits until it is there.
pub(crate) async fn create_topic(config: &ClientConfig, name: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let created = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
    assert_eq!(created, [Ok(name.to_owned())]);
}
