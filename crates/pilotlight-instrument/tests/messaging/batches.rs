//! One span for many messages.

use crate::support::{Spans, dedented, draw};
use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use pilotlight_instrument::messaging::{Client, Destination, Message};
use std::collections::HashMap;

type Carrier = HashMap<String, String>;

fn orders() -> Destination {
    Destination::new("orders")
}

fn created(client: &Client, count: usize) -> Vec<Carrier> {
    let carriers = std::iter::repeat_with(|| {
        let mut carrier = Carrier::new();
        client.create(&orders(), Message::new(), &mut carrier).end();
        carrier
    });
    carriers.take(count).collect()
}

#[test]
fn a_batch_of_created_messages_is_sent_by_one_client_span_with_links() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let mut batch = client.batch(&orders());
    for carrier in created(&client, 2) {
        batch.add(Message::new(), &carrier);
    }
    batch.send(Message::new()).end();
    spans.assert(
        "
        PRODUCER create orders
        PRODUCER create orders
        CLIENT send orders -> create orders, create orders
        ",
    );
}

#[test]
fn a_batch_without_created_messages_is_sent_by_one_producer_span_whose_context_they_carry() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let send = client.send_batch(&orders(), Message::new(), 2);
    let mut carriers = [Carrier::new(), Carrier::new()];
    carriers.iter_mut().for_each(|carrier| send.inject(carrier));
    send.end();
    let mut batch = client.batch(&orders());
    carriers.iter().for_each(|carrier| batch.add(Message::new(), carrier));
    batch.process(Message::new()).end();
    spans.assert(
        "
        PRODUCER send orders
        CONSUMER process orders -> send orders, send orders
        ",
    );
}

#[test]
fn what_is_said_of_one_message_of_a_batch_is_on_its_link() {
    let spans = Spans::recorded();
    let client = spans.client().body_size(true).build();
    let mut receive = client.receive(&orders()).operation("fetch");
    for (number, carrier) in created(&client, 2).iter().enumerate() {
        receive.add(Message::new().id(number.to_string()).body_bytes(5).deliveries(1), carrier);
    }
    receive.end();
    assert_eq!(
        draw(&spans.finished()[2]),
        dedented(
            "
            CLIENT fetch orders
              messaging.batch.message_count = 2
              messaging.destination.name = orders
              messaging.operation.name = fetch
              messaging.operation.type = receive
              messaging.system.name = test
              -> messaging.message.body.size = 5, messaging.message.id = 0, messaging.test.message.delivery_count = 1
              -> messaging.message.body.size = 5, messaging.message.id = 1, messaging.test.message.delivery_count = 1
            "
        )
    );
}

#[test]
fn messages_beyond_the_most_links_are_counted_all_the_same() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let carrier = created(&client, 1).remove(0);
    let mut batch = client.batch(&orders());
    (0..1_000).for_each(|_| batch.add(Message::new(), &carrier));
    batch.settle("ack", Message::new()).end();
    let settle = &spans.finished()[1];
    assert_eq!(settle.links.links.len(), 128);
    assert_eq!(settle.links.dropped_count, 0);
    assert!(draw(settle).contains("messaging.batch.message_count = 1000"));
}

#[test]
fn what_is_received_is_processed_below_the_span_that_received_it_where_the_caller_wants_that() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let carrier = created(&client, 1).remove(0);
    let mut receive = client.receive(&orders());
    receive.add(Message::new(), &carrier);
    let received = receive.end().attach();
    client.process(&orders(), Message::new().received(), &carrier).end();
    drop(received);
    spans.assert(
        "
        PRODUCER create orders
        CLIENT receive orders -> create orders
          CONSUMER process orders -> create orders
        ",
    );
}

#[test]
fn a_poll_that_finds_nothing_leaves_no_span() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    client.receive(&orders()).end();
    drop(client.receive(&orders()));
    spans.assert("");
}

#[test]
fn a_poll_that_fails_leaves_one_with_what_came_before() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let mut receive = client.receive(&orders());
    receive.add(Message::new(), &created(&client, 1)[0]);
    receive.failed(&std::fmt::Error);
    client.receive(&orders()).failed_as("timeout");
    spans.assert(
        "
        CLIENT receive orders !core::fmt::Error -> create orders
        PRODUCER create orders
        CLIENT receive orders !timeout
        ",
    );
}

#[tokio::test]
async fn a_receiving_span_is_below_what_was_current_when_it_began() {
    let spans = Spans::recorded();
    let client = spans.client().build();
    let receive = async { client.receive(&orders()) }.with_context(spans.scene("poll")).await;
    let mut receive = receive;
    receive.add_from(Message::new(), &Context::new());
    receive.end();
    spans.assert(
        "
        poll
          CLIENT receive orders
        ",
    );
}
