//! What spans say of statements.

use crate::recorded::Recorded;
use crate::shop;
use opentelemetry::KeyValue;

#[test]
fn literals_are_in_nothing_that_is_recorded() {
    let recorded = Recorded::new();
    let client = shop(&recorded).build();

    for value in ["ada", "bob"] {
        client.query(&format!("SELECT name FROM users WHERE email = '{value}@example.com'")).end();
    }

    let all = recorded.everything();
    assert!(!all.contains("example.com") && all.contains("WHERE email = ?"), "{all}");
}

#[test]
fn the_text_is_left_out_when_it_is_not_wanted_and_cut_when_it_is_long() {
    let recorded = Recorded::new();
    let text = "SELECT name FROM users WHERE id = $1";

    shop(&recorded).query_text(false).build().query(text).end();
    shop(&recorded).text_bytes_max(17).build().query(text).end();

    let tree = recorded.tree_of(&["db.query.text"]);
    let [bare, cut_title, cut] = tree.lines().collect::<Vec<_>>()[..] else { panic!("{tree}") };
    assert_eq!((bare, cut_title), ("CLIENT SELECT users", "CLIENT SELECT users"));
    assert!(cut.contains("SELECT name") && !cut.contains("WHERE"), "{cut}");
}

#[test]
fn attributes_of_the_client_are_on_its_spans_and_not_on_its_measurements() {
    let recorded = Recorded::new();

    let client = shop(&recorded).with_attributes([KeyValue::new("app.replica", "eu")]).build();
    client.query("SELECT 1").end();

    assert!(recorded.tree().contains("app.replica = eu"));
    assert!(!recorded.points("db.client.operation.duration").concat().contains("app.replica"));
}

#[test]
fn a_statement_that_says_nothing_is_named_by_the_database() {
    let recorded = Recorded::new();

    shop(&recorded).build().query("").end();

    assert_eq!(recorded.tree_of(&["db.query", "db.operation"]), "CLIENT postgresql");
}
