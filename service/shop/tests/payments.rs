//! The payments, as a client sees them.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;

use reqwest::Client;
use serde_json::{Value, json};
use shop::payments::Payments;
use support::{command, in_background};

#[tokio::test]
async fn a_payment_is_201_with_an_id() {
    let payments = start(&[]).await;

    let (status, body) = pay(payments, "one", json!({ "amount": 5.5, "currency": "USD" })).await;

    assert_eq!((status, body["status"].as_str()), (201, Some("approved")));
    assert!(body["payment_id"].as_str().unwrap().starts_with("pay_"), "{body}");
}

#[tokio::test]
async fn a_payment_above_the_limit_or_of_a_bad_card_is_402_with_the_reason() {
    let payments = start(&["--payment-limit=50"]).await;

    let dear = pay(payments, "dear", json!({ "amount": 50.5, "currency": "USD" })).await;
    let card = json!({ "amount": 5.5, "currency": "USD", "card": "tok_declined" });
    let card = pay(payments, "card", card).await;

    assert_eq!(dear, (402, json!({ "status": "declined", "reason": "the limit is 50" })));
    assert_eq!(card, (402, json!({ "status": "declined", "reason": "the card was refused" })));
}

#[tokio::test]
async fn the_same_key_has_the_same_answer_and_is_for_one_payment_only() {
    let payments = start(&[]).await;
    let payment = json!({ "amount": 5.5, "currency": "USD" });

    let first = pay(payments, "key", payment.clone()).await;
    let again = pay(payments, "key", payment).await;
    let other = pay(payments, "key", json!({ "amount": 6.5, "currency": "USD" })).await;

    assert_eq!(first, again);
    assert_eq!(other.0, 422);
    assert!(other.1["error"].as_str().unwrap().contains("take a new one"), "{}", other.1);
}

#[tokio::test]
async fn a_hanging_card_answers_when_it_is_asked_again() {
    let payments = start(&["--payment-hang-ms=60000"]).await;
    let payment = json!({ "amount": 5.5, "currency": "USD", "card": "tok_hang" });
    let first = tokio::spawn(pay(payments, "key", payment.clone()));

    // Whichever of the two comes first hangs.
    let second = tokio::spawn(pay(payments, "key", payment));

    let answer = tokio::select! {
        answer = first => answer,
        answer = second => answer,
    };
    assert_eq!(answer.unwrap().0, 201);
}

#[tokio::test]
async fn what_is_no_payment_is_400_and_says_why() {
    let payments = start(&[]).await;

    for (key, payment, reason) in [
        ("", json!({ "amount": 5.5, "currency": "USD" }), "Idempotency-Key"),
        (&"k".repeat(200), json!({ "amount": 5.5, "currency": "USD" }), "Idempotency-Key"),
        ("key", json!({ "amount": 0, "currency": "USD" }), "amount"),
        ("key", json!({ "amount": 5.5, "currency": "EUR" }), "currency"),
        ("key", json!({ "amount": 5.5, "currency": "USD", "card": "t".repeat(100) }), "card"),
    ] {
        let (status, body) = pay(payments, key, payment).await;
        assert_eq!(status, 400, "{reason}");
        assert!(body["error"].as_str().unwrap().contains(reason), "{body}");
    }
}

#[tokio::test]
async fn their_health_is_200() {
    let payments = start(&[]).await;

    let answer = Client::new().get(format!("http://{payments}/health")).send().await.unwrap();

    assert_eq!(answer.status(), 200);
}

async fn start(flags: &[&str]) -> SocketAddr {
    let command = command(flags);
    in_background(Payments::open(&command.payments, command.timeouts)).await
}

async fn pay(payments: SocketAddr, key: &str, payment: Value) -> (u16, Value) {
    let request = Client::new().post(format!("http://{payments}/api/payments"));
    let answer = request.header("idempotency-key", key).json(&payment).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}
