//! Callers who do not wait for the answer.

use crate::Shop;
use opentelemetry::trace::{FutureExt, Status};
use std::pin::pin;
use std::task::{Context, Waker};

#[tokio::test]
async fn a_future_that_is_dropped_was_cancelled_and_the_connection_goes_on() {
    let (shop, client) = Shop::start().await;

    {
        let mut query = pin!(client.query("SELECT pg_sleep(0.05)", &[]));
        assert!(query.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let spans = shop.recorded.spans();
    assert_eq!((spans[0].events[0].name.as_ref(), &spans[0].status), ("cancelled", &Status::Unset));
    shop.recorded.forget_spans();

    client.query("SELECT name FROM users", &[]).await.unwrap();
    assert_eq!(shop.outcomes(), "CLIENT SELECT users\n    db.response.returned_rows = 3");
}

#[tokio::test]
async fn a_stream_that_is_dropped_before_it_is_there_was_cancelled() {
    let (shop, client) = Shop::start().await;

    {
        let mut query = pin!(client.query_raw("SELECT name FROM users", [] as [i32; 0]));
        assert!(query.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    assert_eq!(shop.outcomes(), "CLIENT SELECT users\n    * cancelled");
}

#[tokio::test]
async fn a_future_that_is_never_polled_is_nothing() {
    let (shop, client) = Shop::start().await;

    drop(client.query("SELECT 1", &[]));

    assert_eq!(shop.outcomes(), "");
}

#[tokio::test]
async fn a_commit_that_is_never_polled_is_a_rollback() {
    let (shop, mut client) = Shop::start().await;

    let transaction = client.transaction().await.unwrap();
    transaction.execute("DELETE FROM users", &[]).await.unwrap();
    drop(transaction.commit());

    assert!(shop.outcomes().ends_with("CLIENT ROLLBACK"));
    assert_eq!(client.query("SELECT id FROM users", &[]).await.unwrap().len(), 3);
}

#[tokio::test]
async fn nothing_is_recorded_and_everything_works_while_telemetry_is_suppressed() {
    let (shop, mut client) = Shop::start().await;

    let suppressed = opentelemetry::Context::new().with_telemetry_suppressed();
    async {
        let transaction = client.transaction().await.unwrap();
        transaction.execute("DELETE FROM users", &[]).await.unwrap();
    }
    .with_context(suppressed)
    .await;

    // The transaction is dropped inside.
    assert_eq!(shop.outcomes(), "");
}
