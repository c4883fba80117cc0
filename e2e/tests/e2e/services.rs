//! One request through the gateway, the inventory and the payments: one trace, whatever becomes of it.

use std::io::Write as _;

use e2e::conventions::violations;
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
const OWN: [&str; 10] = [
    "shop.",
    "order.",
    "payment.",
    "validation.",
    "stock.",
    "user_id",
    "action",
    "connections.",
    "tokio.runtime.",
    "pilotlight.",
];

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

fn tree(receiver: &Receiver) -> String {
    text_tree(&receiver.trace_across_services(TRACE), &SHOWN)
}

fn assert_drawn(tree: &str, expected: &str) {
    assert_eq!(tree, dedent(expected), "\n{tree}");
}

#[test]
fn an_order_is_one_trace_through_three_services() {
    for protocol in [GRPC, HTTP] {
        let services = Services::start(protocol);

        assert_eq!(services.order(GOOD_ORDER), 201);

        assert_drawn(&services.tree(), "");
    }
}

#[test]
fn a_card_that_is_declined_fails_the_payment_and_releases_what_was_reserved() {
    let services = Services::start(GRPC);

    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_declined"}"#;
    assert_eq!(services.order(order), 500);

    assert_drawn(&services.tree(), "");
}

#[test]
fn an_empty_shelf_fails_the_reservation_where_the_shelf_is() {
    let services = Services::start(HTTP);

    let order = r#"{"user_id":"42","items":["sold-out"],"total":9.5}"#;
    assert_eq!(services.order(order), 500);

    assert_drawn(&services.tree(), "");
}

#[test]
fn payments_that_are_down_are_asked_three_times() {
    let services = Services::start(GRPC);
    services.shop.backends.payments.kill();

    assert_eq!(services.order(GOOD_ORDER), 503);

    assert_drawn(&services.tree(), "");
}

#[test]
fn an_inventory_that_is_down_fails_the_reservation() {
    let services = Services::start(GRPC);
    services.shop.backends.inventory.kill();

    assert_eq!(services.order(GOOD_ORDER), 503);

    assert_drawn(&services.tree(), "");
}

#[test]
fn payments_that_hang_past_their_time_are_asked_again() {
    let hang = ["--payment-hang-ms=60000"];
    let services = Services::with(GRPC, &["--payments-timeout-ms=500"], &hang);

    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_hang"}"#;
    assert_eq!(services.order(order), 201);

    assert_drawn(&services.tree(), "");
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
    // What has ended by the time the payment is under way: validation, its query, and the reservation's three.
    services.receiver.wait_for_spans(5);
    drop(connection);

    assert_drawn(&services.tree(), "");
}

#[test]
fn the_stock_is_one_streaming_call() {
    let services = Services::start(GRPC);

    assert_eq!(services.shop.ask("GET", "/api/stock", ""), 200);

    assert_drawn(&services.tree(), "");
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
    // As credentials get into URLs: before the host, and as a signature behind the path.
    let with_secrets = |url: &str| url.replace("http://", "http://clerk:in-the-url@");
    let mut gateway = shop();
    gateway
        .arg(format!("--payments-url={}?sig=in-the-query", with_secrets(&backends.payments.url)))
        .arg(format!("--inventory-url={}", with_secrets(&backends.inventory.url)));
    let shop = Shop::before(backends, exporting(&mut gateway, &receiver, GRPC));
    let services = Services { receiver, shop };

    let headers = "authorization: Bearer in-the-header\r\ncookie: session=in-the-cookie\r\n\
                   proxy-authorization: Basic in-the-proxy\r\n";
    let order = r#"{"user_id":"42","items":["lamp"],"total":9.5,"card":"tok_in-the-body"}"#;
    services.shop.ask_with(headers, "POST", "/api/orders?X-Amz-Signature=in-the-target", order);
    services.shop.ask_with(headers, "GET", "/api/stock?sig=in-the-target", "");
    services.shop.backends.payments.kill();
    services.shop.ask_with(headers, "POST", "/api/orders", order);
    let (receiver, outcomes) = services.stop();

    // It would have been there.
    assert!(receiver.holds("REDACTED"), "nothing was there to hide");
    let places = ["url", "query", "header", "cookie", "proxy", "body", "target"];
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
