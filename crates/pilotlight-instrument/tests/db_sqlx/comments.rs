//! Statements that carry their trace to the database.

use crate::scene::{Scene, mariadb, postgres};
use opentelemetry_sdk::trace::SpanData;

fn traceparent(span: &SpanData) -> String {
    let span = &span.span_context;
    format!("/*traceparent='00-{}-{}-01'*/", span.trace_id(), span.span_id())
}

#[tokio::test]
async fn postgres_sees_the_trace_when_that_was_asked_for() {
    let scene = Scene::new(postgres().await, |builder| builder.traceparent_comments(true));
    for _ in 0..2 {
        let seen = sqlx::query_scalar("SELECT current_query() WHERE $1").bind(true).fetch_one(&scene.pool);
        let seen: String = scene.request(seen).await.unwrap();
        assert_eq!(
            seen,
            format!("SELECT current_query() WHERE $1 {}", traceparent(&scene.recorded.spans()[0]))
        );
    }
    assert!(!scene.recorded.tree().contains("traceparent"));
}

#[tokio::test]
async fn mariadb_sees_the_trace_when_that_was_asked_for() {
    let scene = Scene::new(mariadb().await, |builder| builder.traceparent_comments(true));
    let own = "SELECT info FROM information_schema.processlist WHERE id = connection_id();";
    let seen: String = sqlx::query_scalar(own).fetch_one(&scene.pool).await.unwrap();
    assert!(seen.contains(&traceparent(&scene.recorded.spans()[0])), "{seen}");
}

#[tokio::test]
async fn nothing_is_added_unless_it_was_asked_for() {
    let scene = Scene::new(postgres().await, |builder| builder);
    let seen: String = sqlx::query_scalar("SELECT current_query()").fetch_one(&scene.pool).await.unwrap();
    assert_eq!(seen, "SELECT current_query()");
}

#[tokio::test]
async fn statements_without_a_comment_are_prepared_once() {
    let scene = Scene::new(postgres().await, |builder| builder);
    let mut connection = scene.pool.acquire().await.unwrap();
    for number in 0..5 {
        sqlx::query("SELECT $1::int").bind(number).execute(&mut connection).await.unwrap();
    }
    assert_eq!(sqlx::Connection::cached_statements_size(connection.inner()), 1);
}
