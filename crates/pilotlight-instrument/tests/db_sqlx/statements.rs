//! What a statement's span says, in full.

use crate::recorded::Recorded;
use crate::scene::{Options, Scene, builder, mariadb, postgres, sqlite};
use pilotlight_instrument::db::sqlx::AnyPool;
use sqlx::Executor;

/// Numbers that differ from run to run.
fn without_numbers(recorded: &Recorded) -> String {
    let keys = ["db.", "server.address", "error."];
    recorded
        .tree_of(&keys)
        .lines()
        .filter(|line| !line.contains("db.namespace"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[tokio::test]
async fn sqlite_is_told_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let Options(pool, connection) = sqlite().await;
    let file = connection.filename(folder.path().join("shop.db")).in_memory(false).create_if_missing(true);
    let scene = Scene::new(Options(pool, file), |builder| builder);
    scene.pool.execute("SELECT 'secret', 7").await.unwrap();
    scene.recorded.assert_tree(
        "
        CLIENT SELECT
            db.namespace = shop.db
            db.operation.name = SELECT
            db.query.summary = SELECT
            db.query.text = SELECT ?, ?
            db.response.returned_rows = 1
            db.system.name = sqlite
        ",
    );
}

#[tokio::test]
async fn postgres_is_told_by_its_server() {
    let options = postgres().await;
    let port = options.1.get_port();
    let scene = Scene::new(options, |builder| builder);
    scene.pool.execute(sqlx::query("SELECT $1::int, 'secret'").bind(7)).await.unwrap();
    assert_eq!(
        without_numbers(&scene.recorded),
        "CLIENT SELECT\n    db.operation.name = SELECT\n    db.query.summary = SELECT\n    \
         db.query.text = SELECT $1::int, ?\n    db.response.returned_rows = 1\n    \
         db.system.name = postgresql\n    server.address = 127.0.0.1\n"
    );
    assert!(scene.recorded.tree().contains(&format!("server.port = {port}")));
}

#[tokio::test]
async fn mariadb_is_mysql_unless_it_is_said_to_be_itself() {
    for (system, said) in [("mysql", false), ("mariadb", true)] {
        let scene =
            Scene::new(mariadb().await, |builder| if said { builder.system("mariadb") } else { builder });
        scene.pool.execute("SELECT 1").await.unwrap();
        assert!(scene.recorded.tree().contains(&format!("db.system.name = {system}")));
    }
}

#[tokio::test]
async fn any_pool_tells_of_the_database_that_its_url_names() {
    sqlx::any::install_default_drivers();
    let recorded = Recorded::new();
    let pool: AnyPool = builder(&recorded).connect("sqlite::memory:").await.unwrap();
    recorded.forget_spans();

    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("SELECT 1").execute(&mut *transaction).await.unwrap();
    transaction.rollback().await.unwrap();

    let names: Vec<_> = recorded.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["BEGIN", "SELECT", "ROLLBACK"]);
    assert!(recorded.tree().contains("db.system.name = sqlite"));
}

#[tokio::test]
async fn user_and_password_are_nowhere() {
    let scene = Scene::new(postgres().await, |builder| builder);
    scene.pool.execute("SELECT 1").await.unwrap();
    let everything = scene.recorded.everything() + &format!("{:?}", scene.pool);
    assert!(!everything.contains("clerk") && !everything.contains("s3cret"), "{everything}");

    let Options(pool, connection) = mariadb().await;
    let refused = Options(pool, connection.password("wr0ng"));
    let scene = Scene::new(refused, |builder| builder);
    scene.pool.execute("SELECT 1").await.unwrap_err();
    let everything = scene.recorded.everything();
    assert!(
        scene.tree().starts_with("INTERNAL acquire test\n    !\n    db.response.status_code = 1045"),
        "{}",
        scene.tree()
    );
    assert!(!everything.contains("clerk") && !everything.contains("wr0ng"), "{everything}");
}

#[tokio::test]
async fn options_of_the_client_are_options_of_the_pool() {
    let scene = Scene::new(sqlite().await, |builder| {
        builder
            .client(|client| client.query_text(false))
            .client(|client| client.filter(|text| text != "SELECT 1"))
    });
    scene.pool.execute("SELECT 1").await.unwrap();
    scene.pool.execute("SELECT 2").await.unwrap();
    assert_eq!(scene.recorded.spans().len(), 1);
    assert!(!scene.recorded.tree().contains("db.query.text"));
}

/// Checked when this is compiled, against what `.sqlx` holds of the database.
#[tokio::test]
async fn checked_statements_run_on_it() {
    let scene = Scene::new(sqlite().await, |builder| builder);
    sqlx::raw_sql("CREATE TABLE users (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL)")
        .execute(&scene.pool)
        .await
        .unwrap();
    scene
        .request(async {
            sqlx::query!("INSERT INTO users (id, name) VALUES (?, ?)", 7, "Ada")
                .execute(&scene.pool)
                .await
                .unwrap();
            let user = sqlx::query!("SELECT id, name FROM users").fetch_one(&scene.pool).await.unwrap();
            assert_eq!((user.id, user.name.as_str()), (7, "Ada"));
            let mut transaction = scene.pool.begin().await.unwrap();
            let name =
                sqlx::query_scalar!("SELECT name FROM users").fetch_all(&mut *transaction).await.unwrap();
            assert_eq!(name, ["Ada"]);
        })
        .await;
    scene.assert_tree(
        "
        INTERNAL request
          CLIENT INSERT users
              db.response.returned_rows = 0
          CLIENT SELECT users
              db.response.returned_rows = 1
          CLIENT BEGIN
          CLIENT SELECT users
              db.response.returned_rows = 1
          INTERNAL ROLLBACK
              * rollback_queued
        ",
    );
}
