//! What must not be recorded is looked for in all that was.

use crate::Shop;

const SECRET: &str = "s3cret";

#[tokio::test]
async fn no_value_no_literal_and_no_password_is_recorded() {
    let (shop, mut client) = Shop::start().await;

    let insert = client.prepare("INSERT INTO users VALUES ($1, $2)").await.unwrap();
    client.execute(&insert, &[&10, &SECRET]).await.unwrap();
    client.query("SELECT id FROM users WHERE name = $1", &[&SECRET]).await.unwrap();
    client.batch_execute(&format!("UPDATE users SET name = '{SECRET}' -- {SECRET}")).await.unwrap();
    client
        .batch_execute(&format!("SELECT $tag${SECRET}$tag$, E'\\'{SECRET}', \"name\" FROM users"))
        .await
        .unwrap();
    // PostgreSQL says values, literals and names in its errors.
    for failure in [
        format!("SELECT '{SECRET}'::INT"),
        format!("INSERT INTO users VALUES (1, '{SECRET}')"),
        format!("DO $$ BEGIN RAISE EXCEPTION '{SECRET}' USING ERRCODE = 'P0001'; END $$"),
        format!("SELECT 'unterminated {SECRET}"),
        format!("SELECT ('{SECRET}'"),
    ] {
        client.batch_execute(&failure).await.unwrap_err();
        client.prepare(&failure).await.err();
        client.query(&failure, &[]).await.err();
    }
    let transaction = client.transaction().await.unwrap();
    transaction.bind("SELECT id FROM users WHERE name = $1", &[&SECRET]).await.unwrap();
    drop(transaction);

    let everything = shop.recorded.everything();
    assert!(shop.recorded.spans().len() > 15);
    assert!(!everything.contains(SECRET), "{everything}");
    // Nor who connected.
    assert!(!everything.contains("clerk"), "{everything}");
    assert!(!format!("{client:?} {insert:?} {:?}", shop.database).contains(SECRET));
}
