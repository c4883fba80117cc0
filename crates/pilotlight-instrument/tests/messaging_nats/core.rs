//! Core NATS: publishing, subscribing, asking.

use crate::nats::{client, port};
use crate::support::{Spans, dedented, draw};
use async_nats::{HeaderMap, Request, RequestErrorKind};
use futures_util::StreamExt;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use pilotlight_instrument::messaging::nats::{Client, Message};
use std::convert::Infallible;
use std::time::Duration;

#[tokio::test]
async fn a_message_is_processed_with_a_link_to_who_published_it_and_with_the_baggage_that_came() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.orders").await.unwrap();
    let request = spans.scene("request").with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);
    client.publish("core.orders", "4711".into()).with_context(request).await.unwrap();
    let message = orders.next().await.unwrap();
    let seen = message
        .process(|message| async move {
            assert!(Context::current().span().is_recording());
            Ok::<_, Infallible>(format!("{:?}, {}", message.payload, Context::current().baggage()))
        })
        .await;
    assert_eq!(seen.unwrap(), "b\"4711\", tenant=7");
    spans.assert(
        "
        request
          PRODUCER publish core.orders
        CONSUMER process core.orders -> publish core.orders
        ",
    );
}

#[tokio::test]
async fn spans_say_where_the_server_is_and_not_who_logged_in_or_what_was_said() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.queue_subscribe("core.secrets", "billing".to_owned()).await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", "4711-created");
    headers.insert("authorization", "s3cret-header");
    client.publish_with_headers("core.secrets", headers, "s3cret-payload".into()).await.unwrap();
    let message = orders.next().await.unwrap();
    message.process(|_| async { Ok::<_, Infallible>(()) }).await.unwrap();
    let finished = spans.finished();
    let expected = dedented(
        "
        CONSUMER process core.secrets
          messaging.consumer.group.name = billing
          messaging.destination.name = core.secrets
          messaging.message.id = 4711-created
          messaging.operation.name = process
          messaging.operation.type = process
          messaging.system.name = nats
          server.address = 127.0.0.1
          server.port = PORT
          ->
        ",
    );
    assert_eq!(draw(&finished[1]), expected.replace("PORT", &port().to_string()));
    assert!(finished.iter().all(|span| !format!("{span:?}").contains("s3cret")));
}

/// Waits until the server knows of the client's subscriptions: it answers in order.
async fn heard(client: &Client) {
    client.inner().request("core.nobody", "".into()).await.unwrap_err();
}

#[tokio::test]
async fn a_request_lasts_until_its_reply_and_has_a_link_to_it() {
    let spans = Spans::recorded();
    let (asks, answers) = (client(&spans).await, client(&spans).await);
    let mut questions = answers.subscribe("core.stock.*").await.unwrap();
    heard(&answers).await;
    let answering = async {
        let question = questions.next().await.unwrap();
        let answer = |question: Message| async move {
            let reply = question.reply.clone().unwrap();
            answers.publish(reply, "12".into()).await
        };
        question.process(answer).await.unwrap();
    };
    let (reply, ()) = tokio::join!(asks.request("core.stock.tea", "how many?".into()), answering);
    assert_eq!(reply.unwrap().payload, "12");
    spans.assert(
        "
        PRODUCER request core.stock.tea -> publish
        CONSUMER process core.stock.* -> request core.stock.tea
          PRODUCER publish
        ",
    );
}

#[tokio::test]
async fn a_request_that_nobody_is_there_for_says_so() {
    let spans = Spans::recorded();
    let error = client(&spans).await.request("core.nobody", "?".into()).await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    spans.assert("PRODUCER request core.nobody !no_responders");
}

#[tokio::test]
async fn a_request_that_is_not_answered_in_time_says_so() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let _silent = client.subscribe("core.silent").await.unwrap();
    let hurried = Request::new().timeout(Some(Duration::from_millis(1)));
    let asked = client.send_request("core.silent", HeaderMap::new(), "?".into(), hurried).await;
    assert_eq!(asked.unwrap_err().kind(), RequestErrorKind::TimedOut);
    spans.assert("PRODUCER request core.silent !timed_out");
}

#[tokio::test]
async fn a_request_that_is_given_up_was_cancelled() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut questions = client.subscribe("core.waits").await.unwrap();
    tokio::select! {
        _ = client.request("core.waits", "?".into()) => panic!("nobody answers"),
        question = questions.next() => assert!(question.is_some()),
    }
    spans.assert("PRODUCER request core.waits *cancelled");
}

fn out_of_tea() -> Result<(), Infallible> {
    panic!("out of tea")
}

#[tokio::test]
async fn a_panic_in_a_handler_is_recorded_and_goes_on() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.panics").await.unwrap();
    client.inner().publish("core.panics", "".into()).await.unwrap();
    let message = orders.next().await.unwrap();
    let panics = message.process(|_| async { out_of_tea() });
    assert!(tokio::spawn(panics).await.unwrap_err().is_panic());
    spans.assert("CONSUMER process core.panics !panic *exception");
}

#[tokio::test]
async fn what_cannot_be_published_says_why() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let too_much = vec![0; client.inner().max_payload() + 1];
    client.publish("core.much", too_much.into()).await.unwrap_err();
    client.publish("core with space", "".into()).await.unwrap_err();
    spans.assert(
        "
        PRODUCER publish core.much !max_payload_exceeded
        PRODUCER publish core with space !invalid_subject
        ",
    );
}

#[tokio::test]
async fn what_a_message_carried_before_is_not_carried_on() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.again").await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("Baggage", "tenant=stranger");
    headers.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
    client.publish_with_headers("core.again", headers, "".into()).await.unwrap();
    let received = orders.next().await.unwrap().into_inner().headers.unwrap();
    let mut names: Vec<&str> = received.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    assert_eq!(names, ["traceparent", "tracestate"]);
    assert!(!received.get("traceparent").unwrap().as_str().contains("0af7651916cd43dd"));
}

#[tokio::test]
async fn where_there_is_no_trace_whoever_wrote_the_headers_is_left_to_speak() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.left").await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("Baggage", "tenant=7");
    headers.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
    let suppressed = Context::new().with_telemetry_suppressed();
    let publish = client.publish_with_headers("core.left", headers.clone(), "".into());
    publish.with_context(suppressed).await.unwrap();
    assert_eq!(orders.next().await.unwrap().into_inner().headers, Some(headers));
}

#[tokio::test]
async fn a_context_in_headers_of_another_case_is_found() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.case").await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
    client.inner().publish_with_headers("core.case", headers, "".into()).await.unwrap();
    orders.next().await.unwrap().start().end();
    let links = &spans.finished()[0].links.links;
    assert_eq!(links[0].span_context.span_id().to_string(), "00f067aa0ba902b7");
}

#[tokio::test]
async fn hostile_headers_are_no_context() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.hostile").await.unwrap();
    let hostile = [
        String::new(),
        "00-00000000000000000000000000000000-0000000000000000-01".to_owned(),
        "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01".to_owned(),
        "é".repeat(10_000),
        "-".repeat(10_000),
    ];
    for value in &hostile {
        let mut headers = HeaderMap::new();
        for name in ["traceparent", "tracestate", "baggage"] {
            headers.append(name, value.as_str());
            headers.append(name, value.as_str());
        }
        client.inner().publish_with_headers("core.hostile", headers, "".into()).await.unwrap();
        let message = orders.next().await.unwrap();
        message.process(|_| async { Ok::<_, Infallible>(()) }).await.unwrap();
    }
    assert_eq!(spans.finished().len(), hostile.len());
    assert!(spans.finished().iter().all(|span| span.links.links.is_empty()));
}

#[tokio::test]
async fn while_telemetry_is_suppressed_messages_go_without_a_span() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut orders = client.subscribe("core.suppressed").await.unwrap();
    let suppressed = Context::new().with_telemetry_suppressed();
    client.publish("core.suppressed", "".into()).with_context(suppressed.clone()).await.unwrap();
    let message = orders.next().with_context(suppressed.clone()).await.unwrap();
    let process = async { message.process(|_| async { Ok::<_, Infallible>(()) }).await };
    process.with_context(suppressed).await.unwrap();
    spans.assert("");
}

#[tokio::test]
async fn a_client_that_nobody_listens_to_adds_no_headers() {
    let inner = crate::nats::connected().await;
    let client = pilotlight_instrument::messaging::nats::Client::new(inner);
    let mut orders = client.subscribe("core.silence").await.unwrap();
    client.publish("core.silence", "".into()).await.unwrap();
    assert_eq!(orders.next().await.unwrap().headers, None);
}
