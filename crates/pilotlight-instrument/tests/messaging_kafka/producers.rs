//! The other ways to send.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use crate::support::{QUEUE, kafka, producer, shop};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use pilotlight_instrument::messaging::kafka::{BaseProducer, Kafka, ThreadedProducer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, FutureRecord, NoCustomPartitioner, Producer, ProducerContext,
};
use rdkafka::{ClientConfig, ClientContext};
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A context of the application's that tells the test what it hears.
struct Tells(Sender<(String, bool)>);

impl ClientContext for Tells {}

impl ProducerContext<NoCustomPartitioner> for Tells {
    type DeliveryOpaque = Box<String>;

    fn delivery(&self, result: &DeliveryResult<'_>, order: Box<String>) {
        self.0.send((*order, result.is_ok())).unwrap();
    }
}

#[tokio::test]
async fn a_threaded_producers_span_ends_with_the_report_that_the_application_hears() {
    let (recorded, config) = (Recorded::new(), config());
    create_topic(&config, "threaded", 1).await;
    let (tells, told) = channel();
    let producer = ThreadedProducer::new(&config, Tells(tells), kafka(&recorded, &config).build()).unwrap();
    let record = BaseRecord::<str, str, _>::with_opaque_to("threaded", Box::new("order-7".to_owned()));
    producer.send(record.payload("created")).map_err(|(error, _)| error).unwrap();
    assert_eq!(told.recv(), Ok(("order-7".to_owned(), true)));
    assert_eq!(recorded.tree_of(&["kafka."]), "PRODUCER send threaded\n    kafka.offset = 0");
}

#[test]
fn a_producers_context_is_the_applications() {
    let (tells, told) = channel();
    let producer = BaseProducer::new(&ClientConfig::new(), Tells(tells), Kafka::new(&ClientConfig::new()));
    producer.unwrap().context().0.send(("hello".to_owned(), true)).unwrap();
    assert_eq!(told.recv(), Ok(("hello".to_owned(), true)));
}

#[tokio::test]
async fn a_base_producers_span_ends_when_it_is_polled() {
    let (recorded, config) = (Recorded::new(), config());
    create_topic(&config, "polled", 1).await;
    let context = rdkafka::producer::DefaultProducerContext;
    let producer = BaseProducer::new(&config, context, kafka(&recorded, &config).build()).unwrap();
    producer
        .send(BaseRecord::<str, str>::to("polled").payload("created"))
        .map_err(|(error, _)| error)
        .unwrap();
    assert!(recorded.spans().is_empty());
    producer.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(recorded.tree_of(&["kafka."]), "PRODUCER send polled\n    kafka.offset = 0");
}

#[tokio::test]
async fn a_record_that_finds_the_queue_full_comes_back_and_its_span_says_why() {
    let recorded = Recorded::new();
    let mut config = config();
    create_topic(&config, "full", 1).await;
    config.set("queue.buffering.max.messages", "1").set("linger.ms", "60000");
    let (tells, told) = channel();
    let producer = ThreadedProducer::new(&config, Tells(tells), kafka(&recorded, &config).build()).unwrap();
    let record = |order: &str| {
        BaseRecord::<str, str, _>::with_opaque_to("full", Box::new(order.to_owned())).payload("created")
    };
    assert!(producer.send(record("first")).is_ok());
    let (error, record) = producer.send(record("second")).unwrap_err();
    assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull));
    assert_eq!((*record.delivery_opaque, record.payload), ("second".to_owned(), Some("created")));
    assert_eq!(
        recorded.tree_of(&["error."]),
        "PRODUCER send full\n    ! sending failed\n    error.type = QueueFull"
    );
    recorded.forget_spans();
    // It goes, and with it the message that was queued.
    drop(producer);
    assert_eq!(
        recorded.tree_of(&["error."]),
        "PRODUCER send full\n    ! sending failed\n    error.type = PurgeQueue"
    );
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("first".to_owned(), false)]);
}

#[tokio::test]
async fn a_report_that_is_awaited_later_ends_the_span() {
    let recorded = Recorded::new();
    let (producer, _consumer) = shop(&recorded, "later").await;
    let record = FutureRecord::<str, str>::to("later").payload("created");
    let report = producer.send_result(record).map_err(|(error, _)| error).unwrap();
    assert!(recorded.spans().is_empty());
    assert_eq!(report.await.unwrap().unwrap().offset, 0);
    assert_eq!(recorded.tree_of(&["kafka."]), "PRODUCER send later\n    kafka.offset = 0");
}

#[tokio::test]
async fn a_send_that_nobody_waits_for_is_cancelled_and_the_message_delivered() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "dropped").await;
    {
        let record = FutureRecord::<str, str>::to("dropped").payload("created");
        let mut sent = pin!(producer.send(record, QUEUE));
        assert!(sent.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(recorded.tree_of(&[]), "PRODUCER send dropped\n    * cancelled");
    consumer.recv().await.unwrap();
    assert_eq!(
        recorded.tree_of(&[]),
        "PRODUCER send dropped\n    * cancelled\nCLIENT poll dropped ~> send dropped"
    );
}

#[tokio::test]
async fn sending_leaves_no_context_behind() {
    let (recorded, config) = (Recorded::new(), config());
    create_topic(&config, "clean", 1).await;
    let producer = producer(&recorded, &config);
    let record = FutureRecord::<str, str>::to("clean").payload("created");
    let mut sent = pin!(producer.send(record, QUEUE));
    let _: Poll<_> = sent.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let current = opentelemetry::Context::map_current(|context| context.span().span_context().clone());
    assert_eq!(current, SpanContext::NONE);
    sent.await.unwrap();
}
