//! What is recorded of queries.

use crate::recorded::dedented;
use crate::{Shop, users};
use diesel::prelude::*;
use opentelemetry::trace::{Tracer, TracerProvider};

#[test]
fn a_query_is_a_client_span_below_the_current_one() {
    let (shop, mut connection) = Shop::open();

    let tracer = shop.recorded.tracer_provider.tracer("test");
    let names: Vec<String> = tracer.in_span("request", |_| {
        let by_id = users::table.filter(users::id.eq(1)).select(users::name);
        by_id.load(&mut connection).unwrap()
    });

    assert_eq!(names, ["Ada"]);
    assert_eq!(
        shop.recorded.tree().replace('`', ""),
        dedented(
            "
            INTERNAL request
              CLIENT SELECT users
                  db.collection.name = users
                  db.namespace = shop.db
                  db.operation.name = SELECT
                  db.query.summary = SELECT users
                  db.query.text = SELECT users.name FROM users WHERE (users.id = ?)
                  db.system.name = sqlite
                  * statement_cached
            "
        )
    );
}

#[test]
fn a_statement_enters_the_cache_once() {
    let (shop, mut connection) = Shop::open();

    for id in 1..=3 {
        users::table.find(id).first::<(i32, String)>(&mut connection).unwrap();
    }

    let seen = shop.seen();
    assert_eq!(seen.matches("CLIENT SELECT users").count(), 3, "{seen}");
    assert_eq!(seen.matches("* statement_cached").count(), 1, "{seen}");
}

#[test]
fn each_way_to_run_a_query_is_recorded() {
    let (shop, mut connection) = Shop::open();

    let added = diesel::insert_into(users::table).values((users::id.eq(4), users::name.eq("Barbara")));
    added.execute(&mut connection).unwrap();
    let returning = diesel::update(users::table.find(4)).set(users::name.eq("Liskov")).returning(users::name);
    assert_eq!(returning.get_result::<String>(&mut connection).unwrap(), "Liskov");
    diesel::delete(users::table.find(4)).execute(&mut connection).unwrap();
    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();

    assert_eq!(
        shop.outcomes(),
        "CLIENT INSERT users\nCLIENT UPDATE users\nCLIENT DELETE users\nCLIENT SELECT"
    );
}

#[test]
fn a_query_lasts_until_its_rows_have_been_read_or_dropped() {
    let (shop, mut connection) = Shop::open();

    let mut rows = users::table.load_iter::<(i32, String), _>(&mut connection).unwrap();
    rows.next().unwrap().unwrap();
    assert!(shop.recorded.spans().is_empty());
    drop(rows);

    assert_eq!(shop.outcomes(), "CLIENT SELECT users");
}

#[test]
fn a_query_is_measured() {
    let (shop, mut connection) = Shop::open();

    for id in 1..=3 {
        users::table.find(id).first::<(i32, String)>(&mut connection).unwrap();
    }

    let points = shop.recorded.points("db.client.operation.duration");
    assert_eq!(points.len(), 1, "{points:?}");
    assert!(points[0].replace('`', "").contains("SELECT users") && points[0].ends_with(": 3"), "{points:?}");
}

#[test]
fn nothing_is_written_and_everything_works_while_telemetry_is_suppressed() {
    let (shop, mut connection) = Shop::open();

    let _suppressed = opentelemetry::Context::new().with_telemetry_suppressed().attach();
    users::table.find(1).first::<(i32, String)>(&mut connection).unwrap();

    assert_eq!(shop.seen(), "");
}

#[test]
fn what_was_filtered_out_is_not_recorded() {
    let (shop, mut connection) = Shop::open();
    let database = pilotlight_instrument::db::diesel::database("sqlite", "shop.db")
        .with_tracer_provider(&shop.recorded.tracer_provider)
        .filter(|text| !text.starts_with("SELECT 1"))
        .build();
    connection.set_instrumentation(pilotlight_instrument::db::diesel::Instrumentation::new(&database));

    diesel::sql_query("SELECT 1").execute(&mut connection).unwrap();
    diesel::sql_query("SELECT 2").execute(&mut connection).unwrap();

    assert_eq!(shop.recorded.spans().len(), 1);
}
