//! Callers who do not wait for the answer.

use crate::Cache;
use opentelemetry::trace::Status;
use redis::AsyncCommands;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

#[tokio::test]
async fn a_future_that_is_dropped_was_cancelled_and_the_connection_goes_on() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    {
        let mut waiting = pin!(connection.blpop::<_, ()>("nothing", 0.05));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let spans = cache.recorded.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].events[0].name, "cancelled");
    assert_eq!(spans[0].status, Status::Unset);

    // It is answered after the one before.
    let _: () = connection.set("a", 1).await.unwrap();
    assert!(cache.seen().ends_with("CLIENT SET\n    db.query.text = SET ? ?"));
}

#[tokio::test]
async fn nothing_is_recorded_and_everything_works_while_telemetry_is_suppressed() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let set = connection.set::<_, _, ()>("a", 1);
    let suppressed = opentelemetry::Context::new().with_telemetry_suppressed();
    opentelemetry::trace::FutureExt::with_context(set, suppressed).await.unwrap();

    assert_eq!(cache.seen(), "");
}
