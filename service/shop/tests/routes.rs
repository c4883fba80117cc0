//! Each route and each status, as a client sees them.

mod support;

use hyper::Method;
use serde_json::json;
use shop::gateway::Gateway;
use support::{command, send, start};

const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.99}"#;

#[tokio::test]
async fn health_is_200_while_the_shop_serves() {
    let shop = start(&[]).await;

    let answer = shop.get("/health").await;

    assert_eq!((answer.status.as_u16(), answer.body), (200, json!({ "status": "healthy" })));
}

#[tokio::test]
async fn the_first_and_the_last_seeded_user_are_there() {
    let shop = start(&[]).await;

    for id in ["1", "100"] {
        let answer = shop.get(&format!("/api/users/{id}")).await;
        let user =
            json!({ "id": id, "name": format!("User {id}"), "email": format!("user{id}@example.com") });
        assert_eq!((answer.status.as_u16(), answer.body), (200, user));
    }
}

#[tokio::test]
async fn an_unknown_user_is_404() {
    let shop = start(&[]).await;

    for id in ["0", "101", "nobody", "1%27%20OR%201=1"] {
        let answer = shop.get(&format!("/api/users/{id}")).await;
        assert_eq!(answer.status, 404, "{id}");
        assert!(answer.body["error"].as_str().unwrap().contains("no user"), "{id}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_good_order_is_201_with_an_id_of_its_own() {
    let shop = start(&[]).await;

    let first = shop.order(GOOD_ORDER).await;
    let second = shop.order(GOOD_ORDER).await;

    assert_eq!(first.status, 201);
    assert_eq!(first.body["status"], "created");
    assert!(first.body["order_id"].as_str().unwrap().starts_with("ord_"));
    assert_ne!(first.body["order_id"], second.body["order_id"]);
}

#[tokio::test]
async fn a_body_that_is_not_an_order_is_400() {
    let shop = start(&[]).await;

    for body in ["", "{", "[]", "{}", r#"{"user_id":42,"items":["lamp"],"total":1}"#, "\u{fffd}"] {
        assert_eq!(shop.order(body).await.status, 400, "{body:?}");
    }
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_400_and_says_why() {
    let shop = start(&[]).await;

    for (body, reason) in [
        (r#"{"user_id":"1","items":[],"total":5}"#, "no items"),
        (r#"{"user_id":"1","items":["lamp"],"total":0}"#, "total"),
        (r#"{"user_id":"1","items":["lamp"],"total":-5}"#, "total"),
        (r#"{"user_id":"1","items":["lamp"],"total":1e999}"#, "number"),
    ] {
        let answer = shop.order(body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.body["error"].as_str().unwrap().contains(reason), "{body}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_order_of_an_unknown_user_is_404() {
    let shop = start(&[]).await;

    assert_eq!(shop.order(r#"{"user_id":"101","items":["lamp"],"total":5}"#).await.status, 404);
}

#[tokio::test]
async fn an_order_of_an_unknown_item_is_404_and_names_it() {
    let shop = start(&[]).await;

    let answer = shop.order(r#"{"user_id":"1","items":["lamp","moon"],"total":5}"#).await;

    assert_eq!(answer.status, 404);
    assert!(answer.body["error"].as_str().unwrap().contains("moon"), "{}", answer.body);
}

#[tokio::test]
async fn the_stock_is_what_the_inventory_says() {
    let shop = start(&[]).await;
    shop.order(GOOD_ORDER).await;

    let answer = shop.get("/api/stock").await;

    assert_eq!(answer.status, 200);
    let lamp = json!({ "item": "lamp", "left": 999 });
    assert!(answer.body["stock"].as_array().unwrap().contains(&lamp), "{}", answer.body);
}

#[tokio::test]
async fn a_program_that_does_not_answer_is_503() {
    let shop = start(&["--inventory-url=http://127.0.0.1:1", "--payments-url=http://127.0.0.1:1"]).await;

    assert_eq!(shop.get("/api/stock").await.status, 503);
    assert_eq!(shop.order(GOOD_ORDER).await.status, 503);
}

#[tokio::test]
async fn a_long_id_is_told_back_in_part() {
    let shop = start(&[]).await;
    let id = "x".repeat(10_000);

    let read = shop.get(&format!("/api/users/{id}")).await;
    let ordered = shop.order(&format!(r#"{{"user_id":"{id}","items":["lamp"],"total":5}}"#)).await;

    for answer in [read, ordered] {
        assert_eq!(answer.status, 404);
        assert!(answer.body.to_string().len() < 200, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_order_that_a_step_refuses_is_500() {
    let shop = start(&["--payment-limit=100"]).await;

    let declined = shop.order(r#"{"user_id":"1","items":["lamp"],"total":100.01}"#).await;
    let sold_out = shop.order(r#"{"user_id":"1","items":["sold-out"],"total":5}"#).await;

    assert_eq!((declined.status.as_u16(), sold_out.status.as_u16()), (500, 500));
    assert!(declined.body["error"].as_str().unwrap().contains("declined"), "{}", declined.body);
}

#[tokio::test]
async fn another_method_is_405_and_is_told_which_are_allowed() {
    let shop = start(&[]).await;

    for (method, path, allowed) in [
        (Method::GET, "/api/orders", "POST"),
        (Method::DELETE, "/api/users/1", "GET,HEAD"),
        (Method::POST, "/health", "GET,HEAD"),
    ] {
        let answer = send(shop.addr, method, path, "").await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.headers["allow"], allowed, "{path}");
        assert!(answer.body["error"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_in_json() {
    let shop = start(&[]).await;

    let answer = shop.get("/api/nothing").await;

    assert_eq!(answer.status, 404);
    assert!(answer.body["error"].is_string());
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let shop = start(&["--body-bytes-max=64"]).await;
    let items = "lamp".repeat(64);

    let answer = shop.order(&format!(r#"{{"user_id":"1","items":["{items}"],"total":5}}"#)).await;

    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_database_file_keeps_its_users_and_is_seeded_once() {
    let folder = tempfile::tempdir().unwrap();
    let flag = format!("--database-url=sqlite://{}/shop.db", folder.path().display());

    for _ in 0..2 {
        let shop = start(&[&flag]).await;
        assert_eq!(shop.get("/api/users/7").await.status, 200);
        shop.stop.send(()).unwrap();
        shop.server.await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named() {
    let command = command(&["--database-url=sqlite:///nowhere/at/all/shop.db"]);

    let error = Gateway::open(&command.gateway()).await.unwrap_err();

    assert!(error.to_string().contains("/nowhere/at/all/shop.db"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}
