//! Messages from one service to another.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use crate::support::{FIXED, QUEUE, consumer_config, kafka, process, producer, send, shop};
use futures_util::StreamExt;
use opentelemetry::Context;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use pilotlight_instrument::messaging::kafka::{Received, StreamConsumer};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::FutureRecord;
use std::convert::Infallible;
use std::pin::pin;
use std::task::{self, Waker};

#[tokio::test]
async fn a_message_is_one_tree_where_it_is_sent_and_one_with_links_where_it_is_consumed() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "journey").await;
    let request = Context::new().with_span(recorded.tracer_provider.tracer("app").start("request"));
    send(&producer, "journey", "created").with_context(request.clone()).await;
    drop(request);

    let message = consumer.recv().await.unwrap();
    let handler = async {
        recorded.tracer_provider.tracer("app").start("store");
        Ok::<_, Infallible>(())
    };
    message.process().around(handler).await.unwrap();
    consumer.commit_message(&message, CommitMode::Sync).unwrap();

    assert_eq!(
        recorded.tree_of(&FIXED),
        crate::recorded::dedented(
            "
            INTERNAL request
              PRODUCER send journey
                  kafka.offset = 0
                  messaging.client.id = shop-1
                  messaging.destination.name = journey
                  messaging.destination.partition.id = 0
                  messaging.operation.name = send
                  messaging.operation.type = send
                  messaging.system.name = kafka
            CLIENT poll journey ~> send journey
                kafka.offset = 0
                messaging.client.id = shop-1
                messaging.consumer.group.name = journey
                messaging.destination.name = journey
                messaging.destination.partition.id = 0
                messaging.operation.name = poll
                messaging.operation.type = receive
                messaging.system.name = kafka
              CONSUMER process journey ~> send journey
                  kafka.offset = 0
                  messaging.client.id = shop-1
                  messaging.consumer.group.name = journey
                  messaging.destination.name = journey
                  messaging.destination.partition.id = 0
                  messaging.operation.name = process
                  messaging.operation.type = process
                  messaging.system.name = kafka
                INTERNAL store
              CLIENT commit journey ~> send journey
                  kafka.offset = 0
                  messaging.client.id = shop-1
                  messaging.consumer.group.name = journey
                  messaging.destination.name = journey
                  messaging.destination.partition.id = 0
                  messaging.operation.name = commit
                  messaging.operation.type = settle
                  messaging.system.name = kafka
            "
        )
    );
}

#[tokio::test]
async fn the_broker_is_told_where_there_is_one() {
    let recorded = Recorded::new();
    let (producer, _consumer) = shop(&recorded, "address").await;
    send(&producer, "address", "created").await;
    let config = config();
    let (_, port) = config.get("bootstrap.servers").unwrap().split_once(':').unwrap();
    assert_eq!(
        recorded.tree_of(&["server."]),
        format!("PRODUCER send address\n    server.address = 127.0.0.1\n    server.port = {port}")
    );
}

#[tokio::test]
async fn within_a_span_a_message_is_processed_below_that_and_not_below_its_poll() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "worker").await;
    send(&producer, "worker", "created").await;
    let message = consumer.recv().await.unwrap();
    let worker = Context::new().with_span(recorded.tracer_provider.tracer("app").start("worker"));
    process(&message).with_context(worker).await;
    assert_eq!(
        recorded.tree_of(&[]),
        "PRODUCER send worker\nCLIENT poll worker ~> send worker\nINTERNAL worker\n  CONSUMER process worker ~> send worker"
    );
}

#[tokio::test]
async fn a_message_that_goes_to_another_task_stays_with_its_poll() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "task").await;
    send(&producer, "task", "created").await;
    let message = consumer.recv().await.unwrap().detach();
    tokio::spawn(async move {
        assert_eq!(message.payload(), Some(&b"created"[..]));
        message.process().within(|| Ok::<_, Infallible>(())).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(
        recorded.tree_of(&[]),
        "PRODUCER send task\nCLIENT poll task ~> send task\n  CONSUMER process task ~> send task"
    );
}

#[tokio::test]
async fn a_trace_goes_on_through_the_broker_where_that_is_wanted() {
    let recorded = Recorded::new();
    let config = config();
    create_topic(&config, "onwards", 1).await;
    let producer = producer(&recorded, &config);
    let config = consumer_config(&config, "onwards");
    let settings =
        kafka(&recorded, &config).messaging(|client| client.process_as_child(true)).poll_spans(false);
    let consumer: StreamConsumer = StreamConsumer::new(config.create().unwrap(), settings.build());
    consumer.subscribe(&["onwards"]).unwrap();

    send(&producer, "onwards", "created").await;
    process(&consumer.recv().await.unwrap()).await;

    assert_eq!(recorded.tree_of(&[]), "PRODUCER send onwards\n  CONSUMER process onwards ~> send onwards");
}

#[tokio::test]
async fn a_stream_gives_messages_as_the_consumer_does() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "stream").await;
    for payload in ["one", "two"] {
        send(&producer, "stream", payload).await;
    }
    let messages: Vec<_> = consumer.stream().take(2).map(Result::unwrap).collect().await;
    let payloads: Vec<_> = messages.iter().map(|message| message.payload_view::<str>()).collect();
    assert_eq!(payloads, [Some(Ok("one")), Some(Ok("two"))]);
    assert_eq!(
        recorded.tree_of(&["kafka."]),
        "PRODUCER send stream\n    kafka.offset = 0\nPRODUCER send stream\n    kafka.offset = 1\n\
         CLIENT poll stream ~> send stream\n    kafka.offset = 0\nCLIENT poll stream ~> send stream\n    kafka.offset = 1"
    );
}

#[tokio::test]
async fn a_tombstone_is_told() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "tombstone").await;
    producer.send(FutureRecord::<str, str>::to("tombstone").key("gone"), QUEUE).await.unwrap();
    process(&consumer.recv().await.unwrap()).await;
    let spans = recorded.spans();
    let told = |span: &opentelemetry_sdk::trace::SpanData| {
        span.attributes.iter().any(|pair| pair.key.as_str() == "kafka.message.tombstone")
    };
    assert_eq!((spans.len(), spans.iter().all(told)), (3, true));
}

#[tokio::test]
async fn waiting_in_vain_records_nothing_and_loses_no_message() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "in-vain").await;
    {
        let mut waiting = pin!(consumer.recv());
        assert!(waiting.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending());
    }
    assert!(recorded.spans().is_empty() && recorded.metric_names().is_empty());
    send(&producer, "in-vain", "created").await;
    assert_eq!(consumer.recv().await.unwrap().payload(), Some(&b"created"[..]));
}

#[tokio::test]
async fn a_message_of_another_of_rdkafkas_consumers_is_recorded_when_it_is_processed() {
    let recorded = Recorded::new();
    let config = config();
    create_topic(&config, "base", 1).await;
    send(&producer(&recorded, &config), "base", "created").await;
    let config = consumer_config(&config, "base");
    let consumer: BaseConsumer = config.create().unwrap();
    consumer.subscribe(&["base"]).unwrap();
    let message = consumer.iter().next().unwrap().unwrap();
    process(&Received::new(message, &kafka(&recorded, &config).build())).await;

    assert_eq!(recorded.tree_of(&[]), "PRODUCER send base\nCONSUMER process base ~> send base");
    let consumed = recorded.points("messaging.client.consumed.messages");
    assert!(
        consumed.len() == 1 && consumed[0].contains("messaging.operation.name = process, "),
        "{consumed:?}"
    );
}
