//! Names take few values, whatever destinations are called.

use crate::support::{Metrics, Spans, attribute};
use pilotlight_instrument::messaging::{Client, Destination, Message};
use std::collections::{BTreeSet, HashMap};

fn send(client: &Client, destination: Destination) {
    client.send(&destination, Message::new(), &mut HashMap::new()).end();
}

/// The names of the spans that were made for these destinations, and how many metric points.
fn names(destinations: impl IntoIterator<Item = Destination>) -> (BTreeSet<String>, usize) {
    let (spans, metrics) = (Spans::recorded(), Metrics::recorded());
    let client = spans.client().with_meter_provider(&metrics.provider).build();
    for destination in destinations {
        send(&client, destination);
    }
    let points = metrics.draw().lines().filter(|line| line.contains('×')).count();
    (spans.finished().iter().map(|span| span.name.to_string()).collect(), points)
}

fn only(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

#[test]
fn ten_thousand_subjects_of_one_template_are_one_name() {
    let subjects = (0..10_000)
        .map(|number| Destination::new(format!("orders.{number}.created")).template("orders.*.created"));
    assert_eq!(names(subjects), (only("send orders.*.created"), 2));
}

#[test]
fn ten_thousand_names_without_a_template_are_one_name_where_it_is_said_that_they_are_many() {
    let subjects = (0..10_000).map(|number| Destination::new(format!("orders.{number}")).many_names());
    assert_eq!(names(subjects), (only("send"), 2));
}

#[test]
fn temporary_and_anonymous_destinations_are_in_no_name() {
    let inboxes = (0..100).flat_map(|number| {
        let inbox = Destination::new(format!("_INBOX.{number}"));
        [inbox.clone().temporary(), inbox.anonymous()]
    });
    assert_eq!(names(inboxes), (only("send"), 2));
}

#[test]
fn a_batch_for_several_destinations_is_named_by_its_operation() {
    assert_eq!(names([Destination::several()]), (only("send"), 2));
}

#[test]
fn the_name_itself_is_an_attribute_of_the_span() {
    let spans = Spans::recorded();
    send(&spans.client().build(), Destination::new("_INBOX.7").temporary());
    let span = &spans.finished()[0];
    assert_eq!(attribute(span, "messaging.destination.name").as_deref(), Some("_INBOX.7"));
    assert_eq!(attribute(span, "messaging.destination.temporary").as_deref(), Some("true"));
}
