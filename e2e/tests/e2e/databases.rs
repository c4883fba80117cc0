//! The shop on databases and through messages: one order is one tree, whichever way its message takes.

use e2e::conventions::violations;
use e2e::tree::without_waits;
use e2e::{Receiver, text_tree};

use crate::backends::Backends;
use crate::process::exporting;
use crate::services::{OWN, assert_drawn};
use crate::shop_process::{GOOD_ORDER, Shop, TRACE, shop};
use crate::stack::{Servers, Stack};
use crate::support::GRPC;

/// What the drawings show beside names, kinds and status.
const SHOWN: [&str; 5] = [
    "service.name",
    "db.system.name",
    "messaging.system.name",
    "http.response.status_code",
    "rpc.status_code",
];

fn story(receiver: &Receiver) -> String {
    text_tree(&without_waits(receiver.story(TRACE)), &SHOWN)
}

#[test]
fn an_order_is_one_tree_from_the_gateway_to_the_worker_in_its_own_process() {
    let receiver = Receiver::start();
    let backends = Backends::seen(&receiver, GRPC, &[]);
    let mut gateway = shop();
    gateway.env("OTEL_BSP_SCHEDULE_DELAY", "10").env_remove("OTEL_SERVICE_NAME");
    let shop = Shop::before(backends, exporting(&mut gateway, &receiver, GRPC));

    assert_eq!(shop.ask("POST", "/api/orders", GOOD_ORDER), 201);
    shop.stop();

    assert_drawn(
        &story(&receiver),
        r#"
        POST /api/orders  server  service.name=gateway  http.response.status_code=201  < b7ad6b7169203331
        └─ processOrder  internal  service.name=gateway
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway  db.system.name=sqlite
           ├─ reserveInventory  internal  service.name=gateway
           │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
           │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
           │        ├─ BEGIN  client  service.name=inventory  db.system.name=sqlite
           │        ├─ UPDATE stock  client  service.name=inventory  db.system.name=sqlite
           │        ├─ UPDATE stock  client  service.name=inventory  db.system.name=sqlite
           │        └─ COMMIT  client  service.name=inventory  db.system.name=sqlite
           ├─ processPayment  internal  service.name=gateway
           │  └─ POST /api/payments  client  service.name=gateway  http.response.status_code=201
           │     └─ POST /api/payments  server  service.name=payments  http.response.status_code=201
           │        └─ chargeCard  internal  service.name=payments
           └─ saveOrder  internal  service.name=gateway
              ├─ BEGIN  client  service.name=gateway  db.system.name=sqlite
              ├─ INSERT orders  client  service.name=gateway  db.system.name=sqlite
              ├─ INSERT outbox  client  service.name=gateway  db.system.name=sqlite
              ├─ COMMIT  client  service.name=gateway  db.system.name=sqlite
              ├─ send order.created  producer  service.name=gateway  messaging.system.name=in_process
              │  └~ process order.created  consumer  service.name=gateway  messaging.system.name=in_process
              │     └─ INSERT shipments  client  service.name=gateway  db.system.name=sqlite
              └─ DELETE outbox  client  service.name=gateway  db.system.name=sqlite
        "#,
    );
}

#[test]
fn an_order_is_one_tree_through_postgresql_and_nats() {
    let servers = Servers::start();
    let stack = Stack::start(&servers);

    assert_eq!(stack.shop.ask("POST", "/api/orders", GOOD_ORDER), 201);
    servers.wait_for_count("SELECT COUNT(*) FROM shipments", 1);
    let (receiver, _) = stack.stop();

    assert_drawn(
        &story(&receiver),
        r#"
        POST /api/orders  server  service.name=gateway  http.response.status_code=201  < b7ad6b7169203331
        └─ processOrder  internal  service.name=gateway
           ├─ validateOrder  internal  service.name=gateway
           │  └─ SELECT users  client  service.name=gateway  db.system.name=postgresql
           ├─ reserveInventory  internal  service.name=gateway
           │  └─ shop.inventory.v1.Inventory/Reserve  client  service.name=gateway  rpc.status_code=OK
           │     └─ shop.inventory.v1.Inventory/Reserve  server  service.name=inventory  rpc.status_code=OK
           │        ├─ BEGIN  client  service.name=inventory  db.system.name=postgresql
           │        ├─ UPDATE stock  client  service.name=inventory  db.system.name=postgresql
           │        ├─ UPDATE stock  client  service.name=inventory  db.system.name=postgresql
           │        └─ COMMIT  client  service.name=inventory  db.system.name=postgresql
           ├─ processPayment  internal  service.name=gateway
           │  └─ POST /api/payments  client  service.name=gateway  http.response.status_code=201
           │     └─ POST /api/payments  server  service.name=payments  http.response.status_code=201
           │        └─ chargeCard  internal  service.name=payments
           └─ saveOrder  internal  service.name=gateway
              ├─ BEGIN  client  service.name=gateway  db.system.name=postgresql
              ├─ INSERT orders  client  service.name=gateway  db.system.name=postgresql
              ├─ INSERT outbox  client  service.name=gateway  db.system.name=postgresql
              ├─ COMMIT  client  service.name=gateway  db.system.name=postgresql
              ├─ publish order.created  producer  service.name=gateway  messaging.system.name=nats
              │  └~ process order.created  consumer  service.name=worker  messaging.system.name=nats
              │     ├─ INSERT shipments  client  service.name=worker  db.system.name=postgresql
              │     └─ ack order.created  client  service.name=worker  messaging.system.name=nats
              └─ DELETE outbox  client  service.name=gateway  db.system.name=postgresql
        "#,
    );
    let found = violations(&receiver, &OWN);
    assert!(found.is_empty(), "{found:#?}");
    for name in ["db.client.operation.duration", "db.client.connection.count", "messaging.process.duration"] {
        assert!(!receiver.metric(name).is_empty(), "no {name}");
    }
}
