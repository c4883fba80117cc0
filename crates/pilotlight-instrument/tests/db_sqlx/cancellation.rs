//! Callers who leave.

use crate::scene::{Scene, begin_to_wait, mariadb, on_each_database, postgres, sqlite};
use pilotlight_instrument::db::sqlx::Database;
use sqlx::Executor;
use std::time::Duration;

/// Of a statement that runs for longer than anybody waits.
async fn a_statement_is_cancelled<DB: Database>(scene: Scene<DB>, endless: &'static str) {
    let mut connection = scene.pool.acquire().await.unwrap();
    scene
        .request(async {
            let mut endless = connection.execute(endless);
            begin_to_wait(&mut endless).await;
            drop(endless);
        })
        .await;
    let tree = scene.recorded.tree_of(&["error.type", "db.response.returned_rows"]);
    assert!(tree.starts_with("INTERNAL request\n  CLIENT SELECT"), "{tree}");
    assert!(tree.ends_with("\n      db.response.returned_rows = 0\n      * cancelled"), "{tree}");
    // A pool would wait for it to end, to use the connection again.
    drop(connection.detach());
}

#[tokio::test]
async fn a_statement_that_is_dropped_while_it_runs_was_cancelled_on_postgres() {
    a_statement_is_cancelled(Scene::new(postgres().await, |builder| builder), "SELECT pg_sleep(600)").await;
}

#[tokio::test]
async fn a_statement_that_is_dropped_while_it_runs_was_cancelled_on_mariadb() {
    a_statement_is_cancelled(Scene::new(mariadb().await, |builder| builder), "SELECT SLEEP(600)").await;
}

#[tokio::test]
async fn a_statement_that_is_dropped_while_it_runs_was_cancelled_on_sqlite() {
    let long = "SELECT max(i) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT i FROM n)";
    a_statement_is_cancelled(Scene::new(sqlite().await, |builder| builder), long).await;
}

#[tokio::test]
async fn a_cancelled_statement_has_failed_where_that_was_asked_for() {
    let scene =
        Scene::new(postgres().await, |builder| builder.client(|client| client.cancellation_is_error(true)));
    let mut connection = scene.pool.acquire().await.unwrap();
    let mut endless = connection.execute("SELECT pg_sleep(600)");
    begin_to_wait(&mut endless).await;
    drop(endless);
    let tree = scene.recorded.tree_of(&["error.type"]);
    assert_eq!(
        tree,
        "CLIENT SELECT\n    ! the operation was dropped before its end\n    error.type = cancelled"
    );
    drop(connection.detach());
}

on_each_database! {
    async fn a_wait_that_is_given_up_is_a_span_of_its_own(scene) {
        let limit = scene.pool.options().get_max_connections();
        let mut all = Vec::new();
        for _ in 0..limit {
            all.push(scene.pool.acquire().await.unwrap());
        }
        scene
            .request(async {
                let mut wait = Box::pin(scene.pool.acquire());
                begin_to_wait(&mut wait).await;
                drop(wait);
            })
            .await;
        scene.assert_tree("
            INTERNAL request
              INTERNAL acquire test
                  * cancelled
        ");
        assert_eq!(
            scene.recorded.points("db.client.connection.pending_requests"),
            ["db.client.connection.pool.name = test: 0"]
        );
    }
}

#[tokio::test]
async fn a_pool_that_has_nothing_to_give_in_time_says_so_in_the_wait_and_not_in_a_statement() {
    let options = sqlite().await.pool(|pool| pool.max_connections(1).acquire_timeout(Duration::from_secs(3)));
    let scene = Scene::new(options, |builder| builder);
    let _held = scene.pool.acquire().await.unwrap();
    scene
        .request(async {
            let error = scene.pool.execute("SELECT 1").await.unwrap_err();
            assert!(matches!(error, sqlx::Error::PoolTimedOut));
        })
        .await;
    scene.recorded.assert_tree(
        "
        INTERNAL request
          INTERNAL acquire test
              !
              db.client.connection.pool.name = test
              db.namespace = :memory:
              db.system.name = sqlite
              error.type = pool_timeout
        ",
    );
    assert_eq!(
        scene.recorded.points("db.client.connection.timeouts"),
        ["db.client.connection.pool.name = test: 1"]
    );
}

#[tokio::test]
async fn whoever_waits_when_the_pool_is_closed_is_told_and_is_no_longer_pending() {
    let scene = Scene::new(sqlite().await.pool(|pool| pool.max_connections(1)), |builder| builder);
    let held = scene.pool.acquire().await.unwrap();
    scene
        .request(async {
            let mut wait = Box::pin(scene.pool.acquire());
            begin_to_wait(&mut wait).await;
            let mut close = Box::pin(scene.pool.close());
            begin_to_wait(&mut close).await;
            assert!(matches!(wait.await.unwrap_err(), sqlx::Error::PoolClosed));
            drop(held);
            close.await;
        })
        .await;
    scene.assert_tree(
        "
        INTERNAL request
          INTERNAL acquire test
              !
              error.type = pool_closed
        ",
    );
    for gone in ["pending_requests", "count"] {
        let points = scene.recorded.points(&format!("db.client.connection.{gone}"));
        assert!(points.iter().all(|point| point.ends_with(": 0")), "{points:?}");
    }
}

#[tokio::test]
async fn a_panic_while_rows_are_mapped_ends_the_statement_and_the_use_of_its_connection() {
    let scene = Scene::new(sqlite().await.pool(|pool| pool.max_connections(1)), |builder| builder);
    let pool = scene.pool.clone();
    let work = async move {
        sqlx::query("SELECT 1").map(|_| -> i32 { panic!("s3cret") }).fetch_all(&pool).await.unwrap();
    };
    assert!(tokio::spawn(work).await.unwrap_err().is_panic());

    let tree = scene.recorded.tree_of(&["error.type"]);
    assert!(tree.starts_with("CLIENT SELECT\n") && tree.contains("error.type = panic"), "{tree}");
    assert!(!tree.contains("s3cret"), "{tree}");
    assert_eq!(scene.recorded.points("db.client.connection.use_time").len(), 1);
    scene.pool.execute("SELECT 1").await.unwrap();
}
