//! What an order looks like across the three programs, drawn as trees.

// In a test, and in what it calls, a panic is the way to fail.
#![allow(clippy::unwrap_used)]

mod support;

use std::net::TcpListener;

use opentelemetry::trace::TraceId;
use pilotlight_instrument::http::HttpServerLayer;
use support::observed::{GOOD_ORDER, Trace, observed_shop, telemetry};
use support::{assert_drawing, start_with};
use tokio::io::AsyncWriteExt;

// Its message is told by a task while this thread waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_good_order_is_four_steps_side_by_side_through_three_programs() {
    let shop = observed_shop(&[]).await;

    let seen = shop.order(GOOD_ORDER).await;

    let id = seen.answer.body["order_id"].as_str().unwrap();
    // The message is told after the answer.
    let tree = seen.trace.tree_when(|tree| tree.contains("DELETE outbox"));
    assert_drawing(
        &without_details(&tree.replace(id, "ID")),
        "
        request [Internal] order.user_id=42 order.items_count=2 order.total=99.5 order.id=ID
          processOrder [Internal] user_id=42 action=create_order
            validateOrder [Internal] validation.passed=true
              SELECT users [Client]
            reserveInventory [Internal]
              shop.inventory.v1.Inventory/Reserve [Client] rpc.system.name=grpc \
         rpc.method=shop.inventory.v1.Inventory/Reserve rpc.status_code=OK
                shop.inventory.v1.Inventory/Reserve [Server] rpc.system.name=grpc \
         rpc.method=shop.inventory.v1.Inventory/Reserve rpc.status_code=OK
                  BEGIN [Client]
                  UPDATE stock [Client]
                  UPDATE stock [Client]
                  COMMIT [Client]
            processPayment [Internal] payment.amount=99.5 payment.currency=USD payment.status=approved
              POST /api/payments [Client] http.request.method=POST url.template=/api/payments http.response.status_code=201
                POST /api/payments [Server] http.request.method=POST url.path=/api/payments url.scheme=http \
         http.route=/api/payments http.response.status_code=201
                  chargeCard [Internal] payment.amount=99.5 payment.currency=USD payment.status=approved
            saveOrder [Internal] order.id=ID
              BEGIN [Client]
              INSERT orders [Client]
              INSERT outbox [Client]
              COMMIT [Client]
              send order.created [Producer]
              DELETE outbox [Client]
        ",
    );
    let select = tree.lines().find(|line| line.contains("SELECT users [Client]")).unwrap();
    for told in ["db.system.name=sqlite", "db.query.text=SELECT id, name, email FROM users WHERE id = $1"] {
        assert!(select.contains(told), "{select}");
    }
}

#[tokio::test]
async fn a_declined_payment_fails_on_its_own_span_and_what_was_reserved_is_released() {
    let shop = observed_shop(&["--payment-limit=50"]).await;

    let tree = shop.order(GOOD_ORDER).await.tree();

    assert_drawing(
        &in_short(&tree),
        "
        request
          processOrder error.type=payment_declined !the payment of 99.5 USD was declined: the limit is 50
            validateOrder
              SELECT users
            reserveInventory
              shop.inventory.v1.Inventory/Reserve rpc.status_code=OK
                shop.inventory.v1.Inventory/Reserve rpc.status_code=OK
                  BEGIN
                  UPDATE stock
                  UPDATE stock
                  COMMIT
            processPayment payment.status=declined error.type=payment_declined \
         !the payment of 99.5 USD was declined: the limit is 50 +exception
              POST /api/payments http.response.status_code=402 error.type=402 !
                POST /api/payments http.response.status_code=402
                  chargeCard payment.status=declined
            releaseInventory
              shop.inventory.v1.Inventory/Release rpc.status_code=OK
                shop.inventory.v1.Inventory/Release rpc.status_code=OK
                  BEGIN
                  UPDATE stock
                  UPDATE stock
                  COMMIT
        ",
    );
}

#[tokio::test]
async fn an_empty_stock_fails_the_reservation_and_nothing_is_paid() {
    let shop = observed_shop(&[]).await;

    let tree = shop.order(r#"{"user_id":"42","items":["lamp","sold-out"],"total":5.5}"#).await.tree();

    assert_drawing(
        &in_short(&tree),
        r#"
        request
          processOrder error.type=sold_out !the item "sold-out" cannot be reserved: none left
            validateOrder
              SELECT users
            reserveInventory error.type=sold_out !the item "sold-out" cannot be reserved: none left +exception
              shop.inventory.v1.Inventory/Reserve rpc.status_code=FAILED_PRECONDITION error.type=FAILED_PRECONDITION !the item "sold-out" cannot be reserved: none left
                shop.inventory.v1.Inventory/Reserve rpc.status_code=FAILED_PRECONDITION
                  BEGIN
                  UPDATE stock
                  UPDATE stock
                  SELECT stock
                  ROLLBACK
        "#,
    );
}

#[tokio::test]
async fn payments_that_are_down_are_tried_three_times() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = observed_shop(&[&format!("--payments-url=http://{nobody}")]).await;

    let seen = shop.order(GOOD_ORDER).await;

    let url = format!("http://{nobody}/api/payments");
    assert_eq!((seen.answer.status.as_u16(), seen.answer.body["error"].as_str()), (503, Some(NO_PAYMENTS)));
    assert_drawing(
        &in_short(&seen.tree()).replace(&url, "URL").replace(" (os error 111)", ""),
        "
        request
          processOrder error.type=payments_unavailable !the payments do not answer: Request failed after 2 retries: \
         error sending request for url (URL): client error (Connect): tcp connect error: Connection refused
            validateOrder
              SELECT users
            reserveInventory
              shop.inventory.v1.Inventory/Reserve rpc.status_code=OK
                shop.inventory.v1.Inventory/Reserve rpc.status_code=OK
                  BEGIN
                  UPDATE stock
                  UPDATE stock
                  COMMIT
            processPayment payment.status=unknown error.type=payments_unavailable !the payments do not answer: \
         Request failed after 2 retries: error sending request for url (URL): client error (Connect): \
         tcp connect error: Connection refused +exception
              POST /api/payments error.type=connection_refused !there was no response
              POST /api/payments http.request.resend_count=1 error.type=connection_refused !there was no response
              POST /api/payments http.request.resend_count=2 error.type=connection_refused !there was no response
            releaseInventory
              shop.inventory.v1.Inventory/Release rpc.status_code=OK
                shop.inventory.v1.Inventory/Release rpc.status_code=OK
                  BEGIN
                  UPDATE stock
                  UPDATE stock
                  COMMIT
        ",
    );
}

#[tokio::test]
async fn a_payment_that_hangs_is_asked_for_again_and_made_once() {
    let shop = observed_shop(&["--payments-timeout-ms=300"]).await;

    let seen = shop.order(r#"{"user_id":"42","items":["lamp"],"total":5.5,"card":"tok_hang"}"#).await;

    assert_eq!(seen.answer.status, 201);
    let tree = seen.trace.tree_when(|tree| tree.matches("chargeCard").count() == 2);
    let short = in_short(&tree);
    let payment = short.lines().skip_while(|line| !line.contains("processPayment")).take(7);
    // Four columns less, as its parents are left out.
    let payment: String = payment.map(|line| format!("{}\n", &line[4..])).collect();
    assert_drawing(
        &payment,
        "
            processPayment payment.status=approved
              POST /api/payments error.type=timeout !there was no response
                POST /api/payments error.type=cancelled !the request was dropped before its response
                  chargeCard
              POST /api/payments http.request.resend_count=1 http.response.status_code=201
                POST /api/payments http.response.status_code=201
                  chargeCard payment.status=approved
        ",
    );
    let logs = seen.trace.logs_of("shop::payments*");
    assert_eq!(logs.matches("Payment approved").count(), 1, "{logs}");
}

#[tokio::test]
async fn payments_that_hang_for_ever_are_given_up() {
    let shop = observed_shop(&["--payments-timeout-ms=50", "--payment-latency-ms=60000"]).await;

    let seen = shop.order(GOOD_ORDER).await;

    assert_eq!((seen.answer.status.as_u16(), seen.answer.body["error"].as_str()), (503, Some(NO_PAYMENTS)));
    let tree = in_short(&seen.tree());
    assert_eq!(tree.matches("POST /api/payments error.type=timeout").count(), 1, "{tree}");
    assert!(tree.contains("http.request.resend_count=2 error.type=timeout"), "{tree}");
    assert!(tree.contains("releaseInventory"), "{tree}");
}

#[tokio::test]
async fn an_inventory_that_is_down_fails_the_reservation() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = observed_shop(&[&format!("--inventory-url=http://{nobody}")]).await;

    let seen = shop.order(GOOD_ORDER).await;

    let tree = in_short(&seen.tree());
    assert_eq!(seen.answer.status, 503);
    assert!(tree.contains(
        "reserveInventory error.type=inventory_unavailable !the inventory does not answer: Unavailable: "
    ));
    assert!(tree.contains("Inventory/Reserve rpc.status_code=UNAVAILABLE error.type=UNAVAILABLE"), "{tree}");
    assert!(!tree.contains("processPayment"), "{tree}");
}

#[tokio::test]
async fn an_inventory_that_takes_too_long_exceeds_its_deadline() {
    let shop = observed_shop(&["--inventory-timeout-ms=50", "--inventory-latency-ms=60000"]).await;

    let seen = shop.order(GOOD_ORDER).await;

    assert_eq!(seen.answer.status, 503);
    // The time of the inventory began later: it may hear that nobody waits any more before it knows that it is late.
    let of = |tree: &str, side: &str, codes: &[&str]| {
        let mut calls = tree.lines().filter(|line| line.contains(&format!("Reserve [{side}]")));
        calls.any(|call| codes.iter().any(|code| call.contains(&format!("rpc.status_code={code}"))))
    };
    let tree = seen.trace.tree_when(|tree| {
        of(tree, "Client", &["DEADLINE_EXCEEDED"]) && of(tree, "Server", &["DEADLINE_EXCEEDED", "CANCELLED"])
    });
    assert!(
        tree.contains(" error.type=inventory_unavailable !the inventory does not answer: DeadlineExceeded: "),
        "{tree}"
    );
}

#[tokio::test]
async fn a_client_that_hangs_up_half_way_gives_back_what_was_reserved() {
    let trace = Trace(TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").unwrap());
    telemetry();
    let shop =
        start_with(&["--payments-timeout-ms=60000"], |router| router.layer(HttpServerLayer::new())).await;
    let order = r#"{"user_id":"42","items":["lamp"],"total":5.5,"card":"tok_hang"}"#;
    let mut client = shop.connect().await;

    let head = format!(
        "POST /api/orders HTTP/1.1\r\nhost: shop\r\ntraceparent: 00-{}-b7ad6b7169203331-01\r\ncontent-length: {}\r\n\r\n",
        trace.0,
        order.len()
    );
    client.write_all(format!("{head}{order}").as_bytes()).await.unwrap();
    while !trace.logs_now("shop::inventory*").contains("Reserved") {
        tokio::task::yield_now().await;
    }
    drop(client);

    let tree = tokio::task::spawn_blocking(move || {
        trace.tree_when(|tree| tree.contains("Release [Server]") && tree.contains("POST /api/orders"))
    });
    let tree = in_short(&tree.await.unwrap());
    assert!(tree.starts_with("POST /api/orders error.type=cancelled"), "{tree}");
    assert!(
        tree.contains("    releaseInventory\n      shop.inventory.v1.Inventory/Release rpc.status_code=OK"),
        "{tree}"
    );
    assert!(!tree.contains("saveOrder"), "{tree}");
}

#[tokio::test]
async fn the_stock_is_one_streaming_call() {
    let shop = observed_shop(&[]).await;

    let tree = shop.get("/api/stock").await.tree();

    assert_drawing(
        &in_short(&tree),
        "
        request
          shop.inventory.v1.Inventory/ListStock rpc.status_code=OK
            shop.inventory.v1.Inventory/ListStock rpc.status_code=OK
              SELECT stock
        ",
    );
}

#[tokio::test]
async fn an_unknown_user_fails_the_validation_and_not_the_query() {
    let shop = observed_shop(&[]).await;

    let tree = shop.order(r#"{"user_id":"101","items":["lamp"],"total":5.5}"#).await.tree();

    assert_drawing(
        &without_details(&tree),
        "
        request [Internal] order.user_id=101 order.items_count=1 order.total=5.5
          processOrder [Internal] user_id=101 action=create_order error.type=unknown_user \
         !there is no user \"101\"
            validateOrder [Internal] validation.passed=false error.type=unknown_user \
!there is no user \"101\" +exception
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
    assert!(insert.contains(" db.response.status_code=1") && insert.contains(" error.type=1"), "{tree}");
    let step = tree.lines().find(|line| line.contains("saveOrder")).unwrap();
    let told = " error.type=1 !the order could not be saved: the database refuses it with 1 +exception";
    assert!(step.ends_with(told), "{tree}");
    assert_eq!(tree.matches("+exception").count(), 1, "{tree}");
}

#[tokio::test]
async fn a_user_is_one_query_under_the_request() {
    let shop = observed_shop(&[]).await;

    let tree = shop.get("/api/users/7").await.tree();

    assert_drawing(
        &without_details(&tree),
        "
        request [Internal] user.id=7
          SELECT users [Client]
        ",
    );
}

/// What clients are told of payments that do not answer.
const NO_PAYMENTS: &str = "the payments do not answer; try again later";

/// Names, and what became of it: without what the first test shows.
fn in_short(tree: &str) -> String {
    const TOLD: [&str; 5] = [
        "http.request.resend_count",
        "http.response.status_code",
        "rpc.status_code",
        "payment.status",
        "error.type",
    ];
    let mut short = String::new();
    for line in tree.lines() {
        let (head, rest) = line.split_once(" [").unwrap();
        let rest = rest.split_once(']').unwrap().1;
        // A statement's text may have a plus of its own.
        let is_event = |at: &(usize, &str)| rest[at.0 + 2..].starts_with(char::is_alphabetic);
        let event = || rest.match_indices(" +").find(is_event).map(|(at, _)| at);
        let end = rest.find(" !").or_else(event).unwrap_or(rest.len());
        let told =
            rest[..end].split(' ').filter(|pair| TOLD.iter().any(|key| pair.starts_with(&format!("{key}="))));
        short.push_str(head);
        told.for_each(|pair| short.extend([" ", pair]));
        short.extend([&rest[end..], "\n"]);
    }
    short
}

/// What databases and messages say of themselves is tested where it is made.
fn without_details(tree: &str) -> String {
    let brief =
        |line: &str| line.split(" db.").next().unwrap().split(" messaging.").next().unwrap().to_owned();
    tree.lines().map(|line| brief(line) + "\n").collect()
}
