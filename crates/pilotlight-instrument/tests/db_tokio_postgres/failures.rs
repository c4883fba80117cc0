//! What goes wrong, by SQLSTATE or by its word.

use crate::Shop;
use opentelemetry::trace::Status;
use pilotlight_instrument::db::tokio_postgres::Client;
use tokio_postgres::NoTls;

#[tokio::test]
async fn what_postgresql_answers_is_its_sqlstate() {
    let (shop, client) = Shop::start().await;

    for (statement, state) in [
        ("INSERT INTO users VALUES (1, 's3cret')", "23505"),
        ("INSERT INTO users VALUES (4, NULL)", "23502"),
        ("SELECT 's3cret'::INT", "22P02"),
        ("SELECT nothing FROM users", "42703"),
        ("SELECT * FROM nothing", "42P01"),
        ("SELEC", "42601"),
    ] {
        client.batch_execute(statement).await.unwrap_err();
        assert_eq!(shop.recorded.spans()[0].status, Status::error(""));
        assert!(!shop.recorded.everything().contains("s3cret"));
        let outcomes = shop.outcomes();
        let expected = format!("    !\n    db.response.status_code = {state}\n    error.type = {state}");
        assert!(outcomes.ends_with(&expected), "{statement}: {outcomes}");
    }
}

#[tokio::test]
async fn another_number_of_rows_than_expected_is_no_failure() {
    let (shop, client) = Shop::start().await;

    client.query_one("SELECT id FROM users WHERE id = 9", &[]).await.unwrap_err();
    client.query_opt("SELECT id FROM users", &[]).await.unwrap_err();

    assert_eq!(shop.outcomes(), "CLIENT SELECT users\nCLIENT SELECT users");
}

#[tokio::test]
async fn what_the_client_does_not_take_has_a_word() {
    let (shop, client) = Shop::start().await;

    client.query("SELECT name FROM users WHERE id = $1", &[&"s3cret"]).await.unwrap_err();
    client.query_scalar::<i32, _>("SELECT id, name FROM users", &[]).await.unwrap_err();
    client.query_scalar::<i32, _>("SELECT name FROM users", &[]).await.unwrap_err();

    assert!(!shop.recorded.everything().contains("s3cret"));
    assert_eq!(
        shop.outcomes(),
        "CLIENT SELECT users\n    !\n    error.type = parameter\n\
         CLIENT SELECT users\n    !\n    error.type = column_count\n\
         CLIENT SELECT users\n    !\n    error.type = column"
    );
}

#[tokio::test]
async fn a_connection_is_an_operation_too() {
    let (shop, _client) = Shop::start().await;

    let (client, connection) = Client::connect(&shop.config, NoTls, &shop.database).await.unwrap();
    tokio::spawn(connection);
    client.query("SELECT 1", &[]).await.unwrap();

    assert!(shop.outcomes().starts_with("CLIENT CONNECT\nCLIENT SELECT"));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_told() {
    let (shop, _client) = Shop::start().await;
    let mut config = shop.config.clone();
    config.password("wr0ng-s3cret");

    Client::connect(&config, NoTls, &shop.database).await.err().unwrap();

    assert!(!shop.recorded.everything().contains("s3cret"));
    assert_eq!(
        shop.outcomes(),
        "CLIENT CONNECT\n    !\n    db.response.status_code = 28P01\n    error.type = 28P01"
    );
}

#[tokio::test]
async fn a_server_that_nobody_started_refuses() {
    let (mut shop, _client) = Shop::start_alone().await;
    shop.kill();

    Client::connect(&shop.config, NoTls, &shop.database).await.err().unwrap();

    assert_eq!(shop.outcomes(), "CLIENT CONNECT\n    !\n    error.type = connection_refused");
}

#[tokio::test]
async fn a_server_that_dies_meanwhile_closes_the_connection() {
    let (mut shop, client) = Shop::start_alone().await;
    let other = shop.connect().await;

    let sleep = tokio::spawn(async move {
        client.query("SELECT pg_sleep(600)", &[]).await.unwrap_err();
        client
    });
    shop.until_somebody_sleeps(&other).await;
    shop.kill();
    let client = sleep.await.unwrap();
    client.query("SELECT 1", &[]).await.unwrap_err();

    assert!(client.is_closed());
    let outcomes = shop.outcomes();
    assert_eq!(outcomes.matches("    !\n    error.type = connection_closed").count(), 2, "{outcomes}");
}

#[tokio::test]
async fn a_statement_that_is_cancelled_by_somebody_says_so() {
    let (shop, client) = Shop::start().await;
    let other = shop.connect().await;
    let token = client.cancel_token();

    let sleep = tokio::spawn(async move { client.execute("SELECT pg_sleep(600)", &[]).await });
    shop.until_somebody_sleeps(&other).await;
    token.cancel_query(NoTls).await.unwrap();
    sleep.await.unwrap().unwrap_err();

    let outcomes = shop.outcomes();
    assert!(outcomes.contains("db.response.status_code = 57014"), "{outcomes}");
}

#[tokio::test]
async fn a_connection_that_somebody_ends_says_so() {
    let (shop, client) = Shop::start().await;
    let other = shop.connect().await;
    let id: i32 = client.inner().query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);

    let sleep = tokio::spawn(async move { client.query("SELECT pg_sleep(600)", &[]).await });
    shop.until_somebody_sleeps(&other).await;
    other.inner().execute("SELECT pg_terminate_backend($1)", &[&id]).await.unwrap();
    sleep.await.unwrap().unwrap_err();

    let outcomes = shop.outcomes();
    assert!(outcomes.contains("db.response.status_code = 57P01"), "{outcomes}");
}
