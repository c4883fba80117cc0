//! What is recorded of commands.

use crate::Cache;
use crate::recorded::dedented;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt, Tracer, TracerProvider};
use pilotlight_instrument::db::redis::Connection;
use redis::{AsyncCommands, Cmd, Commands, ConnectionLike, RedisResult, Script, Value, cmd};

#[tokio::test]
async fn a_command_is_a_client_span_below_the_current_one_named_by_the_command() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let tracer = cache.recorded.tracer_provider.tracer("test");
    let request = Context::current_with_span(tracer.start("request"));
    let set = connection.set::<_, _, ()>("user:7", "Ada");
    opentelemetry::trace::FutureExt::with_context(set, request.clone()).await.unwrap();
    request.span().end();

    let tree = cache.recorded.tree().replace(&cache.server.port().to_string(), "PORT");
    assert_eq!(
        tree,
        dedented(
            "
            INTERNAL request
              CLIENT SET
                  db.namespace = 0
                  db.operation.name = SET
                  db.query.text = SET ? ?
                  db.system.name = redis
                  server.address = 127.0.0.1
                  server.port = PORT
            "
        )
    );
}

#[tokio::test]
async fn a_command_is_measured() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    for _ in 0..3 {
        let _: Option<String> = connection.get("user:7").await.unwrap();
    }

    let points = cache.recorded.points("db.client.operation.duration");
    assert_eq!(points.len(), 1, "{points:?}");
    assert!(points[0].contains("db.operation.name = GET") && points[0].ends_with(": 3"), "{points:?}");
    assert!(!points[0].contains("db.query.text"), "{points:?}");
}

#[tokio::test]
async fn a_container_command_is_named_with_its_second_word() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;

    let _: Value = cmd("CONFIG").arg("GET").arg("maxmemory").query_async(&mut connection).await.unwrap();

    assert_eq!(cache.seen(), "CLIENT CONFIG GET\n    db.query.text = CONFIG GET ?");
}

#[tokio::test]
async fn keys_are_shown_to_who_asks_for_them() {
    let cache = Cache::start();
    let mut connection = cache.connect().await.with_keys(true);

    let _: () = connection.set("user:7", "Ada").await.unwrap();

    assert_eq!(cache.seen(), "CLIENT SET\n    db.query.text = SET user:7 ?");
}

#[tokio::test]
async fn a_script_is_named_by_its_digest() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;
    let script = Script::new("return ARGV[1]");
    let digest = script.get_hash().to_owned();

    let _: String = script.arg("Ada").invoke_async(&mut connection).await.unwrap();

    // The server does not know it, is told it, and runs it.
    let seen = cache.seen().replace(&digest, "DIGEST");
    assert!(
        seen.starts_with(&dedented(
            "
        CLIENT EVALSHA DIGEST
            !
            db.query.text = EVALSHA DIGEST ? ?
            db.response.status_code = NOSCRIPT
            db.stored_procedure.name = DIGEST
            error.type = NOSCRIPT
        "
        )),
        "{seen}"
    );
    assert!(seen.contains("CLIENT SCRIPT LOAD\n    db.query.text = SCRIPT LOAD ?"), "{seen}");
    assert!(!seen.contains("return ARGV"), "{seen}");
}

#[tokio::test]
async fn each_page_of_an_iteration_is_a_command() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;
    for at in 0..100 {
        let _: () = connection.sadd("set", format!("member with a long name: {at:0100}")).await.unwrap();
    }
    cache.seen();

    let mut iteration: redis::AsyncIter<String> = connection.sscan("set").await.unwrap();
    let mut members = 0;
    while let Some(member) = iteration.next_item().await {
        member.unwrap();
        members += 1;
    }
    drop(iteration);

    assert_eq!(members, 100);
    let pages = cache.seen();
    assert!(pages.matches("CLIENT SSCAN\n    db.query.text = SSCAN ? ?").count() > 1, "{pages}");
}

#[test]
fn a_blocking_connection_records_the_same() {
    let cache = Cache::start();
    let mut connection = cache.connect_blocking();

    connection.set::<_, _, ()>("user:7", "Ada").unwrap();
    for at in 0..100 {
        connection.sadd::<_, _, ()>("set", format!("member with a long name: {at:0100}")).unwrap();
    }
    assert!(cache.seen().starts_with("CLIENT SET\n    db.query.text = SET ? ?\nCLIENT SADD"));
    assert_eq!(connection.sscan::<_, String>("set").unwrap().count(), 100);

    // All pages but the first come as packed bytes.
    assert!(cache.seen().matches("CLIENT SSCAN\n    db.query.text = SSCAN ? ?").count() > 1);
    assert!(connection.check_connection() && connection.is_open() && connection.supports_pipelining());
    assert_eq!(cache.seen(), "");
}

#[test]
fn what_no_command_is_called_has_no_name() {
    let cache = Cache::start();
    let mut connection = cache.connect_blocking();

    cmd("user@example.com s3cret").arg("s3cret").exec(&mut connection).unwrap_err();

    assert!(!cache.recorded.everything().contains("s3cret"));
    assert!(cache.seen().starts_with("CLIENT _OTHER\n    !\n    db.query.text = _OTHER ?\n"));
}

/// A connection that tells which span is the current one.
struct Spy(Option<SpanId>);

impl ConnectionLike for Spy {
    fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
        Ok(Value::Nil)
    }

    fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
        Ok(Vec::new())
    }

    fn req_command(&mut self, _: &Cmd) -> RedisResult<Value> {
        self.0 = Some(Context::current().span().span_context().span_id());
        Ok(Value::Okay)
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        true
    }
}

#[test]
fn the_span_is_the_current_one_meanwhile() {
    let cache = Cache::start();
    let mut connection = Connection::new(Spy(None), &cache.database);

    connection.set::<_, _, ()>("user:7", "Ada").unwrap();

    let spans = cache.recorded.spans();
    assert_eq!(connection.inner().0, Some(spans[0].span_context.span_id()));
}
