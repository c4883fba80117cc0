//! Rows that are copied in and out.

use crate::Shop;
use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use std::pin::pin;

#[tokio::test]
async fn a_copy_into_a_table_lasts_until_it_is_finished() {
    let (shop, client) = Shop::start().await;

    let mut sink = pin!(client.copy_in("COPY users FROM STDIN").await.unwrap());
    sink.send(Bytes::from_static(b"4\tBarbara\n")).await.unwrap();
    assert!(shop.recorded.spans().is_empty());
    assert_eq!(sink.finish().await.unwrap(), 1);

    assert_eq!(shop.outcomes(), "CLIENT COPY users");
}

#[tokio::test]
async fn a_sink_may_be_closed_instead() {
    let (shop, client) = Shop::start().await;

    let mut sink = pin!(client.copy_in::<_, Bytes>("COPY users FROM STDIN").await.unwrap());
    sink.close().await.unwrap();

    assert_eq!(shop.outcomes(), "CLIENT COPY users");
}

#[tokio::test]
async fn rows_that_do_not_fit_fail_the_copy() {
    let (shop, client) = Shop::start().await;

    let mut sink = pin!(client.copy_in("COPY users FROM STDIN").await.unwrap());
    sink.send(Bytes::from_static(b"1\ts3cret\n")).await.unwrap();
    sink.as_mut().finish().await.unwrap_err();

    assert!(!shop.recorded.everything().contains("s3cret"));
    let outcomes = shop.outcomes();
    assert!(outcomes.contains("db.response.status_code = 23505"), "{outcomes}");
}

#[tokio::test]
async fn a_copy_that_is_dropped_was_cancelled() {
    let (shop, client) = Shop::start().await;

    {
        let mut sink = pin!(client.copy_in("COPY users FROM STDIN").await.unwrap());
        sink.send(Bytes::from_static(b"4\tBarbara\n")).await.unwrap();
    }

    assert_eq!(shop.outcomes(), "CLIENT COPY users\n    * cancelled");
    let users = client.query("SELECT id FROM users", &[]).await.unwrap();
    assert_eq!(users.len(), 3);
}

#[tokio::test]
async fn a_copy_out_of_a_table_lasts_until_its_stream_ends() {
    let (shop, client) = Shop::start().await;

    let data = client.copy_out("COPY users TO STDOUT").await.unwrap();
    let data: Vec<Bytes> = data.try_collect().await.unwrap();

    assert_eq!(data.concat(), b"1\tAda\n2\tGrace\n3\tEdsger\n");
    assert_eq!(shop.outcomes(), "CLIENT COPY users");
}
