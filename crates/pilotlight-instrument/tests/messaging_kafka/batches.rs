//! Messages that are processed as one.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use crate::support::{FIXED, QUEUE, consumer, producer, send, shop};
use futures_util::StreamExt;
use rdkafka::consumer::CommitMode;
use rdkafka::producer::FutureRecord;
use rdkafka::{Offset, TopicPartitionList};
use std::convert::Infallible;

#[tokio::test]
async fn a_batch_is_one_span_with_a_link_to_each_send_span() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "batch").await;
    for payload in ["one", "two", "three"] {
        send(&producer, "batch", payload).await;
    }
    let messages: Vec<_> = consumer.stream().take(3).map(Result::unwrap).collect().await;
    recorded.forget_spans();

    consumer.process_batch(&messages).around(async { Ok::<_, Infallible>(()) }).await.unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset("batch", 0, Offset::Offset(3)).unwrap();
    consumer.commit(&offsets, CommitMode::Sync).unwrap();

    assert_eq!(
        recorded.tree_of(&FIXED),
        crate::recorded::dedented(
            "
            CONSUMER process batch ~> ? ~> ? ~> ?
                messaging.batch.message_count = 3
                messaging.client.id = shop-1
                messaging.consumer.group.name = batch
                messaging.destination.name = batch
                messaging.destination.partition.id = 0
                messaging.operation.name = process
                messaging.operation.type = process
                messaging.system.name = kafka
            CLIENT commit batch
                messaging.client.id = shop-1
                messaging.consumer.group.name = batch
                messaging.destination.name = batch
                messaging.destination.partition.id = 0
                messaging.operation.name = commit
                messaging.operation.type = settle
                messaging.system.name = kafka
            "
        )
    );
    let spans = recorded.spans();
    let links = spans[0].links.iter().map(|link| crate::recorded::attributes(&link.attributes).join(", "));
    let expected = |offset| format!("kafka.offset = {offset}, messaging.destination.partition.id = 0");
    assert_eq!(links.collect::<Vec<_>>(), [0, 1, 2].map(expected));
}

#[tokio::test]
async fn a_batch_of_several_partitions_tells_each_message_its_own() {
    let recorded = Recorded::new();
    let config = config();
    create_topic(&config, "partitions", 2).await;
    let (producer, consumer) = (producer(&recorded, &config), consumer(&recorded, &config, "partitions"));
    for partition in [0, 1] {
        let record = FutureRecord::<str, str>::to("partitions").payload("created").partition(partition);
        producer.send(record, QUEUE).await.unwrap();
    }
    let messages: Vec<_> = consumer.stream().take(2).map(Result::unwrap).collect().await;
    recorded.forget_spans();
    consumer.process_batch(&messages).within(|| Ok::<_, Infallible>(())).unwrap();

    let spans = recorded.spans();
    let links = spans[0].links.iter().map(|link| crate::recorded::attributes(&link.attributes).join(", "));
    let mut links: Vec<_> = links.collect();
    links.sort();
    let expected = |partition| format!("kafka.offset = 0, messaging.destination.partition.id = {partition}");
    assert_eq!(links, [0, 1].map(expected));
    assert!(!recorded.tree_of(&FIXED).contains("partition.id"));
}
