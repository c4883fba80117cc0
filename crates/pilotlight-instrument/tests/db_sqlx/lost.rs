//! Connections and servers that die.

use crate::scene::{Scene, options_of, postgres};
use servers::{MariaDb, Postgres, Server};
use sqlx::Executor;
use std::time::Duration;

#[tokio::test]
async fn a_connection_that_the_server_ends_is_replaced_by_the_pool() {
    let scene = Scene::new(postgres().await, |builder| builder);
    let mut victim = scene.pool.acquire().await.unwrap();
    let id: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut victim).await.unwrap();
    let end = sqlx::query("SELECT pg_terminate_backend($1, 10000)").bind(id);
    end.execute(&scene.pool).await.unwrap();
    scene
        .request(async {
            victim.execute("SELECT 1").await.unwrap_err();
            drop(victim);
            scene.pool.execute("SELECT 2").await.unwrap();
        })
        .await;
    let tree = scene.recorded.tree_of(&["error.type"]);
    assert_eq!(tree, "INTERNAL request\n  CLIENT SELECT\n      !\n      error.type = 57P01\n  CLIENT SELECT");
}

#[tokio::test]
async fn a_postgres_that_is_killed_is_an_error_until_it_is_back() {
    let mut server: Postgres = Server::start();
    let options = options_of::<sqlx::Postgres, _>(&server);
    let scene =
        Scene::new(options.pool(|pool| pool.acquire_timeout(Duration::from_secs(3))), |builder| builder);
    let mut connection = scene.pool.acquire().await.unwrap();
    server.kill();
    scene
        .request(async {
            connection.execute("SELECT 1").await.unwrap_err();
            drop(connection);
            scene.pool.execute("SELECT 2").await.unwrap_err();
        })
        .await;
    // The server's last word, if it had the time for one.
    let lost = ["57P01", "connection_reset"].map(|error_type| {
        let statement = format!("CLIENT SELECT\n      !\n      error.type = {error_type}");
        format!("INTERNAL request\n  {statement}\n  INTERNAL acquire test\n      !\n      error.type = pool_timeout")
    });
    let tree = scene.recorded.tree_of(&["error.type"]);
    assert!(lost.contains(&tree), "{tree}");

    server.start_again();
    let again = crate::scene::builder::<sqlx::Postgres>(&scene.recorded);
    let pool = again.connect(&server.url()).await.unwrap();
    scene.request(async { pool.execute("SELECT 3").await.unwrap() }).await;
    assert_eq!(scene.recorded.tree_of(&[]), "INTERNAL request\n  CLIENT SELECT");
}

#[tokio::test]
async fn a_mariadb_that_is_killed_is_an_error() {
    let mut server: MariaDb = Server::start();
    let scene = Scene::new(options_of::<sqlx::MySql, _>(&server), |builder| builder);
    let mut connection = scene.pool.acquire().await.unwrap();
    server.kill();
    scene.request(async { connection.execute("SELECT 1").await.unwrap_err() }).await;
    let tree = scene.recorded.tree_of(&["error.type"]);
    assert_eq!(tree, "INTERNAL request\n  CLIENT SELECT\n      !\n      error.type = connection_reset");
}
