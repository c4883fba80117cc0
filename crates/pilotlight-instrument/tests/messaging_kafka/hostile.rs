//! Headers that somebody else wrote.

use crate::broker::{config, create_topic};
use crate::recorded::Recorded;
use crate::support::{QUEUE, consumer_config, kafka, process, shop, subscribed};
use crate::wire;
use pilotlight_instrument::messaging::kafka::{FutureProducer, StreamConsumer};
use rdkafka::Message;
use rdkafka::message::{Header, Headers, OwnedHeaders};
use rdkafka::producer::FutureRecord;

fn headers<'a>(all: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> OwnedHeaders {
    all.into_iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

#[tokio::test]
async fn headers_that_are_no_context_leave_no_link_and_do_no_harm() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "hostile").await;
    let huge = vec![b'a'; 500_000];
    let hostile = [
        headers([("traceparent", &b"\xff\xfe\x00"[..]), ("baggage", b"\xc3\x28")]),
        headers([("traceparent", &huge[..])]),
        headers([("tracestate", &huge[..])]),
        headers([("baggage", &huge[..])]),
        headers([("traceparent", &b"00-00000000000000000000000000000000-0000000000000000-01"[..])]),
        headers([("traceparent", &b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-and-more"[..])]),
        headers(std::iter::repeat_n(("traceparent", &b""[..]), 10_000)),
        OwnedHeaders::new().insert(Header::<&[u8]> { key: "traceparent", value: None }),
    ];
    let count = hostile.len();
    for headers in hostile {
        let record = FutureRecord::<str, str>::to("hostile").payload("created").headers(headers);
        // Past the wrapper, which would write a context of its own.
        rdkafka::producer::FutureProducer::send(&producer, record, QUEUE).await.unwrap();
    }
    for _ in 0..count {
        let message = consumer.recv().await.unwrap();
        process(&message).await;
        consumer.process_batch(std::slice::from_ref(&message)).end();
    }
    let spans = recorded.spans();
    assert_eq!(spans.len(), 3 * count);
    assert!(spans.iter().all(|span| span.links.is_empty()));
}

#[tokio::test]
async fn a_context_behind_a_thousand_other_headers_is_found() {
    let recorded = Recorded::new();
    let (producer, consumer) = shop(&recorded, "crowd").await;
    let crowd = headers(std::iter::repeat_n(("other", &b"1"[..]), 1000));
    let record = FutureRecord::<str, str>::to("crowd").payload("created").headers(crowd);
    producer.send(record, QUEUE).await.unwrap();
    process(&consumer.recv().await.unwrap()).await;
    assert_eq!(
        recorded.tree_of(&[]),
        "PRODUCER send crowd\nCLIENT poll crowd ~> send crowd\n  CONSUMER process crowd ~> send crowd"
    );
}

#[tokio::test]
async fn a_header_whose_name_is_not_utf8_hides_those_before_it_and_does_no_harm() {
    let recorded = Recorded::new();
    let (_, consumer) = shop(&recorded, "names").await;
    let context = (&b"traceparent"[..], &b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"[..]);
    let torn = (&b"\xff\xfe"[..], &b"1"[..]);
    let config = config();
    for headers in [[context, torn], [torn, context]] {
        wire::produce(config.get("bootstrap.servers").unwrap(), "names", &headers);
        process(&consumer.recv().await.unwrap()).await;
    }
    assert_eq!(
        recorded.tree_of(&[]),
        "CLIENT poll names\n  CONSUMER process names\nCLIENT poll names ~> ?\n  CONSUMER process names ~> ?"
    );
}

#[tokio::test]
async fn headers_that_are_not_to_be_read_leave_no_link_and_are_passed_on_as_they_are() {
    let recorded = Recorded::new();
    let config = config();
    create_topic(&config, "unread", 1).await;
    let unread = kafka(&recorded, &config).read_headers(false).build();
    let producer: FutureProducer = FutureProducer::new(config.create().unwrap(), unread.clone());
    let consumer = StreamConsumer::new(consumer_config(&config, "unread").create().unwrap(), unread);
    let consumer = subscribed(consumer, "unread");
    let old = headers([("baggage", &b"tenant=7"[..]), ("other", b"1")]);
    let record = FutureRecord::<str, str>::to("unread").payload("created").headers(old);
    producer.send(record, QUEUE).await.unwrap();

    let message = consumer.recv().await.unwrap();
    process(&message).await;
    let names: Vec<&str> = message.headers().unwrap().iter().map(|header| header.key).collect();
    assert_eq!(names, ["baggage", "other", "traceparent"]);
    assert_eq!(recorded.tree_of(&[]), "PRODUCER send unread\nCLIENT poll unread\n  CONSUMER process unread");
}
