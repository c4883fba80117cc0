//! Rows as they come: a span for as long as somebody may take them.

use crate::scene::on_each_database;
use futures_util::{StreamExt, TryStreamExt};
use opentelemetry::trace::TraceContextExt;
use sqlx::Executor;

const CREATE: &str = "CREATE TABLE users (id INT PRIMARY KEY)";
const INSERT: &str = "INSERT INTO users VALUES (1), (2), (3)";
const SELECT: &str = "SELECT id FROM users";

on_each_database! {
    async fn a_stream_is_a_span_until_its_last_row(scene) {
        scene.pool.execute(CREATE).await.unwrap();
        scene.pool.execute(INSERT).await.unwrap();
        scene
            .request(async {
                let mut rows = sqlx::query(SELECT).fetch(&scene.pool);
                while rows.try_next().await.unwrap().is_some() {
                    assert!(scene.recorded.spans().is_empty());
                }
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT SELECT users
                  db.response.returned_rows = 3
            ",
        );
    }

    async fn a_stream_that_is_dropped_half_way_was_cancelled_with_the_rows_until_then(scene) {
        let mut connection = scene.pool.acquire().await.unwrap();
        connection.execute(CREATE).await.unwrap();
        connection.execute(INSERT).await.unwrap();
        scene
            .request(async {
                let mut rows = sqlx::query(SELECT).fetch(&mut *connection);
                rows.next().await.unwrap().unwrap();
                rows.next().await.unwrap().unwrap();
                drop(rows);
                // The connection is as good as before.
                assert_eq!(connection.fetch_all(SELECT).await.unwrap().len(), 3);
                let mut rows = sqlx::query(SELECT).fetch(&scene.pool);
                drop(rows.next().await);
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT SELECT users
                  db.response.returned_rows = 2
                  * cancelled
              CLIENT SELECT users
                  db.response.returned_rows = 3
              CLIENT SELECT users
                  db.response.returned_rows = 1
                  * cancelled
            ",
        );
    }

    async fn a_stream_ends_with_its_error(scene) {
        scene
            .request(async {
                let mut rows = sqlx::query("SELECT id FROM nobody").fetch(&scene.pool);
                rows.next().await.unwrap().unwrap_err();
                assert!(rows.next().await.is_none());
            })
            .await;
        let tree = scene.recorded.tree_of(&[]);
        assert_eq!(tree, "INTERNAL request\n  CLIENT SELECT nobody\n      !");
    }

    async fn whoever_takes_rows_is_outside_of_the_statements_span(scene) {
        scene
            .request(async {
                let outside = opentelemetry::Context::current().span().span_context().span_id();
                let mut rows = sqlx::query("SELECT 1").fetch(&scene.pool);
                rows.next().await.unwrap().unwrap();
                assert_eq!(opentelemetry::Context::current().span().span_context().span_id(), outside);
            })
            .await;
    }
}
