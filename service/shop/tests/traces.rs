//! The hand-made spans, drawn as trees.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use support::assert_drawing;
use support::observed::{GOOD_ORDER, observed_shop};

#[tokio::test]
async fn a_good_order_is_four_steps_side_by_side() {
    let shop = observed_shop(&[]).await;

    let seen = shop.order(GOOD_ORDER).await;

    let id = seen.answer.body["order_id"].as_str().unwrap();
    assert_drawing(
        &seen.tree().replace(id, "ID"),
        "
        request [Internal] order.user_id=42 order.items_count=2 order.total=99.5 order.id=ID
          processOrder [Internal] user_id=42 action=create_order
            validateOrder [Internal] validation.passed=true
              SELECT users [Client] db.system.name=sqlite db.operation.name=SELECT db.collection.name=users \
         db.query.summary=SELECT users db.query.text=SELECT id, name, email FROM users WHERE id = ?
            reserveInventory [Internal]
            processPayment [Internal] payment.amount=99.5 payment.currency=USD payment.status=approved
            saveOrder [Internal] order.id=ID
              INSERT orders [Client] db.system.name=sqlite db.operation.name=INSERT db.collection.name=orders \
         db.query.summary=INSERT orders db.query.text=INSERT INTO orders (user_id, items, total) VALUES (?, ?, ?) RETURNING id
        ",
    );
}

#[tokio::test]
async fn a_declined_payment_fails_on_its_own_span_and_nothing_is_saved() {
    let shop = observed_shop(&["--payment-limit=50"]).await;

    let tree = shop.order(GOOD_ORDER).await.tree();

    assert_drawing(
        &without_databases(&tree),
        "
        request [Internal] order.user_id=42 order.items_count=2 order.total=99.5
          processOrder [Internal] user_id=42 action=create_order error.type=payment_declined \
         !the payment of 99.5 USD was declined: the limit is 50
            validateOrder [Internal] validation.passed=true
            reserveInventory [Internal]
            processPayment [Internal] payment.amount=99.5 payment.currency=USD payment.status=declined \
         error.type=payment_declined !the payment of 99.5 USD was declined: the limit is 50 +exception
        ",
    );
}

#[tokio::test]
async fn an_unknown_user_fails_the_validation_and_not_the_query() {
    let shop = observed_shop(&[]).await;

    let tree = shop.order(r#"{"user_id":"101","items":["lamp"],"total":5.5}"#).await.tree();

    assert_drawing(
        &without_attributes_of_databases(&tree),
        "
        request [Internal] order.user_id=101 order.items_count=1 order.total=5.5
          processOrder [Internal] user_id=101 action=create_order error.type=unknown_user \
         !there is no user \"101\" to order for
            validateOrder [Internal] validation.passed=false error.type=unknown_user \
!there is no user \"101\" to order for +exception
              SELECT users [Client]
        ",
    );
}

#[tokio::test]
async fn a_failed_statement_is_recorded_on_its_span_with_the_databases_code() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shop.db", folder.path().display());
    let shop = observed_shop(&[&format!("--database-url={url}")]).await;
    let elsewhere = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::raw_sql("DROP TABLE orders").execute(&elsewhere).await.unwrap();

    let tree = shop.order(GOOD_ORDER).await.tree();

    let insert = tree.lines().find(|line| line.contains("INSERT orders [Client]")).unwrap();
    assert!(insert.contains(" db.response.status_code=1 error.type=1 !INSERT orders failed: "), "{tree}");
    assert_eq!(tree.matches("+exception").count(), 1, "{tree}");
    assert!(insert.ends_with("+exception"), "{tree}");
}

#[tokio::test]
async fn a_user_is_one_query_under_the_request() {
    let shop = observed_shop(&[]).await;

    let tree = shop.get("/api/users/7").await.tree();

    assert_drawing(
        &without_attributes_of_databases(&tree),
        "
        request [Internal] user.id=7
          SELECT users [Client]
        ",
    );
}

fn without_databases(tree: &str) -> String {
    tree.lines().filter(|line| !line.contains("[Client]")).map(|line| format!("{line}\n")).collect()
}

fn without_attributes_of_databases(tree: &str) -> String {
    tree.lines().map(|line| format!("{}\n", line.split(" db.").next().unwrap())).collect()
}
