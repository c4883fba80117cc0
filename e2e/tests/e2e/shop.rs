//! The shop as a process: requests over real sockets, and the traces that the receiver gets of them.

use e2e::tree::{attribute, without_waits};
use e2e::{Receiver, dedent, text_tree};
use opentelemetry_proto::tonic::common::v1::any_value::Value;

use crate::process::exporting;
use crate::shop_process::{GOOD_ORDER, Shop, TRACE, assert_clean, shop};
use crate::support::{GRPC, HTTP};

/// What the drawings show of the spans.
const SHOWN: [&str; 5] =
    ["http.response.status_code", "order.items_count", "payment.status", "db.operation.name", "error.type"];

/// Starts a shop, asks it for one thing, stops it, and draws the trace of that.
fn tree_of(protocol: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let receiver = Receiver::start();
    let shop = Shop::start(&receiver, protocol);

    let status = shop.ask(method, path, body);
    let outcome = shop.stop();

    assert_clean(&outcome);
    (status, text_tree(&without_waits(receiver.trace(TRACE)), &SHOWN))
}

#[test]
fn an_order_is_four_steps_under_one_process_in_the_callers_trace() {
    for protocol in [GRPC, HTTP] {
        let (status, tree) = tree_of(protocol, "POST", "/api/orders", GOOD_ORDER);

        assert_eq!(status, 201);
        let expected = dedent(
            "
            POST /api/orders  server  http.response.status_code=201  order.items_count=2  < b7ad6b7169203331
            └─ processOrder  internal
               ├─ validateOrder  internal
               │  └─ SELECT users  client  db.operation.name=SELECT
               ├─ reserveInventory  internal
               │  └─ shop.inventory.v1.Inventory/Reserve  client
               ├─ processPayment  internal  payment.status=approved
               │  └─ POST /api/payments  client  http.response.status_code=201
               └─ saveOrder  internal
                  ├─ BEGIN  client  db.operation.name=BEGIN
                  ├─ INSERT orders  client  db.operation.name=INSERT
                  ├─ INSERT outbox  client  db.operation.name=INSERT
                  ├─ COMMIT  client  db.operation.name=COMMIT
                  ├─ send order.created  producer
                  └─ DELETE outbox  client  db.operation.name=DELETE
            ",
        );
        assert_eq!(tree, expected, "\n{tree}");
    }
}

#[test]
fn an_order_that_fails_shows_where() {
    let order = r#"{"user_id":"42","items":["sold-out"],"total":9.5}"#;
    let (status, tree) = tree_of(GRPC, "POST", "/api/orders", order);

    assert_eq!(status, 500);
    let expected = dedent(
        r#"
        POST /api/orders  server  ERROR ""  http.response.status_code=500  order.items_count=1  error.type=500  < b7ad6b7169203331
        └─ processOrder  internal  ERROR "the item \"sold-out\" cannot be reserved: none left"  error.type=sold_out
           ├─ validateOrder  internal
           │  └─ SELECT users  client  db.operation.name=SELECT
           └─ reserveInventory  internal  ERROR "the item \"sold-out\" cannot be reserved: none left"  error.type=sold_out  +exception
              └─ shop.inventory.v1.Inventory/Reserve  client  ERROR "the item \"sold-out\" cannot be reserved: none left"  error.type=FAILED_PRECONDITION
        "#,
    );
    assert_eq!(tree, expected, "\n{tree}");
}

#[test]
fn each_other_route_and_answer_is_one_trace() {
    for (method, path, body, answered, drawing) in [
        (
            "GET",
            "/health",
            "",
            200,
            "GET /health  server  http.response.status_code=200  < b7ad6b7169203331\n",
        ),
        (
            "GET",
            "/api/users/7",
            "",
            200,
            "GET /api/users/{id}  server  http.response.status_code=200  < b7ad6b7169203331\n\
             └─ SELECT users  client  db.operation.name=SELECT\n",
        ),
        (
            "GET",
            "/api/users/101",
            "",
            404,
            "GET /api/users/{id}  server  http.response.status_code=404  < b7ad6b7169203331\n\
             └─ SELECT users  client  db.operation.name=SELECT\n",
        ),
        (
            "POST",
            "/api/orders",
            "{",
            400,
            "POST /api/orders  server  http.response.status_code=400  < b7ad6b7169203331\n",
        ),
        (
            "DELETE",
            "/api/orders",
            "",
            405,
            "DELETE /api/orders  server  http.response.status_code=405  < b7ad6b7169203331\n",
        ),
        ("GET", "/nothing", "", 404, "GET  server  http.response.status_code=404  < b7ad6b7169203331\n"),
    ] {
        let (status, tree) = tree_of(HTTP, method, path, body);

        assert_eq!(status, answered, "{method} {path}");
        assert_eq!(tree, drawing, "{method} {path}\n{tree}");
    }
}

#[test]
fn a_shop_that_is_told_to_stop_answers_and_loses_nothing() {
    let receiver = Receiver::start();
    // Without a schedule to speak of, what is delivered is delivered by the shutdown.
    let mut command = shop();
    command.env("OTEL_BSP_SCHEDULE_DELAY", "3600000");
    let shop = Shop::run(exporting(&mut command, &receiver, GRPC));

    for _ in 0..20 {
        assert_eq!(shop.ask("POST", "/api/orders", GOOD_ORDER), 201);
    }
    let outcome = shop.stop();

    assert_clean(&outcome);
    let unique = receiver.unique_spans();
    assert!(
        outcome.stderr.contains(&format!("otlp_grpc_span_exporter: {unique} spans exported; ")),
        "{outcome:?}"
    );
    // From the first span of an order to the last, which the worker and the relay have after the answer.
    for name in
        ["POST /api/orders", "saveOrder", "process order.created", "INSERT shipments", "DELETE outbox"]
    {
        assert_eq!(
            receiver.spans().iter().filter(|received| received.span.name == name).count(),
            20,
            "{name}"
        );
    }
    for received in receiver.spans() {
        let of_service = |key| received.resource.attributes.iter().find(|attribute| attribute.key == key);
        let name = of_service("service.name").unwrap().value.clone().unwrap().value;
        assert_eq!(name, Some(Value::StringValue("shop".into())));
        assert!(of_service("service.instance.id").is_some());
    }
}

#[test]
fn a_request_without_a_parent_starts_a_trace_that_says_it_is_random() {
    let receiver = Receiver::start();
    let shop = Shop::start(&receiver, GRPC);

    assert_eq!(shop.ask_with("", "GET", "/health", ""), 200);
    assert_clean(&shop.stop());

    let spans = receiver.spans();
    let span = &spans.iter().find(|received| received.span.name == "GET /health").unwrap().span;
    assert!(span.parent_span_id.is_empty());
    assert_eq!(span.flags & 0x03, 0x03, "sampled and random");
    assert_eq!(attribute(span, "url.path"), Some(&Value::StringValue("/health".into())));
}

#[test]
fn without_a_collector_the_shop_draws_its_traces() {
    let shop = Shop::run(&mut shop());

    assert_eq!(shop.ask("POST", "/api/orders", GOOD_ORDER), 201);
    let outcome = shop.stop();

    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    for name in [
        "POST /api/orders",
        "processOrder",
        "validateOrder",
        "reserveInventory",
        "processPayment",
        "saveOrder",
    ] {
        assert!(outcome.stdout.contains(name), "{name} is missing in:\n{}", outcome.stdout);
    }
}
