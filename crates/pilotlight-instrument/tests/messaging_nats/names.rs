//! Subjects with ids in them do not become names.

use crate::nats::{client, connected, recording};
use crate::support::Spans;
use futures_util::StreamExt;
use pilotlight_instrument::messaging::nats::Client;
use std::collections::BTreeSet;

fn names(spans: &Spans) -> BTreeSet<String> {
    spans.finished().iter().map(|span| span.name.to_string()).collect()
}

#[tokio::test]
async fn ten_thousand_subjects_of_one_template_are_one_name_on_either_side() {
    let spans = Spans::recorded();
    let client =
        Client::builder(connected().await).options(recording(&spans)).templates(["names.*.created"]).build();
    let mut all = client.subscribe("names.>").await.unwrap();
    for number in 0..10_000 {
        client.publish(format!("names.{number}.created"), "".into()).await.unwrap();
        all.next().await.unwrap().start().end();
    }
    let expected = ["process names.*.created", "publish names.*.created"];
    assert_eq!(names(&spans), BTreeSet::from(expected.map(String::from)));
}

#[tokio::test]
async fn a_subscription_with_wildcards_is_the_template_of_its_messages() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    let mut all = client.subscribe("wild.*.created").await.unwrap();
    for number in 0..3 {
        client.inner().publish(format!("wild.{number}.created"), "".into()).await.unwrap();
        all.next().await.unwrap().start().end();
    }
    assert_eq!(names(&spans), BTreeSet::from(["process wild.*.created".to_owned()]));
}

#[tokio::test]
async fn subjects_without_a_template_are_names_up_to_a_bound() {
    let spans = Spans::recorded();
    let client = client(&spans).await;
    for number in 0..1_000 {
        client.publish(format!("bound.{number}"), "".into()).await.unwrap();
    }
    // The first 64, and the operation's name alone.
    assert_eq!(names(&spans).len(), 65);
    assert!(names(&spans).contains("publish"));
}
