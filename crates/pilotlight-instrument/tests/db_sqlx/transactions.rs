//! Transactions and savepoints: how they begin, and all the ways in which they end.

use crate::scene::on_each_database;
use sqlx::Executor;

const CREATE: &str = "CREATE TABLE users (id INT PRIMARY KEY)";

on_each_database! {
    async fn a_transaction_ends_with_a_commit_or_a_rollback(scene) {
        scene.pool.execute(CREATE).await.unwrap();
        scene
            .request(async {
                let mut kept = scene.pool.begin().await.unwrap();
                kept.execute("INSERT INTO users VALUES (1)").await.unwrap();
                assert!(kept.is_in_transaction());
                kept.commit().await.unwrap();
                let mut undone = scene.pool.begin().await.unwrap();
                undone.execute("INSERT INTO users VALUES (2)").await.unwrap();
                undone.rollback().await.unwrap();
                assert_eq!(scene.pool.fetch_all("SELECT id FROM users").await.unwrap().len(), 1);
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT BEGIN
              CLIENT INSERT users
                  db.response.returned_rows = 0
              CLIENT COMMIT
              CLIENT BEGIN
              CLIENT INSERT users
                  db.response.returned_rows = 0
              CLIENT ROLLBACK
              CLIENT SELECT users
                  db.response.returned_rows = 1
            ",
        );
    }

    async fn a_transaction_that_is_dropped_is_rolled_back_when_its_connection_is_next_used(scene) {
        let mut connection = scene.pool.acquire().await.unwrap();
        connection.execute(CREATE).await.unwrap();
        scene
            .request(async {
                let mut transaction = connection.begin().await.unwrap();
                transaction.execute("INSERT INTO users VALUES (1)").await.unwrap();
                drop(transaction);
                assert_eq!(connection.fetch_all("SELECT id FROM users").await.unwrap().len(), 0);
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT BEGIN
              CLIENT INSERT users
                  db.response.returned_rows = 0
              INTERNAL ROLLBACK
                  * rollback_queued
              CLIENT SELECT users
                  db.response.returned_rows = 0
            ",
        );
        let durations = scene.recorded.points("db.client.operation.duration");
        assert!(!durations.iter().any(|point| point.contains("ROLLBACK")), "{durations:?}");
    }

    async fn transactions_within_a_transaction_are_savepoints(scene) {
        let mut connection = scene.pool.acquire().await.unwrap();
        connection.execute(CREATE).await.unwrap();
        scene
            .request(async {
                let mut transaction = connection.begin().await.unwrap();
                let mut kept = transaction.begin().await.unwrap();
                kept.execute("INSERT INTO users VALUES (1)").await.unwrap();
                let mut undone = kept.begin().await.unwrap();
                undone.execute("INSERT INTO users VALUES (2)").await.unwrap();
                undone.rollback().await.unwrap();
                drop(kept.begin().await.unwrap());
                kept.commit().await.unwrap();
                transaction.commit().await.unwrap();
                assert_eq!(connection.fetch_all("SELECT id FROM users").await.unwrap().len(), 1);
            })
            .await;
        let tree = scene.recorded.tree_of(&[]);
        let names: Vec<&str> = tree.lines().map(str::trim).collect();
        assert_eq!(
            names,
            [
                "INTERNAL request",
                "CLIENT BEGIN",
                "CLIENT SAVEPOINT",
                "CLIENT INSERT users",
                "CLIENT SAVEPOINT",
                "CLIENT INSERT users",
                "CLIENT ROLLBACK TO SAVEPOINT",
                "CLIENT SAVEPOINT",
                "INTERNAL ROLLBACK TO SAVEPOINT",
                "* rollback_queued",
                "CLIENT RELEASE SAVEPOINT",
                "CLIENT COMMIT",
                "CLIENT SELECT users",
            ]
        );
    }

    async fn a_transaction_that_fails_to_begin_says_so(scene) {
        let mut connection = scene.pool.acquire().await.unwrap();
        scene
            .request(async {
                let mut transaction = connection.begin().await.unwrap();
                transaction.begin_with("BEGIN").await.unwrap_err();
                transaction.commit().await.unwrap();
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT BEGIN
              CLIENT BEGIN
                  !
                  error.type = transaction
              CLIENT COMMIT
            ",
        );
    }

    async fn a_function_runs_in_a_transaction_that_ends_as_it_does(scene) {
        let mut connection = scene.pool.acquire().await.unwrap();
        connection.execute(CREATE).await.unwrap();
        scene
            .request(async {
                let inserted = connection.transaction(|transaction| {
                    Box::pin(async move { transaction.execute("INSERT INTO users VALUES (1)").await })
                });
                inserted.await.unwrap();
                let failed: Result<(), sqlx::Error> =
                    connection.transaction(|_| Box::pin(async { Err(sqlx::Error::RowNotFound) })).await;
                failed.unwrap_err();
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT BEGIN
              CLIENT INSERT users
                  db.response.returned_rows = 0
              CLIENT COMMIT
              CLIENT BEGIN
              CLIENT ROLLBACK
            ",
        );
    }
}
