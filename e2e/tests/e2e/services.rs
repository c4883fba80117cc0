//! One request through the gateway, the inventory and the payments: one trace, whatever becomes of it.

use std::io::Write as _;

use e2e::conventions::violations;
use e2e::receiver::ReceivedPoint;
use e2e::tree::{show, without_waits};
use e2e::{Receiver, dedent, text_tree};
use rustix::process::Signal;

use crate::backends::Backends;
use crate::process::{Outcome, exporting};
use crate::shop_process::{GOOD_ORDER, Shop, TRACE, assert_clean, shop};
use crate::support::{GRPC, HTTP};

/// What the drawings show beside names, kinds and status: whose span it is, and how the call went.
const SHOWN: [&str; 5] = [
    "service.name",
    "http.response.status_code",
    "rpc.status_code",
    "http.request.resend_count",
    "error.type",
];

/// What the shop, and Pilotlight where there is no convention yet, name by themselves.
pub(crate) const OWN: [&str; 21] = [
    "shop.",
    "order.",
    "payment.",
    "validation.",
    "stock.",
    "error",
    "user_id",
    "action",
    "connections.",
    "message.",
    "shipment.",
    "messaging.nats.",
    "messaging.in_process.",
    "database",
    "attempt",
    "reason",
    // Of waiting for a connection, for which there is a convention of metrics alone.
    "db.client.connection.pool.name",
    // What the client of NATS logs.
    "server",
    "max_payload",
    "tokio.runtime.",
    "pilotlight.",
];

/// One that is created, through all three.
pub(crate) const AN_ORDER: &str = r#"
    POST /api/orders  server  service.name=gateway  http.response.status_code=201  < b7ad6b7169203331
    └─ processOrder  internal  service.name=gateway
       ├─ validateOrder  internal  service.name=gateway
       │  └─ SELECT users  client  service.name=gateway
       ├─ reserveInventory  internal  service.name=gateway
       │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
       │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
       │        ├─ BEGIN  client  service.name=inventory
       │        ├─ UPDATE stock  client  service.name=inventory
       │        ├─ UPDATE stock  client  service.name=inventory
       │        └─ COMMIT  client  service.name=inventory
       ├─ processPayment  internal  service.name=gateway
       │  └─ POST /api/payments  client  service.name=gateway  http.response.status_code=201
       │     └─ POST /api/payments  server  service.name=payments  http.response.status_code=201
       │        └─ chargeCard  internal  service.name=payments
       └─ saveOrder  internal  service.name=gateway
          ├─ BEGIN  client  service.name=gateway
          ├─ INSERT orders  client  service.name=gateway
          ├─ INSERT outbox  client  service.name=gateway
          ├─ COMMIT  client  service.name=gateway
          ├─ send order.created  producer  service.name=gateway
          └─ DELETE outbox  client  service.name=gateway
"#;

/// The three, all seen by one receiver.
struct Services {
    receiver: Receiver,
    shop: Shop,
}

impl Services {
    fn start(protocol: &str) -> Self {
        Self::with(protocol, &[], &[])
    }

    fn with(protocol: &str, of_gateway: &[&str], of_payments: &[&str]) -> Self {
        let receiver = Receiver::start();
        let backends = Backends::seen(&receiver, protocol, of_payments);
        let mut gateway = shop();
        gateway.args(of_gateway).env("OTEL_BSP_SCHEDULE_DELAY", "10").env_remove("OTEL_SERVICE_NAME");
        let shop = Shop::before(backends, exporting(&mut gateway, &receiver, protocol));
        Self { receiver, shop }
    }

    fn order(&self, body: &str) -> u16 {
        self.shop.ask("POST", "/api/orders", body)
    }

    /// Everybody's, after they have sent what they had: the gateway's first.
    fn stop(self) -> (Receiver, [Outcome; 3]) {
        self.shop.process.signal(Signal::TERM);
        let gateway = self.shop.process.wait();
        assert_clean(&gateway);
        let [inventory, payments] = self.shop.backends.stop();
        (self.receiver, [gateway, inventory, payments])
    }

    /// The trace [`TRACE`], once all is over.
    fn tree(self) -> String {
        let (receiver, _) = self.stop();
        tree(&receiver)
    }
}

pub(crate) fn tree(receiver: &Receiver) -> String {
    text_tree(&without_waits(receiver.trace_across_services(TRACE)), &SHOWN)
}

/// Ports differ from run to run.
pub(crate) fn assert_drawn(tree: &str, expected: &str) {
    let mut parts = tree.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    let drawing = parts.fold(first, |drawing, part| {
        format!("{drawing}127.0.0.1:PORT{}", part.trim_start_matches(|digit: char| digit.is_ascii_digit()))
    });
    assert_eq!(drawing, dedent(expected), "\n{tree}");
}

#[test]
fn an_order_is_one_trace_through_three_services() {
    for protocol in [GRPC, HTTP] {
        let services = Services::start(protocol);

        assert_eq!(services.order(GOOD_ORDER), 201);

        assert_drawn(&services.tree(), AN_ORDER);
    }
}

#[test]
fn a_card_that_is_declined_fails_the_payment_and_releases_what_was_reserved() {
    let services = Services::start(GRPC);

    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_declined"}"#;
    assert_eq!(services.order(order), 500);

    assert_drawn(
        &services.tree(),
        r#"
        POST /api/orders  server  ERROR ""  service.name=gateway  http.response.status_code=500  error.type=500  < b7ad6b7169203331
        └─ processOrder  internal  ERROR "the payment of 9.5 USD was declined: the card was refused"  service.name=gateway  error.type=payment_declined
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway
           ├─ reserveInventory  internal  service.name=gateway
           │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
           │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
           │        ├─ BEGIN  client  service.name=inventory
           │        ├─ UPDATE stock  client  service.name=inventory
           │        └─ COMMIT  client  service.name=inventory
           ├─ processPayment  internal  ERROR "the payment of 9.5 USD was declined: the card was refused"  service.name=gateway  error.type=payment_declined  +exception
           │  └─ POST /api/payments  client  ERROR ""  service.name=gateway  http.response.status_code=402  error.type=402
           │     └─ POST /api/payments  server  service.name=payments  http.response.status_code=402
           │        └─ chargeCard  internal  service.name=payments
           └─ releaseInventory  internal  service.name=gateway
              └─ shop.inventory.v1.Inventory/Release  client  service.name=gateway  rpc.status_code=OK
                 └─ shop.inventory.v1.Inventory/Release  server  service.name=inventory  rpc.status_code=OK
                    ├─ BEGIN  client  service.name=inventory
                    ├─ UPDATE stock  client  service.name=inventory
                    └─ COMMIT  client  service.name=inventory
        "#,
    );
}

#[test]
fn an_empty_shelf_fails_the_reservation_where_the_shelf_is() {
    let services = Services::start(HTTP);

    let order = r#"{"user_id":"42","items":["sold-out"],"total":9.5}"#;
    assert_eq!(services.order(order), 500);

    assert_drawn(
        &services.tree(),
        r#"
        POST /api/orders  server  ERROR ""  service.name=gateway  http.response.status_code=500  error.type=500  < b7ad6b7169203331
        └─ processOrder  internal  ERROR "the item \"sold-out\" cannot be reserved: none left"  service.name=gateway  error.type=sold_out
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway
           └─ reserveInventory  internal  ERROR "the item \"sold-out\" cannot be reserved: none left"  service.name=gateway  error.type=sold_out  +exception
              └─ shop.inventory.v1.Inventory/Reserve  client  ERROR "the item \"sold-out\" cannot be reserved: none left"  service.name=gateway  rpc.status_code=FAILED_PRECONDITION  error.type=FAILED_PRECONDITION
                 └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=FAILED_PRECONDITION
                    ├─ BEGIN  client  service.name=inventory
                    ├─ UPDATE stock  client  service.name=inventory
                    ├─ SELECT stock  client  service.name=inventory
                    └─ ROLLBACK  client  service.name=inventory
        "#,
    );
}

#[test]
fn payments_that_are_down_are_asked_three_times() {
    let services = Services::start(GRPC);
    services.shop.backends.payments.kill();

    assert_eq!(services.order(GOOD_ORDER), 503);

    assert_drawn(
        &services.tree(),
        r#"
        POST /api/orders  server  ERROR ""  service.name=gateway  http.response.status_code=503  error.type=503  < b7ad6b7169203331
        └─ processOrder  internal  ERROR "the payments do not answer: Request failed after 2 retries: error sending request for url (http://127.0.0.1:PORT/api/payments): client error (Connect): tcp connect error: Connection refused (os error 111)"  service.name=gateway  error.type=payments_unavailable
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway
           ├─ reserveInventory  internal  service.name=gateway
           │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
           │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
           │        ├─ BEGIN  client  service.name=inventory
           │        ├─ UPDATE stock  client  service.name=inventory
           │        ├─ UPDATE stock  client  service.name=inventory
           │        └─ COMMIT  client  service.name=inventory
           ├─ processPayment  internal  ERROR "the payments do not answer: Request failed after 2 retries: error sending request for url (http://127.0.0.1:PORT/api/payments): client error (Connect): tcp connect error: Connection refused (os error 111)"  service.name=gateway  error.type=payments_unavailable  +exception
           │  ├─ POST /api/payments  client  ERROR "there was no response"  service.name=gateway  error.type=connection_refused
           │  ├─ POST /api/payments  client  ERROR "there was no response"  service.name=gateway  http.request.resend_count=1  error.type=connection_refused
           │  └─ POST /api/payments  client  ERROR "there was no response"  service.name=gateway  http.request.resend_count=2  error.type=connection_refused
           └─ releaseInventory  internal  service.name=gateway
              └─ shop.inventory.v1.Inventory/Release  client  service.name=gateway  rpc.status_code=OK
                 └─ shop.inventory.v1.Inventory/Release  server  service.name=inventory  rpc.status_code=OK
                    ├─ BEGIN  client  service.name=inventory
                    ├─ UPDATE stock  client  service.name=inventory
                    ├─ UPDATE stock  client  service.name=inventory
                    └─ COMMIT  client  service.name=inventory
        "#,
    );
}

#[test]
fn an_inventory_that_is_down_fails_the_reservation() {
    let services = Services::start(GRPC);
    services.shop.backends.inventory.kill();

    assert_eq!(services.order(GOOD_ORDER), 503);

    assert_drawn(
        &services.tree(),
        r#"
        POST /api/orders  server  ERROR ""  service.name=gateway  http.response.status_code=503  error.type=503  < b7ad6b7169203331
        └─ processOrder  internal  ERROR "the inventory does not answer: Unavailable: tcp connect error: transport error: Connection refused (os error 111)"  service.name=gateway  error.type=inventory_unavailable
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway
           └─ reserveInventory  internal  ERROR "the inventory does not answer: Unavailable: tcp connect error: transport error: Connection refused (os error 111)"  service.name=gateway  error.type=inventory_unavailable  +exception
              └─ shop.inventory.v1.Inventory/Reserve  client  ERROR "tcp connect error"  service.name=gateway  rpc.status_code=UNAVAILABLE  error.type=UNAVAILABLE
        "#,
    );
}

#[test]
fn payments_that_hang_past_their_time_are_asked_again() {
    let hang = ["--payment-hang-ms=60000"];
    let services = Services::with(GRPC, &["--payments-timeout-ms=500"], &hang);

    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_hang"}"#;
    assert_eq!(services.order(order), 201);

    assert_drawn(
        &services.tree(),
        r#"
        POST /api/orders  server  service.name=gateway  http.response.status_code=201  < b7ad6b7169203331
        └─ processOrder  internal  service.name=gateway
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway
           ├─ reserveInventory  internal  service.name=gateway
           │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
           │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
           │        ├─ BEGIN  client  service.name=inventory
           │        ├─ UPDATE stock  client  service.name=inventory
           │        └─ COMMIT  client  service.name=inventory
           ├─ processPayment  internal  service.name=gateway
           │  ├─ POST /api/payments  client  ERROR "there was no response"  service.name=gateway  error.type=timeout
           │  │  └─ POST /api/payments  server  ERROR "the request was dropped before its response"  service.name=payments  error.type=cancelled
           │  │     └─ chargeCard  internal  service.name=payments
           │  └─ POST /api/payments  client  service.name=gateway  http.response.status_code=201  http.request.resend_count=1
           │     └─ POST /api/payments  server  service.name=payments  http.response.status_code=201
           │        └─ chargeCard  internal  service.name=payments
           └─ saveOrder  internal  service.name=gateway
              ├─ BEGIN  client  service.name=gateway
              ├─ INSERT orders  client  service.name=gateway
              ├─ INSERT outbox  client  service.name=gateway
              ├─ COMMIT  client  service.name=gateway
              ├─ send order.created  producer  service.name=gateway
              └─ DELETE outbox  client  service.name=gateway
        "#,
    );
}

#[test]
fn a_client_that_hangs_up_ends_the_call_behind_the_gateway_and_releases_what_was_reserved() {
    let hang = ["--payment-hang-ms=60000"];
    let services = Services::with(GRPC, &["--payments-timeout-ms=60000"], &hang);

    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_hang"}"#;
    let mut connection = services.shop.connect();
    let length = order.len();
    write!(
        connection,
        "POST /api/orders HTTP/1.1\r\nhost: shop\r\ntraceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n\
         content-length: {length}\r\n\r\n{order}"
    )
    .unwrap();
    let payments = |point: &ReceivedPoint| {
        point
            .resource
            .attributes
            .iter()
            .filter_map(|of| of.value.as_ref()?.value.as_ref())
            .any(|it| show(it) == "payments")
    };
    services.receiver.wait_for_metric("http.server.active_requests", |active| {
        active.all().iter().any(|point| payments(point) && point.point.value() == 1.0)
    });
    drop(connection);

    assert_drawn(
        &services.tree(),
        r#"
        POST /api/orders  server  ERROR "the request was dropped before its response"  service.name=gateway  error.type=cancelled  < b7ad6b7169203331
        └─ processOrder  internal  service.name=gateway
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway
           ├─ reserveInventory  internal  service.name=gateway
           │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
           │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
           │        ├─ BEGIN  client  service.name=inventory
           │        ├─ UPDATE stock  client  service.name=inventory
           │        └─ COMMIT  client  service.name=inventory
           ├─ processPayment  internal  service.name=gateway
           │  └─ POST /api/payments  client  service.name=gateway  +cancelled
           │     └─ POST /api/payments  server  ERROR "the request was dropped before its response"  service.name=payments  error.type=cancelled
           │        └─ chargeCard  internal  service.name=payments
           └─ releaseInventory  internal  service.name=gateway
              └─ shop.inventory.v1.Inventory/Release  client  service.name=gateway  rpc.status_code=OK
                 └─ shop.inventory.v1.Inventory/Release  server  service.name=inventory  rpc.status_code=OK
                    ├─ BEGIN  client  service.name=inventory
                    ├─ UPDATE stock  client  service.name=inventory
                    └─ COMMIT  client  service.name=inventory
        "#,
    );
}

#[test]
fn the_stock_is_one_streaming_call() {
    let services = Services::start(GRPC);

    assert_eq!(services.shop.ask("GET", "/api/stock", ""), 200);

    assert_drawn(
        &services.tree(),
        r#"
        GET /api/stock  server  service.name=gateway  http.response.status_code=200  < b7ad6b7169203331
        └─ shop.inventory.v1.Inventory/ListStock  client  service.name=gateway  rpc.status_code=OK
           └─ shop.inventory.v1.Inventory/ListStock  server  service.name=inventory  rpc.status_code=OK
              └─ SELECT stock  client  service.name=inventory
        "#,
    );
}

/// What clients ask of a shop in a day, and of its health.
fn ask_for_everything(services: &Services) {
    for body in [
        GOOD_ORDER,
        r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_declined"}"#,
        r#"{"user_id":"42","items":["sold-out"],"total":9.5}"#,
        r#"{"user_id":"42","items":["unicorn"],"total":9.5}"#,
        r#"{"user_id":"101","items":["lamp"],"total":9.5}"#,
        r#"{"user_id":"42","items":[],"total":9.5}"#,
        "{",
    ] {
        services.order(body);
    }
    for (method, path) in [
        ("GET", "/api/stock"),
        ("GET", "/api/users/7"),
        ("GET", "/api/users/101"),
        ("GET", "/health"),
        ("GET", "/nothing?at=all"),
        ("BREW", "/api/orders"),
    ] {
        services.shop.ask(method, path, "");
    }
}

#[test]
fn everything_the_services_emit_keeps_to_the_conventions() {
    for protocol in [GRPC, HTTP] {
        let services = Services::with(protocol, &["--payments-timeout-ms=300"], &["--payment-hang-ms=1000"]);
        ask_for_everything(&services);
        services.order(r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_hang"}"#);
        services.shop.backends.payments.kill();
        services.order(GOOD_ORDER);
        services.receiver.wait_for_metric("rpc.server.call.duration", |calls| !calls.is_empty());
        services.shop.backends.inventory.kill();
        services.order(GOOD_ORDER);
        let (receiver, _) = services.stop();

        let found = violations(&receiver, &OWN);

        assert!(found.is_empty(), "{found:#?}");
        for name in ["http.client.request.duration", "rpc.client.call.duration", "rpc.server.call.duration"] {
            assert!(!receiver.metric(name).is_empty(), "no {name}");
        }
    }
}

#[test]
fn nothing_secret_leaves_with_the_telemetry() {
    let receiver = Receiver::start();
    let backends = Backends::seen(&receiver, GRPC, &[]);
    // As credentials get into URLs.
    let with_secrets = |url: &str| url.replace("http://", "http://clerk:in-the-url@");
    let mut gateway = shop();
    gateway
        .arg(format!("--payments-url={}", with_secrets(&backends.payments.url)))
        .arg(format!("--inventory-url={}", with_secrets(&backends.inventory.url)));
    let shop = Shop::before(backends, exporting(&mut gateway, &receiver, GRPC));
    let services = Services { receiver, shop };

    let headers = "authorization: Bearer in-the-header\r\ncookie: session=in-the-cookie\r\n\
                   proxy-authorization: Basic in-the-proxy\r\n";
    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_in-the-body"}"#;
    services.shop.ask_with(headers, "POST", "/api/orders?X-Amz-Signature=in-the-target", order);
    services.shop.ask_with(headers, "GET", "/api/stock?sig=in-the-target", "");
    // Where a number should be: errors of parsers like to tell what they found.
    let misplaced = r#"{"user_id":"42","items":["lamp"],"total":"tok_in-the-body"}"#;
    assert_eq!(services.shop.ask_with(headers, "POST", "/api/orders", misplaced), 400);
    services.shop.backends.payments.kill();
    services.shop.ask_with(headers, "POST", "/api/orders", order);
    let (receiver, outcomes) = services.stop();

    // It would have been there.
    assert!(receiver.holds("REDACTED"), "nothing was there to hide");
    let places = ["url", "header", "cookie", "proxy", "body", "target"];
    for secret in places.map(|place| format!("in-the-{place}")) {
        assert!(!receiver.holds(&secret), "{secret} was exported");
        for outcome in &outcomes {
            assert!(
                !outcome.stdout.contains(&secret) && !outcome.stderr.contains(&secret),
                "{secret} was logged"
            );
        }
    }
}
