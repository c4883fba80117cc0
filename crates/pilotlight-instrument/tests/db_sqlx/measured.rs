//! What is measured of a pool and its statements.

use crate::scene::{Scene, on_each_database, sqlite};
use sqlx::Executor;

const NAME: &str = "db.client.connection.pool.name = test";

on_each_database! {
    async fn a_pools_connections_are_counted_by_what_they_do(scene) {
        let connection = scene.pool.acquire().await.unwrap();
        let state = |idle, used| {
            [
                format!("{NAME}, db.client.connection.state = idle: {idle}"),
                format!("{NAME}, db.client.connection.state = used: {used}"),
            ]
        };
        assert_eq!(scene.recorded.points("db.client.connection.count"), state(0, 1));
        drop(connection);
        while scene.pool.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.recorded.points("db.client.connection.count"), state(1, 0));
        assert_eq!(scene.recorded.points("db.client.connection.limit"), [format!("{NAME}: 10")]);
        assert_eq!(scene.recorded.points("db.client.connection.idle.max"), [format!("{NAME}: 10")]);
        assert_eq!(scene.recorded.points("db.client.connection.idle.min"), [format!("{NAME}: 0")]);
        assert_eq!(scene.recorded.points("db.client.connection.wait_time"), [format!("{NAME}: 1")]);
        assert_eq!(scene.recorded.points("db.client.connection.use_time"), [format!("{NAME}: 1")]);
        assert_eq!(scene.recorded.points("db.client.connection.pending_requests"), [format!("{NAME}: 0")]);
    }

    async fn each_statement_is_measured_once(scene) {
        scene.pool.execute("SELECT 1").await.unwrap();
        scene.pool.fetch_all("SELECT 1").await.unwrap();
        scene.pool.fetch_optional("SELECT 1").await.unwrap();
        let points = scene.recorded.points("db.client.operation.duration");
        assert_eq!(points.len(), 1);
        assert!(points[0].ends_with(": 3"), "{points:?}");
    }

    async fn a_transaction_keeps_its_connection_in_use(scene) {
        let mut transaction = scene.pool.begin().await.unwrap();
        transaction.execute("SELECT 1").await.unwrap();
        assert!(scene.recorded.points("db.client.connection.use_time").is_empty());
        transaction.commit().await.unwrap();
        assert_eq!(scene.recorded.points("db.client.connection.use_time"), [format!("{NAME}: 1")]);
    }
}

#[tokio::test]
async fn a_pool_that_is_gone_is_not_reported_any_more() {
    let Scene { pool, recorded } = Scene::new(sqlite().await, |builder| builder);
    pool.execute("SELECT 1").await.unwrap();
    assert_eq!(recorded.points("db.client.connection.limit").len(), 1);
    pool.close().await;
    drop(pool);
    assert!(recorded.points("db.client.connection.limit").is_empty());
}
