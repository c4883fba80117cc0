//! What is recorded of several commands at once.

use crate::Cache;
use redis::{RedisResult, Value, pipe};

const SEVERAL: [(bool, &str, &str); 2] = [(false, "PIPELINE", "ERR"), (true, "MULTI", "ERR")];

#[tokio::test]
async fn a_pipeline_is_one_span_with_the_number_of_its_commands() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let _: () = pipe().set("a", 1).incr("a", 1).get("a").query_async(&mut connection).await.unwrap();

    assert_eq!(
        cache.seen(),
        "CLIENT PIPELINE\n    db.operation.batch.size = 3\n    db.query.text = SET ? ?\nINCRBY ? ?\nGET ?"
    );
}

#[tokio::test]
async fn a_pipeline_of_one_kind_of_command_is_named_by_it() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let _: () = pipe().get("a").get("b").query_async(&mut connection).await.unwrap();

    assert_eq!(
        cache.seen(),
        "CLIENT PIPELINE GET\n    db.operation.batch.size = 2\n    db.query.text = GET ?\nGET ?"
    );
}

#[tokio::test]
async fn a_pipeline_of_one_command_is_that_command() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let _: () = pipe().get("a").query_async(&mut connection).await.unwrap();

    assert_eq!(cache.seen(), "CLIENT GET\n    db.query.text = GET ?");
}

#[tokio::test]
async fn a_transaction_says_so() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let _: () = pipe().atomic().set("a", 1).set("b", 2).query_async(&mut connection).await.unwrap();
    let _: () = pipe().atomic().set("a", 1).query_async(&mut connection).await.unwrap();

    assert_eq!(
        cache.seen(),
        "CLIENT MULTI SET\n    db.operation.batch.size = 2\n    db.query.text = SET ? ?\nSET ? ?\n\
         CLIENT MULTI SET\n    db.query.text = SET ? ?"
    );
}

#[test]
fn a_blocking_connection_records_the_same() {
    let cache = Cache::start();
    let mut connection = cache.connect_blocking();

    pipe().set("a", 1).get("a").exec(&mut connection).unwrap();
    pipe().atomic().set("a", 1).get("a").exec(&mut connection).unwrap();
    pipe().get("a").exec(&mut connection).unwrap();

    assert_eq!(
        cache.seen(),
        "CLIENT PIPELINE\n    db.operation.batch.size = 2\n    db.query.text = SET ? ?\nGET ?\n\
         CLIENT MULTI\n    db.operation.batch.size = 2\n    db.query.text = SET ? ?\nGET ?\n\
         CLIENT GET\n    db.query.text = GET ?"
    );
}

#[tokio::test]
async fn a_command_that_fails_among_others_names_the_failure() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;
    let mut blocking = cache.connect_blocking();

    for (atomic, name, code) in SEVERAL {
        let mut commands = pipe();
        commands.set("a", "no number").incr("a", 1).get("a");
        if atomic {
            commands.atomic();
        }
        let failed: RedisResult<Value> = commands.query_async(&mut connection).await;
        failed.unwrap_err();
        commands.query::<Value>(&mut blocking).unwrap_err();

        let seen = cache.seen();
        let expected = format!("CLIENT {name}\n    !\n");
        assert_eq!(seen.matches(&expected).count(), 2, "{seen}");
        assert_eq!(seen.matches(&format!("db.response.status_code = {code}")).count(), 2, "{seen}");
    }
}

#[tokio::test]
async fn a_transaction_that_is_aborted_says_so() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let aborted: RedisResult<Value> =
        pipe().atomic().set("a", 1).cmd("NONSENSE").query_async(&mut connection).await;
    aborted.unwrap_err();

    let seen = cache.seen();
    assert!(seen.contains("db.response.status_code = EXECABORT"), "{seen}");
}

#[tokio::test]
async fn a_long_pipeline_has_a_text_of_limited_length() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let mut commands = pipe();
    for at in 0..10_000 {
        commands.set(format!("key:{at}"), at).ignore();
    }
    let _: () = commands.query_async(&mut connection).await.unwrap();

    let seen = cache.seen();
    assert!(seen.contains("db.operation.batch.size = 10000"), "{}", &seen[..200]);
    assert!(seen.len() < 5000, "{}", seen.len());
}
