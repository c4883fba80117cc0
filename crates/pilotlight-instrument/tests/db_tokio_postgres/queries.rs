//! What is recorded of statements.

use crate::Shop;
use crate::recorded::dedented;
use bytes::BytesMut;
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, SpanId, TraceContextExt, Tracer, TracerProvider};
use pilotlight_instrument::db::tokio_postgres::Client;
use std::borrow::Borrow;
use std::error::Error;
use std::sync::{Arc, Mutex};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

const BY_ID: &str = "SELECT name FROM users WHERE id = $1";

#[tokio::test]
async fn a_query_is_a_client_span_below_the_current_one() {
    let (shop, client) = Shop::start().await;

    let tracer = shop.recorded.tracer_provider.tracer("test");
    let request = Context::current_with_span(tracer.start("request"));
    let rows = client.query(BY_ID, &[&1]).with_context(request.clone()).await.unwrap();
    request.span().end();

    assert_eq!(rows[0].get::<_, &str>(0), "Ada");
    assert_eq!(
        shop.recorded.tree().replace(&shop.server.port().to_string(), "PORT"),
        dedented(
            "
            INTERNAL request
              CLIENT SELECT users
                  db.collection.name = users
                  db.namespace = shop
                  db.operation.name = SELECT
                  db.query.summary = SELECT users
                  db.query.text = SELECT name FROM users WHERE id = $1
                  db.response.returned_rows = 1
                  db.system.name = postgresql
                  server.address = 127.0.0.1
                  server.port = PORT
            "
        )
    );
}

#[tokio::test]
async fn each_way_to_query_counts_its_rows() {
    let (shop, client) = Shop::start().await;
    let all = "SELECT id FROM users";
    let (one, none) = ("SELECT id FROM users WHERE id = 1", "SELECT id FROM users WHERE id = 9");
    let typed = [(&1 as &(dyn tokio_postgres::types::ToSql + Sync), Type::INT4)];

    client.query(all, &[]).await.unwrap();
    client.query_scalar::<i32, _>(all, &[]).await.unwrap();
    client.query_typed(BY_ID, &typed).await.unwrap();
    assert_eq!(shop.outcomes().matches("db.response.returned_rows = ").count(), 3);

    client.query_one(one, &[]).await.unwrap();
    client.query_one_scalar::<i32, _>(one, &[]).await.unwrap();
    client.query_opt(one, &[]).await.unwrap();
    client.query_opt_scalar::<i32, _>(one, &[]).await.unwrap();
    client.query_typed_one(BY_ID, &typed).await.unwrap();
    client.query_typed_opt(BY_ID, &typed).await.unwrap();
    assert_eq!(shop.outcomes().matches("db.response.returned_rows = 1").count(), 6);

    client.query_opt(none, &[]).await.unwrap();
    client.query_opt_scalar::<i32, _>(none, &[]).await.unwrap();
    assert_eq!(shop.outcomes().matches("db.response.returned_rows = 0").count(), 2);
}

#[tokio::test]
async fn what_changes_rows_returns_none() {
    let (shop, client) = Shop::start().await;
    let update = "UPDATE users SET name = $1 WHERE id = 1";

    assert_eq!(client.execute(update, &[&"Lovelace"]).await.unwrap(), 1);
    assert_eq!(client.execute_raw(update, ["Lovelace"]).await.unwrap(), 1);
    assert_eq!(client.execute_typed(update, &[(&"Lovelace", Type::TEXT)]).await.unwrap(), 1);

    assert_eq!(shop.outcomes(), "CLIENT UPDATE users\nCLIENT UPDATE users\nCLIENT UPDATE users");
}

#[tokio::test]
async fn a_prepared_statement_knows_its_text() {
    let (shop, client) = Shop::start().await;

    let by_id = client.prepare(BY_ID).await.unwrap();
    assert_eq!((by_id.params().len(), by_id.columns().len()), (1, 1));
    let rows = client.query(&by_id, &[&2]).await.unwrap();

    assert_eq!(rows[0].get::<_, &str>(0), "Grace");
    assert_eq!(
        shop.seen(),
        format!(
            "CLIENT PREPARE SELECT users\n    db.query.text = {BY_ID}\n\
             CLIENT SELECT users\n    db.query.text = {BY_ID}\n    db.response.returned_rows = 1"
        )
    );
}

#[tokio::test]
async fn several_statements_in_one_text_are_one_operation() {
    let (shop, client) = Shop::start().await;

    client.batch_execute("SELECT 1; SELECT 2").await.unwrap();
    client.simple_query("SELECT name FROM users; SELECT 2").await.unwrap();

    let outcomes = shop.outcomes();
    assert_eq!(outcomes.matches("CLIENT").count(), 2, "{outcomes}");
    assert_eq!(outcomes.matches("db.response.returned_rows = 4").count(), 1, "{outcomes}");
}

#[tokio::test]
async fn a_text_that_is_owned_is_a_statement_too() {
    let (shop, client) = Shop::start().await;

    client.query(&String::from(BY_ID), &[&1]).await.unwrap();

    assert_eq!(shop.outcomes(), "CLIENT SELECT users\n    db.response.returned_rows = 1");
}

#[tokio::test]
async fn operations_are_measured_with_their_outcomes() {
    let (shop, client) = Shop::start().await;

    client.query(BY_ID, &[&1]).await.unwrap();
    client.query(BY_ID, &[&2]).await.unwrap();
    client.execute("INSERT INTO users VALUES (1, 'Ada')", &[]).await.unwrap_err();

    let points = shop.recorded.points("db.client.operation.duration");
    assert_eq!(points.len(), 2, "{points:?}");
    assert!(points.iter().any(|point| point.contains("SELECT users") && point.ends_with(": 2")));
    assert!(points.iter().any(|point| point.contains("error.type = 23505") && point.ends_with(": 1")));
}

/// A parameter that tells which span is the current one when it is written.
#[derive(Debug, Default)]
struct Spy(Mutex<Option<SpanId>>);

impl ToSql for Spy {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        *self.0.lock().unwrap() = Some(Context::current().span().span_context().span_id());
        1.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <i32 as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

#[tokio::test]
async fn the_span_is_the_current_one_meanwhile() {
    let (shop, client) = Shop::start().await;

    let spy = Spy::default();
    client.query(BY_ID, &[&spy]).await.unwrap();
    let of_query = spy.0.lock().unwrap().take();
    let rows = client.query_raw(BY_ID, [&spy]).await.unwrap();
    let of_stream = spy.0.lock().unwrap().take();
    drop(rows);

    let spans = shop.recorded.spans();
    assert_eq!(of_query, Some(spans[0].span_context.span_id()));
    assert_eq!(of_stream, Some(spans[1].span_context.span_id()));
}

/// What has a client in it can be wrapped, as a connection of a pool is.
#[tokio::test]
async fn a_client_can_be_borrowed_shared_or_boxed() {
    async fn names<C: Borrow<tokio_postgres::Client>>(client: &Client<C>) -> usize {
        client.query("SELECT name FROM users", &[]).await.unwrap().len()
    }
    let (shop, mut client) = Shop::start().await;

    assert_eq!(names(&Client::new(client.inner(), &shop.database)).await, 3);
    let mut borrowed = Client::new(client.inner_mut(), &shop.database);
    assert_eq!(names(&borrowed.transaction().await.unwrap()).await, 3);
    let shared = Client::new(Arc::new(client.into_inner()), &shop.database);
    assert_eq!(names(&shared.clone()).await, 3);
}

#[tokio::test]
async fn whether_there_is_a_connection_is_nobodys_operation() {
    let (shop, client) = Shop::start().await;

    client.check_connection().await.unwrap();
    client.clear_type_cache();

    assert!(!client.is_closed());
    assert_eq!(shop.seen(), "");
}

#[tokio::test]
async fn futures_can_go_to_other_threads() {
    let (shop, mut client) = Shop::start().await;

    tokio::spawn(async move {
        let mut transaction = client.transaction().await.unwrap();
        let savepoint = transaction.transaction().await.unwrap();
        savepoint.query(BY_ID, &[&1]).await.unwrap();
        savepoint.commit().await.unwrap();
        transaction.rollback().await.unwrap();
    })
    .await
    .unwrap();

    assert_eq!(shop.outcomes().matches("CLIENT").count(), 5);
}
