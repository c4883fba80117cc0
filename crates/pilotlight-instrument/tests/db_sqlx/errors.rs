//! How statements fail, in the databases' own codes.

use crate::recorded::dedented;
use crate::scene::{Scene, mariadb, on_each_database, postgres, sqlite};
use pilotlight_instrument::db::sqlx::Database;
use sqlx::{Executor, IntoArguments};

const CREATE: &str = "CREATE TABLE users (id INT PRIMARY KEY, age INT NOT NULL CHECK (age > 0))";

/// The codes of a row that is there already, of an age below zero, of no age, of what is no SQL, and of a table that there is not.
async fn codes<DB: Database>(scene: Scene<DB>, expected: [&str; 5])
where
    DB::Arguments: IntoArguments<DB>,
{
    let pool = &scene.pool;
    sqlx::query(CREATE).execute(pool).await.unwrap();
    let statements = [
        ("INSERT INTO users VALUES (7, 33)", "INSERT users"),
        ("INSERT INTO users VALUES (8, -33)", "INSERT users"),
        ("INSERT INTO users VALUES (9, NULL)", "INSERT users"),
        ("SELEC 'Ada'", ""),
        ("SELECT * FROM nobody WHERE name = 'Ada'", "SELECT nobody"),
    ];
    sqlx::query(statements[0].0).execute(pool).await.unwrap();
    for ((statement, name), code) in statements.into_iter().zip(expected) {
        scene.recorded.forget_spans();
        assert!(sqlx::query(statement).execute(pool).await.is_err());
        let span = &scene.recorded.spans()[0];
        assert!(name.is_empty() || span.name == name, "{}", span.name);
        let tree = scene.recorded.tree_of(&["db.response.status_code", "error.type"]);
        let told = format!("\n    !\n    db.response.status_code = {code}\n    error.type = {code}");
        assert!(tree.ends_with(&told), "{statement}: {tree}");
        assert!(!scene.recorded.everything().contains("Ada"));
    }
}

#[tokio::test]
async fn postgres_answers_with_sqlstates() {
    let scene = Scene::new(postgres().await, |builder| builder);
    codes(scene, ["23505", "23514", "23502", "42601", "42P01"]).await;
}

#[tokio::test]
async fn sqlite_answers_with_extended_result_codes() {
    let scene = Scene::new(sqlite().await, |builder| builder);
    codes(scene, ["1555", "275", "1299", "1", "1"]).await;
}

#[tokio::test]
async fn mariadb_answers_with_error_numbers() {
    let scene = Scene::new(mariadb().await, |builder| builder);
    codes(scene, ["1062", "4025", "1048", "1064", "1146"]).await;
}

on_each_database! {
    async fn a_row_that_is_not_there_is_no_error_of_the_database(scene) {
        sqlx::query(CREATE).execute(&scene.pool).await.unwrap();
        scene
            .request(async {
                let found = sqlx::query("SELECT id FROM users").fetch_one(&scene.pool).await;
                assert!(matches!(found, Err(sqlx::Error::RowNotFound)));
            })
            .await;
        scene.assert_tree(
            "
            INTERNAL request
              CLIENT SELECT users
                  db.response.returned_rows = 0
            ",
        );
    }

    async fn the_measurement_of_a_failure_has_its_code(scene) {
        scene.pool.execute("SELECT id FROM nobody").await.unwrap_err();
        let points = scene.recorded.points("db.client.operation.duration");
        assert_eq!(points.len(), 1);
        assert!(points[0].contains("db.response.status_code = ") && points[0].contains("error.type = "), "{points:?}");
    }
}

#[tokio::test]
async fn two_who_change_the_same_row_are_told_that_they_did() {
    let scene = Scene::new(postgres().await, |builder| builder);
    sqlx::raw_sql("CREATE TABLE stock (item INT, left_over INT); INSERT INTO stock VALUES (1, 5)")
        .execute(&scene.pool)
        .await
        .unwrap();
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    let update = "UPDATE stock SET left_over = left_over - 1 WHERE item = 1";
    scene
        .request(async {
            let mut one = scene.pool.begin_with(begin).await.unwrap();
            let mut other = scene.pool.begin_with(begin).await.unwrap();
            one.execute("SELECT item FROM stock").await.unwrap();
            other.execute("SELECT item FROM stock").await.unwrap();
            one.execute(update).await.unwrap();
            one.commit().await.unwrap();
            other.execute(update).await.unwrap_err();
            other.rollback().await.unwrap();
        })
        .await;
    let tree = scene.recorded.tree_of(&["error.type"]);
    assert!(
        tree.contains("CLIENT UPDATE stock\n      !\n      error.type = 40001\n  CLIENT ROLLBACK"),
        "{tree}"
    );
}

#[tokio::test]
async fn a_statement_that_took_too_long_is_an_error_of_the_servers() {
    let scene = Scene::new(postgres().await, |builder| builder);
    let mut connection = scene.pool.acquire().await.unwrap();
    connection.execute("SET statement_timeout = 1").await.unwrap();
    scene.recorded.forget_spans();
    connection.execute("SELECT pg_sleep(60)").await.unwrap_err();
    let tree = scene.tree();
    let expected = "
        CLIENT SELECT
            !
            db.response.returned_rows = 0
            db.response.status_code = 57014
            error.type = 57014
        ";
    assert_eq!(tree, dedented(expected));
}
