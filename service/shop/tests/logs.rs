//! What the shop logs, and in which span.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use support::assert_drawing;
use support::observed::{GOOD_ORDER, logs_of, observed_shop};

#[tokio::test]
async fn an_order_is_logged_with_the_fields_of_the_span_around_it() {
    let shop = observed_shop(&[]).await;

    let seen = shop.order(GOOD_ORDER).await;

    let id = seen.answer.body["order_id"].as_str().unwrap();
    assert_drawing(
        &seen.logs().replace(id, "ID"),
        r#"
        INFO shop::gateway::orders "Processing request" user_id=42 action=create_order · in processOrder
        INFO shop::gateway::orders "Order created" order.id=ID user_id=42 action=create_order · in processOrder
        "#,
    );
}

#[tokio::test]
async fn a_failure_is_logged_once_in_the_span_where_it_happened() {
    let shop = observed_shop(&["--payment-limit=50"]).await;

    let seen = shop.order(GOOD_ORDER).await;

    assert_drawing(
        &seen.logs(),
        "
        INFO shop::gateway::orders \"Processing request\" user_id=42 action=create_order · in processOrder
        ERROR shop::gateway::orders \"Failed to process payment\" \
         error=\"the payment of 99.5 USD was declined: the limit is 50\" exception.type=Error \
         exception.message=\"the payment of 99.5 USD was declined: the limit is 50\" \
         user_id=42 action=create_order · in processPayment
        ",
    );
}

#[tokio::test]
async fn what_the_client_asked_wrongly_is_a_warning() {
    let shop = observed_shop(&[]).await;

    let order = shop.order(r#"{"user_id":"42","items":[],"total":5}"#).await.logs();
    let body = shop.order("{").await.logs();
    let user = shop.get("/api/users/101").await.logs();

    assert!(order.contains("WARN shop::gateway::orders \"Failed to validate order\" error="), "{order}");
    assert!(order.ends_with(" · in validateOrder\n") && !order.contains("ERROR"), "{order}");
    assert!(
        body.starts_with("WARN shop::gateway::routes::body \"Failed to read the request\" error="),
        "{body}"
    );
    assert!(body.ends_with(" · in request\n"), "{body}");
    let processing = "INFO shop::gateway::routes::users \"Processing request\" user_id=101 action=show_user · in request\n";
    assert!(user.starts_with(processing), "{user}");
    assert!(user.contains("WARN shop::gateway::routes::users \"Failed to find user\" error="), "{user}");
}

#[tokio::test]
async fn a_database_that_fails_is_logged_with_its_code_and_without_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shop.db", folder.path().display());
    let shop = observed_shop(&[&format!("--database-url={url}")]).await;
    let elsewhere = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::raw_sql("DROP TABLE users").execute(&elsewhere).await.unwrap();

    let seen = shop.order(GOOD_ORDER).await;

    let logs = seen.logs();
    let errors: Vec<&str> = logs.lines().filter(|line| !line.starts_with("INFO")).collect();
    let [error] = errors[..] else { panic!("{logs}") };
    assert!(error.starts_with("ERROR shop::gateway::store \"Failed to use the database\" error="), "{error}");
    let chain =
        "exception.stacktrace=\"the user could not be looked up\\ncaused by: the database refuses it with 1";
    assert!(error.contains(chain) && !error.contains("no such table"), "{error}");
    assert!(error.ends_with(" · in validateOrder"), "{error}");
    assert_eq!(seen.answer.status, 500);
    assert_eq!(seen.answer.body["error"], "the shop's database failed; try again later");
}

#[tokio::test]
async fn a_span_that_is_kept_is_a_logger_with_constant_fields() {
    let _telemetry = observed_shop(&[]).await;
    let shelf = tracing::info_span!("shelf", stock.item = "lamp");

    tracing::info!(parent: &shelf, left = 3, "Counted");
    drop(shelf);

    assert_drawing(&logs_of("logs"), r#"INFO logs "Counted" left=3 stock.item=lamp · in shelf"#);
}
