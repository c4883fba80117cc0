//! What must not be recorded is looked for in all that was.

use crate::Cache;
use redis::{AsyncCommands, RedisResult, Value, cmd, pipe};

const SECRET: &str = "s3cret";

#[tokio::test]
async fn no_key_no_value_and_no_password_is_recorded() {
    let cache = Cache::start();
    let mut connection = cache.connect().await;
    let (key, value) = (format!("session:{SECRET}"), format!("{SECRET}\r\n$3\r\nGET"));

    let _: () = connection.set(&key, &value).await.unwrap();
    let _: () = connection.hset(format!("hash:{SECRET}"), SECRET, SECRET).await.unwrap();
    let _: () = pipe().set(&key, &value).get(&key).query_async(&mut connection).await.unwrap();
    let script = format!("return '{SECRET}'");
    let _: () = cmd("EVAL").arg(&script).arg(1).arg(&key).query_async(&mut connection).await.unwrap();
    // Redis says the script's text, the command's arguments and the option's name in its errors.
    let failures = [
        cmd("EVAL").arg(format!("return {SECRET} nonsense")).arg(0).to_owned(),
        cmd("NONSENSE").arg(SECRET).to_owned(),
        cmd("SET").arg(&key).arg(SECRET).arg(SECRET).to_owned(),
        cmd("CONFIG").arg("SET").arg(SECRET).arg(SECRET).to_owned(),
        cmd("LPUSH").arg(&key).arg(SECRET).to_owned(),
        cmd("AUTH").arg(SECRET).to_owned(),
        cmd("ACL").arg("SETUSER").arg("guest").arg(format!("nonsense{SECRET}")).to_owned(),
    ];
    for failure in failures {
        let failed: RedisResult<Value> = failure.query_async(&mut connection).await;
        failed.unwrap_err();
    }

    let everything = cache.recorded.everything();
    assert!(cache.recorded.spans().len() > 10);
    assert!(!everything.contains(SECRET), "{everything}");
    // Nor who connected.
    assert!(!everything.contains("clerk"), "{everything}");
}
