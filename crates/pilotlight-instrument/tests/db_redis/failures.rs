//! What goes wrong, by its word.

use crate::Cache;
use opentelemetry::trace::Status;
use pilotlight_instrument::db::redis::Connection;
use redis::{AsyncCommands, Commands, ConnectionLike, RedisResult, cmd};
use std::time::Duration;

#[tokio::test]
async fn the_wrong_type_is_what_redis_calls_it() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;
    let mut blocking = cache.connect_blocking();
    let _: () = connection.set("text", "Ada").await.unwrap();
    cache.seen();

    connection.lpush::<_, _, ()>("text", "Ada").await.unwrap_err();
    blocking.lpush::<_, _, ()>("text", "Ada").unwrap_err();

    let one = "CLIENT LPUSH\n    !\n    db.query.text = LPUSH ? ?\n    \
               db.response.status_code = WRONGTYPE\n    error.type = WRONGTYPE";
    assert_eq!(cache.recorded.spans()[0].status, Status::error(""));
    assert_eq!(cache.seen(), format!("{one}\n{one}"));
}

#[tokio::test]
async fn a_script_that_answers_with_an_error_of_its_own_cannot_put_values_into_it() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    for (script, code) in [
        ("return redis.error_reply('MYCODE of the s3cret')", "MYCODE"),
        ("return redis.error_reply('s3cret@example.com is wrong')", "_OTHER"),
        ("return {1, redis.error_reply('MYCODE of the s3cret')}", "MYCODE"),
    ] {
        let failed: RedisResult<redis::Value> =
            cmd("EVAL").arg(script).arg(0).query_async(&mut connection).await;
        failed.unwrap_err();
        assert!(!cache.recorded.everything().contains("s3cret"));
        let seen = cache.seen();
        assert!(seen.contains(&format!("error.type = {code}")), "{script}: {seen}");
    }
}

#[tokio::test]
async fn what_a_user_may_not_do_is_refused() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;
    let restrict = cmd("ACL").arg(&["SETUSER", "guest", "on", ">s3cret", "+get", "~public:*"]).to_owned();
    restrict.exec_async(&mut connection).await.unwrap();
    cmd("AUTH").arg("guest").arg("s3cret").exec_async(&mut connection).await.unwrap();
    cache.seen();

    connection.set::<_, _, ()>("public:a", 1).await.unwrap_err();

    let seen = cache.seen();
    assert!(seen.contains("db.response.status_code = NOPERM"), "{seen}");
    assert!(!cache.recorded.everything().contains("s3cret"));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_told() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    cmd("AUTH").arg("clerk").arg("wr0ng-s3cret").exec_async(&mut connection).await.unwrap_err();

    assert!(!cache.recorded.everything().contains("s3cret"));
    let seen = cache.seen();
    assert!(seen.starts_with("CLIENT AUTH\n    !\n    db.query.text = AUTH ? ?\n"), "{seen}");
    assert!(seen.contains("error.type = WRONGPASS"), "{seen}");
}

#[test]
fn who_has_not_said_a_password_is_refused() {
    let cache = Cache::start();
    let address = format!("redis://127.0.0.1:{}", cache.server.port());
    let nobody = redis::Client::open(address).unwrap().get_connection().unwrap();
    let mut connection = Connection::new(nobody, &cache.database);

    connection.get::<_, Option<String>>("a").unwrap_err();

    let seen = cache.seen();
    assert!(seen.contains("error.type = NOAUTH"), "{seen}");
}

#[test]
fn a_server_that_nobody_started_refuses() {
    let mut cache = Cache::start();
    cache.server.kill();
    // A client is a connection too, which connects for each command.
    let mut connection = Connection::new(cache.client.clone(), &cache.database);

    connection.set::<_, _, ()>("a", 1).unwrap_err();

    let seen = cache.seen();
    assert!(seen.contains("error.type = connection_refused") && !seen.contains("status_code"), "{seen}");
}

#[tokio::test]
async fn a_server_that_dies_meanwhile_resets() {
    let mut cache = Cache::start();
    let mut connection = cache.connect().await;
    let mut blocking = cache.connect_blocking();

    let waiting = tokio::spawn(async move { connection.blpop::<_, ()>("nothing", 0.0).await });
    // Somebody waits for the list.
    let clients = |blocking: &mut Connection<redis::Connection>| -> String {
        let clients = cmd("CLIENT").arg("LIST").query(blocking.inner_mut());
        clients.unwrap()
    };
    while !clients(&mut blocking).contains("cmd=blpop") {
        tokio::task::yield_now().await;
    }
    cache.server.kill();
    waiting.await.unwrap().unwrap_err();
    blocking.get::<_, Option<String>>("a").unwrap_err();

    let seen = cache.seen();
    assert!(
        seen.contains(
            "CLIENT BLPOP\n    !\n    db.query.text = BLPOP ? ?\n    error.type = connection_reset"
        ),
        "{seen}"
    );
    assert!(
        seen.contains("CLIENT GET\n    !\n    db.query.text = GET ?\n    error.type = connection_reset"),
        "{seen}"
    );
    assert!(!blocking.is_open());
}

#[tokio::test]
async fn a_manager_connects_again_inside_a_later_command() {
    let mut cache = Cache::start();
    let manager = cache.client.get_connection_manager().await.unwrap();
    let mut connection = Connection::new(manager, &cache.database);
    let _: () = connection.set("a", 1).await.unwrap();

    cache.server.kill();
    connection.get::<_, u64>("a").await.unwrap_err();
    cache.server.start_again();
    while connection.get::<_, u64>("a").await.is_err() {
        tokio::task::yield_now().await;
    }

    let seen = cache.seen();
    assert!(
        seen.starts_with("CLIENT SET\n") && seen.ends_with("CLIENT GET\n    db.query.text = GET ?"),
        "{seen}"
    );
}

#[test]
fn an_answer_that_does_not_come_in_time_is_a_timeout() {
    let cache = Cache::start();
    let mut connection = cache.connect_blocking();
    connection.inner().set_read_timeout(Some(Duration::from_millis(10))).unwrap();

    connection.blpop::<_, ()>("nothing", 0.0).unwrap_err();

    let seen = cache.seen();
    assert!(seen.contains("error.type = timeout"), "{seen}");
}
