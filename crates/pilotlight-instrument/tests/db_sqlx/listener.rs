//! PostgreSQL's notifications.

use crate::scene::{Scene, postgres};
use futures_util::TryStreamExt;
use pilotlight_instrument::db::sqlx::PgListener;
use sqlx::Executor;

#[tokio::test]
async fn a_listener_hears_what_is_notified_on_its_channels() {
    let scene = Scene::new(postgres().await, |builder| builder);
    scene
        .request(async {
            let mut listener = PgListener::connect_with(&scene.pool).await.unwrap();
            listener.listen("orders").await.unwrap();
            scene.pool.execute("SELECT pg_notify('orders', 'secret 7')").await.unwrap();
            let heard = listener.recv().await.unwrap();
            assert_eq!((heard.channel(), heard.payload()), ("orders", "secret 7"));
            listener.unlisten("orders").await.unwrap();
            listener.listen_all(["refunds", "returns"]).await.unwrap();
            scene.pool.execute("NOTIFY returns, 'secret 8'").await.unwrap();
            let mut stream = listener.into_stream();
            assert_eq!(stream.try_next().await.unwrap().unwrap().channel(), "returns");
        })
        .await;
    let tree = scene.recorded.tree_of(&["error.type"]);
    let drawn = "INTERNAL request\n  CLIENT LISTEN\n  CLIENT SELECT\n  CLIENT UNLISTEN\n  CLIENT LISTEN\n  CLIENT NOTIFY";
    assert_eq!(tree.lines().collect::<Vec<_>>().join("\n"), drawn);
    let everything = scene.recorded.everything();
    assert!(!everything.contains("secret"), "{everything}");
}

#[tokio::test]
async fn a_listener_that_cannot_connect_says_so_in_the_wait() {
    let scene = Scene::new(postgres().await, |builder| builder);
    scene.pool.close().await;
    scene.request(async { PgListener::connect_with(&scene.pool).await.unwrap_err() }).await;
    scene.assert_tree(
        "
        INTERNAL request
          INTERNAL acquire test
              !
              error.type = pool_closed
        ",
    );
}
