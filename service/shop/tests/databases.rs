//! The shop on databases that last: a file of SQLite, and a real PostgreSQL. Each test runs on both.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use hyper::{Method, StatusCode};
use serde_json::json;
use servers::Postgres;
use shop::Drained;
use shop::cli::ShopCommand;
use shop::gateway::Gateway;
use shop::inventory::Inventory;
use shop::payments::Payments;
use sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;
use support::{Answer, command, in_background, send, send_with};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

/// For what takes no time but that of a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// A database of a test's own, which both of the shop's programs use.
enum Place {
    File(TempDir),
    Server(Box<Postgres>),
}

impl Place {
    fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    fn server() -> Self {
        Self::Server(Box::new(Postgres::start()))
    }

    fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite://{}/shop.db", folder.path().display()),
            Self::Server(server) => server.url(),
        }
    }

    fn command(&self, flags: &[&str]) -> ShopCommand {
        // Time is not what is tested here, and a busy machine takes much.
        let patient =
            ["--inventory-timeout-ms=60000", "--payments-timeout-ms=60000", "--outbox-drain-ms=60000"];
        command(&[&[&*format!("--database-url={}", self.url())], &patient[..], flags].concat())
    }

    /// Looks into it from outside.
    async fn pool(&self) -> AnyPool {
        sqlx::any::install_default_drivers();
        AnyPoolOptions::new().max_connections(1).connect(&self.url()).await.unwrap()
    }

    async fn count(&self, table: &'static str) -> i64 {
        let statement = match table {
            "orders" => "SELECT COUNT(*) FROM orders",
            "shipments" => "SELECT COUNT(*) FROM shipments",
            "outbox" => "SELECT COUNT(*) FROM outbox",
            other => panic!("{other} is not counted"),
        };
        sqlx::query_scalar(statement).fetch_one(&self.pool().await).await.unwrap()
    }
}

/// A shop that can be stopped as a program is: with what it does behind its answers.
struct Shop {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Drained>,
}

impl Shop {
    async fn start(place: &Place) -> Self {
        Self::with(place.command(&[])).await
    }

    async fn with(mut command: ShopCommand) -> Self {
        let inventory = in_background(Inventory::open(&command.inventory()).await.unwrap()).await;
        let payments = in_background(Payments::open(&command.payments, command.timeouts)).await;
        command.gateway.inventory_url = format!("http://{inventory}").parse().unwrap();
        command.gateway.payments_url = format!("http://{payments}").parse().unwrap();
        let gateway = Gateway::open(&command.gateway()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move { shop::serve(&gateway, listener, stopped).await });
        Self { addr, stop, serving }
    }

    async fn order(&self) -> Answer {
        send(self.addr, Method::POST, "/api/orders", GOOD_ORDER).await
    }

    async fn order_with_key(&self, key: &str, body: &str) -> Answer {
        send_with(self.addr, &[("idempotency-key", key)], Method::POST, "/api/orders", body).await
    }

    async fn status(&self, path: &str) -> StatusCode {
        send(self.addr, Method::GET, path, "").await.status
    }

    async fn left(&self, item: &str) -> u64 {
        let answer = send(self.addr, Method::GET, "/api/stock", "").await;
        let stock = answer.body["stock"].as_array().unwrap();
        stock.iter().find(|level| level["item"] == item).unwrap()["left"].as_u64().unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

/// Asks again and again until it is so.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < SOON, "not in {SOON:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Each test on each database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Place::file()).await;
            })*
        }

        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Place::server()).await;
            })*
        }
    };
}

on_both!(
    what_was_ordered_is_there_and_shipped_after_a_restart,
    programs_that_start_at_once_find_one_set_of_tables,
    an_order_that_is_sent_again_with_its_key_is_made_once,
    orders_that_want_the_same_articles_at_once_all_get_theirs,
    what_is_left_in_the_outbox_is_told_by_the_next_start,
    a_message_that_nobody_can_read_is_thrown_away_and_holds_up_no_other,
    an_unknown_user_is_an_answer,
    a_long_unknown_article_takes_nothing,
);

async fn what_was_ordered_is_there_and_shipped_after_a_restart(place: Place) {
    let shop = Shop::start(&place).await;
    assert_eq!(shop.order().await.status, 201);
    shop.stop().await;

    let shop = Shop::start(&place).await;
    assert_eq!((shop.left("lamp").await, shop.left("oil").await, shop.left("wick").await), (999, 999, 1000));
    assert_eq!(shop.order().await.status, 201);
    shop.stop().await;

    assert_eq!((place.count("orders").await, place.count("shipments").await), (2, 2));
    assert_eq!(place.count("outbox").await, 0);
}

async fn programs_that_start_at_once_find_one_set_of_tables(place: Place) {
    let command = place.command(&[]);

    let (gateway, inventory) = (command.gateway(), command.inventory());
    let (gateways, inventories) = tokio::join!(
        (0..4)
            .map(|_| opened(Gateway::open(&gateway)))
            .collect::<futures_util::stream::FuturesUnordered<_>>()
            .collect(),
        (0..4)
            .map(|_| opened(Inventory::open(&inventory)))
            .collect::<futures_util::stream::FuturesUnordered<_>>()
            .collect(),
    );

    let (gateways, inventories): (Vec<()>, Vec<()>) = (gateways, inventories);
    assert_eq!((gateways.len(), inventories.len()), (4, 4));
}

async fn opened<T, E: std::fmt::Debug>(opening: impl Future<Output = Result<T, E>>) {
    opening.await.map(drop).unwrap();
}

async fn an_order_that_is_sent_again_with_its_key_is_made_once(place: Place) {
    let shop = Shop::start(&place).await;

    let first = shop.order_with_key("a key", GOOD_ORDER).await;
    let second = shop.order_with_key("a key", GOOD_ORDER).await;
    let another = shop.order_with_key("another key", GOOD_ORDER).await;
    let changed = shop.order_with_key("a key", r#"{"user_id":"42","items":["oil"],"total":1.5}"#).await;
    let too_long = shop.order_with_key(&"k".repeat(256), GOOD_ORDER).await;

    assert_eq!(
        (first.status, second.status, another.status),
        (StatusCode::CREATED, StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.body, second.body);
    assert_ne!(first.body, another.body);
    assert_eq!(
        (changed.status, too_long.status),
        (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY)
    );
    assert_eq!(shop.left("lamp").await, 998);
    assert_eq!(place.count("orders").await, 2);
    shop.stop().await;
    assert_eq!(place.count("shipments").await, 2);
}

async fn orders_that_want_the_same_articles_at_once_all_get_theirs(place: Place) {
    let shop = Shop::start(&place).await;
    let addr = shop.addr;

    let orders: JoinSet<_> = (0..20)
        .map(|number| {
            let items =
                if number % 2 == 0 { json!(["lamp", "oil", "oil"]) } else { json!(["oil", "lamp", "oil"]) };
            let body = json!({ "user_id": "42", "items": items, "total": 5.5 }).to_string();
            async move { send(addr, Method::POST, "/api/orders", &body).await.status }
        })
        .collect();

    assert!(orders.join_all().await.iter().all(|status| *status == 201));
    assert_eq!((shop.left("lamp").await, shop.left("oil").await), (980, 960));
    shop.stop().await;
    assert_eq!(place.count("shipments").await, 20);
}

async fn what_is_left_in_the_outbox_is_told_by_the_next_start(place: Place) {
    Shop::start(&place).await.stop().await;
    leave_in_outbox(
        &place,
        "ord_left",
        r#"{"order_id":"ord_left","user_id":"42","items":["lamp"],"total":5.5}"#,
    )
    .await;

    let shop = Shop::start(&place).await;
    eventually("it is shipped", async || place.count("shipments").await == 1).await;

    shop.stop().await;
    assert_eq!(place.count("outbox").await, 0);
}

async fn a_message_that_nobody_can_read_is_thrown_away_and_holds_up_no_other(place: Place) {
    Shop::start(&place).await.stop().await;
    leave_in_outbox(&place, "ord_spoilt", r#"{"order_id":7}"#).await;

    let shop = Shop::start(&place).await;
    assert_eq!(shop.order().await.status, 201);
    shop.stop().await;

    assert_eq!((place.count("outbox").await, place.count("shipments").await), (0, 1));
}

async fn an_unknown_user_is_an_answer(place: Place) {
    let shop = Shop::start(&place).await;

    for (id, status) in [("1", 200), ("100", 200), ("101", 404), ("1%27%20OR%201=1", 404)] {
        assert_eq!(shop.status(&format!("/api/users/{id}")).await, status, "{id}");
    }
    shop.stop().await;
}

async fn a_long_unknown_article_takes_nothing(place: Place) {
    let shop = Shop::start(&place).await;
    let order = json!({ "user_id": "42", "items": ["lamp", "moon".repeat(1000)], "total": 5.5 });

    let answer = send(shop.addr, Method::POST, "/api/orders", &order.to_string()).await;

    assert_eq!(answer.status, 404);
    assert_eq!(shop.left("lamp").await, 1000);
    shop.stop().await;
}

/// As a gateway that died between saving an order and telling of it.
async fn leave_in_outbox(place: &Place, id: &str, message: &str) {
    let pool = place.pool().await;
    let order =
        "INSERT INTO orders (id, user_id, items, total, created_ms) VALUES ($1, '42', '[\"lamp\"]', 5.5, 0)";
    sqlx::query(order).bind(id).execute(&pool).await.unwrap();
    let entry =
        "INSERT INTO outbox (order_id, message, headers, attempts, due_ms) VALUES ($1, $2, 'not JSON', 0, 0)";
    sqlx::query(entry).bind(id).bind(message).execute(&pool).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_leaves_the_shop_alive_and_not_ready_until_it_is_back() {
    let mut server = Postgres::start();
    let flag = format!("--database-url={}", server.url());
    let shop = Shop::with(command(&[&flag])).await;
    assert_eq!((shop.status("/health").await, shop.status("/ready").await), (StatusCode::OK, StatusCode::OK));

    server.kill();
    assert_eq!(shop.status("/ready").await, 503);
    assert_eq!(shop.status("/health").await, 200);
    assert_eq!(shop.order().await.status, 503);
    server.start_again();

    eventually("it is ready again", async || shop.status("/ready").await == 200).await;
    eventually("orders are taken again", async || shop.order().await.status == 201).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_waits_for_a_database_that_starts_later() {
    let mut server = Postgres::start();
    server.stop();
    let flag = format!("--database-url={}", server.url());
    let command = command(&[&flag]).inventory();
    let opening = tokio::spawn(async move { Inventory::open(&command).await.map(drop) });

    tokio::task::yield_now().await;
    server.start_again();

    opening.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_wrong_fails_at_once_and_is_not_told() {
    let server = Postgres::start();
    let url = server.url().replace("s3cret-postgres", "another-s3cret");
    let command = command(&[&format!("--database-url={url}")]).inventory();

    let refusal = Inventory::open(&command).await.unwrap_err();

    let story = shop::whole_story(&refusal);
    assert!(
        story.ends_with("check DATABASE_URL: the database does not take this user and password (28P01)"),
        "{story}"
    );
    assert!(!story.contains("s3cret") && !story.contains("clerk"), "{story}");
}
