//! What is measured of an operation.

use crate::recorded::Recorded;
use crate::shop;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use pilotlight_instrument::db::{Client, Failure, SCHEMA_URL};

const SELECT: &str = "SELECT name FROM users WHERE id = $1";

#[test]
fn an_operation_is_measured_by_its_duration_with_the_attributes_of_its_span_but_the_text() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();

    client.query(SELECT).end();
    client.query(SELECT).end();
    let mut failed = client.query(SELECT);
    failed.failed(&Failure::status_code("57014"));
    failed.end();

    let common = "db.collection.name = users, db.namespace = shop, db.operation.name = SELECT, db.query.summary = SELECT users";
    assert_eq!(
        recorded.points("db.client.operation.duration"),
        [
            format!(
                "{common}, db.response.status_code = 57014, db.system.name = postgresql, error.type = 57014, \
                 server.address = db.example: 1"
            ),
            format!("{common}, db.system.name = postgresql, server.address = db.example: 2"),
        ]
    );
}

#[test]
fn rows_are_measured_when_asked_for() {
    let recorded = Recorded::new();
    for measured in [false, true] {
        let mut operation = shop(&recorded).returned_rows(measured).build().query(SELECT);
        operation.returned_rows(3);
        operation.end();
    }

    let points = recorded.points("db.client.response.returned_rows");
    assert!(points.len() == 1 && points[0].ends_with(": 1"), "{points:?}");
}

#[test]
fn what_is_not_sampled_is_measured_all_the_same() {
    let recorded = Recorded::new();
    let unsampled = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();

    shop(&recorded).with_tracer_provider(&unsampled).build().query(SELECT).end();

    assert_eq!(recorded.points("db.client.operation.duration").len(), 1);
}

#[test]
fn a_client_without_metrics_measures_nothing() {
    let recorded = Recorded::new();

    shop(&recorded).without_metrics().build().query(SELECT).end();

    assert_eq!(recorded.metric_names(), Vec::<String>::new());
    assert_eq!(recorded.spans().len(), 1);
}

#[test]
fn the_scope_names_the_conventions_that_are_followed() {
    let recorded = Recorded::new();

    shop(&recorded).build().query(SELECT).end();

    let spans = recorded.spans();
    assert_eq!(spans[0].instrumentation_scope.schema_url(), Some(SCHEMA_URL));
    let collected = recorded.collected();
    let scope = collected.scope_metrics().next().unwrap();
    assert_eq!(scope.scope().schema_url(), Some(SCHEMA_URL));
}

#[test]
fn nothing_is_recorded_and_nothing_breaks_while_nobody_listens() {
    let client = Client::builder("sqlite").build();

    let mut operation = client.query(SELECT);
    assert_eq!(operation.run(|| 5), 5);
    operation.end();
}
