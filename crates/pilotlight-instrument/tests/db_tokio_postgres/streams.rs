//! Statements whose rows are streamed.

use crate::Shop;
use futures_util::TryStreamExt;
use opentelemetry::Context;
use opentelemetry::trace::{Status, TraceContextExt};
use std::pin::pin;
use tokio_postgres::types::Type;

const ALL: &str = "SELECT name FROM users ORDER BY id";

#[tokio::test]
async fn the_span_ends_with_the_stream_and_counts_its_rows() {
    let (shop, client) = Shop::start().await;

    let mut rows = pin!(client.query_raw(ALL, [] as [i32; 0]).await.unwrap());
    for _ in 0..3 {
        rows.try_next().await.unwrap().unwrap();
        assert!(shop.recorded.spans().is_empty());
    }
    assert!(rows.try_next().await.unwrap().is_none());

    assert_eq!(rows.rows_affected(), Some(3));
    assert_eq!(shop.outcomes(), "CLIENT SELECT users\n    db.response.returned_rows = 3");
}

#[tokio::test]
async fn other_streams_do_the_same() {
    let (shop, client) = Shop::start().await;

    let by_id = "SELECT name FROM users WHERE id > $1";
    let rows = client.query_typed_raw(by_id, [(1, Type::INT4)]).await.unwrap();
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 2);
    let rows = client.simple_query_raw(ALL).await.unwrap();
    rows.try_collect::<Vec<_>>().await.unwrap();

    assert_eq!(
        shop.outcomes(),
        "CLIENT SELECT users\n    db.response.returned_rows = 2\n\
         CLIENT SELECT users\n    db.response.returned_rows = 3"
    );
}

#[tokio::test]
async fn a_stream_that_is_dropped_half_way_was_cancelled_and_the_connection_goes_on() {
    let (shop, client) = Shop::start().await;

    {
        let mut rows = pin!(client.query_raw(ALL, [] as [i32; 0]).await.unwrap());
        rows.try_next().await.unwrap().unwrap();
    }
    client.query(ALL, &[]).await.unwrap();

    let spans = shop.recorded.spans();
    assert_eq!((spans[0].events[0].name.as_ref(), &spans[0].status), ("cancelled", &Status::Unset));
    assert!(
        shop.outcomes()
            .starts_with("CLIENT SELECT users\n    db.response.returned_rows = 1\n    * cancelled")
    );
}

#[tokio::test]
async fn an_error_inside_a_stream_ends_the_span() {
    let (shop, client) = Shop::start().await;

    let query = "SELECT 1 / (2 - id) FROM users ORDER BY id";
    let mut rows = pin!(client.query_raw(query, [] as [i32; 0]).await.unwrap());
    let error = loop {
        match rows.try_next().await {
            Ok(row) => assert!(row.is_some(), "it does not fail"),
            Err(error) => break error,
        }
    };

    assert_eq!(error.code().unwrap().code(), "22012");
    let outcomes = shop.outcomes();
    assert!(outcomes.contains("db.response.status_code = 22012"), "{outcomes}");
}

#[tokio::test]
async fn a_statement_that_never_gives_a_stream_ends_with_its_error() {
    let (shop, client) = Shop::start().await;

    client.query_raw("SELECT nonsense FROM users", [] as [i32; 0]).await.err().unwrap();

    let outcomes = shop.outcomes();
    assert!(outcomes.contains("db.response.status_code = 42703"), "{outcomes}");
}

#[tokio::test]
async fn the_context_of_a_stream_is_its_own_in_each_poll_and_the_callers_between() {
    let (shop, client) = Shop::start().await;

    let mut rows = pin!(client.query_raw(ALL, [] as [i32; 0]).await.unwrap());
    rows.try_next().await.unwrap().unwrap();
    assert!(!Context::current().has_active_span());

    drop(shop);
}
