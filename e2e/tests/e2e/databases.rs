//! The shop on databases and through messages: one order is one tree, whichever way its message takes.

use e2e::conventions::violations;
use e2e::{Receiver, text_tree};

use crate::services::{OWN, assert_drawn};
use crate::shop_process::{GOOD_ORDER, Shop, TRACE, shop};
use crate::stack::{Servers, Stack};
use crate::support::GRPC;
use crate::{backends::Backends, process::exporting};

/// What the drawings show beside names, kinds and status.
const SHOWN: [&str; 5] = [
    "service.name",
    "db.system.name",
    "messaging.system.name",
    "http.response.status_code",
    "rpc.status_code",
];

fn story(receiver: &Receiver) -> String {
    text_tree(&receiver.story(TRACE), &SHOWN)
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

    assert_drawn(&story(&receiver), "");
}

#[test]
fn an_order_is_one_tree_through_postgresql_and_nats() {
    let servers = Servers::start();
    let stack = Stack::start(&servers);

    assert_eq!(stack.shop.ask("POST", "/api/orders", GOOD_ORDER), 201);
    servers.wait_for_count("SELECT COUNT(*) FROM shipments", 1);
    let (receiver, _) = stack.stop();

    assert_drawn(&story(&receiver), "");
    let found = violations(&receiver, &OWN);
    assert!(found.is_empty(), "{found:#?}");
    for name in ["db.client.operation.duration", "db.client.connection.count", "messaging.process.duration"] {
        assert!(!receiver.metric(name).is_empty(), "no {name}");
    }
}
