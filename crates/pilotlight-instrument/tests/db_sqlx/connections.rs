//! Waiting for connections, and what a pool's own methods do.

use crate::recorded::Recorded;
use crate::scene::{Scene, builder, on_each_database, postgres, sqlite};
use opentelemetry::trace::SpanKind;
use pilotlight_instrument::db::sqlx::{PgPool, SqlitePool};
use sqlx::Executor;
use std::time::Duration;

#[tokio::test]
async fn a_wait_that_was_noticed_is_a_span_that_began_with_it() {
    let scene = Scene::new(postgres().await, |builder| builder.wait_span_min(Duration::ZERO));
    scene.request(async { scene.pool.execute("SELECT 1").await.unwrap() }).await;

    let spans = scene.recorded.spans();
    let names: Vec<_> = spans.iter().map(|span| (span.span_kind.clone(), &*span.name)).collect();
    assert_eq!(
        names,
        [(SpanKind::Internal, "acquire test"), (SpanKind::Client, "SELECT"), (SpanKind::Internal, "request"),]
    );
    let (wait, statement, request) = (&spans[0], &spans[1], &spans[2]);
    assert!(request.start_time <= wait.start_time && wait.start_time < wait.end_time);
    // The statement began when there was a connection.
    assert!(wait.end_time <= statement.start_time);
    let connecting = wait.end_time.duration_since(wait.start_time).unwrap();
    assert!(connecting >= Duration::from_micros(100), "{connecting:?}");
}

on_each_database! {
    async fn a_connection_goes_back_to_its_pool_and_is_measured(scene) {
        let connection = scene.pool.acquire().await.unwrap();
        assert_eq!((scene.pool.size(), scene.pool.num_idle()), (1, 0));
        drop(connection);
        while scene.pool.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(scene.pool.try_acquire().is_some());
        for metric in ["db.client.connection.wait_time", "db.client.connection.use_time"] {
            let count = scene.recorded.points(metric);
            assert!(!count.is_empty(), "{metric}");
        }
    }

    async fn a_pool_that_is_closed_gives_nothing_any_more(scene) {
        scene.pool.execute("SELECT 1").await.unwrap();
        let pool = scene.pool.clone();
        pool.close().await;
        assert!(scene.pool.is_closed());
        scene.request(async { scene.pool.execute("SELECT 1").await.unwrap_err() }).await;
        scene.assert_tree(
            "
            INTERNAL request
              INTERNAL acquire test
                  !
                  error.type = pool_closed
            ",
        );
        assert!(scene.pool.try_acquire().is_none());
    }

    async fn connections_leave_the_pool_in_all_of_sqlxs_ways(scene) {
        scene.pool.acquire().await.unwrap().close().await.unwrap();
        drop(scene.pool.acquire().await.unwrap().detach());
        drop(scene.pool.acquire().await.unwrap().into_inner());
        let mut connection = scene.pool.acquire().await.unwrap();
        connection.close_on_drop();
        drop(connection);
        sqlx::Connection::ping(scene.pool.acquire().await.unwrap().inner_mut()).await.unwrap();
    }
}

#[tokio::test]
async fn a_pool_is_made_in_all_of_sqlxs_ways() {
    let memory = "sqlite::memory:";
    let recorded = Recorded::new();
    let pools = [
        SqlitePool::connect(memory).await.unwrap(),
        SqlitePool::connect_with(memory.parse().unwrap()).await.unwrap(),
        SqlitePool::connect_lazy(memory).unwrap(),
        SqlitePool::connect_lazy_with(memory.parse().unwrap()),
        SqlitePool::from(sqlx::SqlitePool::connect(memory).await.unwrap()),
        builder(&recorded).wrap(sqlx::SqlitePool::connect(memory).await.unwrap()),
        builder(&recorded).connect(memory).await.unwrap(),
    ];
    for pool in pools {
        pool.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(recorded.spans().len(), 2);
    assert!(PgPool::connect("no url").await.is_err());
}

#[tokio::test]
async fn sqlxs_own_pool_is_there_and_not_seen() {
    let scene = Scene::new(sqlite().await, |builder| builder);
    scene.pool.inner().execute("SELECT 1").await.unwrap();
    scene.pool.clone().into_inner().execute("SELECT 1").await.unwrap();
    assert!(scene.recorded.spans().is_empty());
}
