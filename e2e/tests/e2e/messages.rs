//! Databases and brokers that die under load, and workers that die at work: nothing that was acknowledged is lost or done twice.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use e2e::receiver::ReceivedSpan;
use e2e::tree::attribute;
use e2e::{Receiver, tree};

use crate::shop_process::GOOD_ORDER;
use crate::stack::{Servers, Stack, order};
use crate::support::eventually;

const ORDERS: &str = "SELECT COUNT(*) FROM orders";
const SHIPMENTS: &str = "SELECT COUNT(*) FROM shipments";
const OUTBOX: &str = "SELECT COUNT(*) FROM outbox";
const NOT_SHIPPED: &str =
    "SELECT COUNT(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM shipments WHERE order_id = orders.id)";

/// Clients that order without a pause, and what they were told.
#[derive(Default)]
struct Clients {
    acknowledged: Mutex<Vec<String>>,
    refused: Mutex<Vec<u16>>,
    done: AtomicBool,
}

impl Clients {
    fn order_until_done(&self, stack: &Stack) {
        while !self.done.load(Ordering::Relaxed) {
            match order(stack.address(), GOOD_ORDER) {
                Ok(id) => self.acknowledged.lock().unwrap().push(id),
                Err(status) => self.refused.lock().unwrap().push(status),
            }
        }
    }

    /// Waits until so many more orders were acknowledged than now.
    fn wait_for_more(&self, count: usize) {
        let enough = self.acknowledged.lock().unwrap().len() + count;
        eventually("orders are acknowledged", || match self.acknowledged.lock().unwrap().len() {
            now if now >= enough => Ok(()),
            now => Err((now, self.refused.lock().unwrap().len())),
        });
    }

    fn wait_for_refusals(&self, count: usize) {
        let enough = self.refused.lock().unwrap().len() + count;
        eventually("orders are refused", || match self.refused.lock().unwrap().len() {
            now if now >= enough => Ok(()),
            now => Err(now),
        });
    }
}

#[test]
fn a_database_and_a_broker_that_die_under_load_lose_and_double_no_order() {
    let mut servers = Servers::start();
    let stack = Stack::with(&servers, &[], &["--nats-ack-wait-ms=5000"]);
    let clients = Clients::default();

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| clients.order_until_done(&stack));
        }
        clients.wait_for_more(20);
        servers.postgres.kill();
        clients.wait_for_refusals(1);
        eventually("it is told that the database is away", || failed_in_database(&stack.receiver));
        servers.postgres.start_again();
        clients.wait_for_more(20);
        servers.nats.kill();
        // Orders are taken all the same.
        clients.wait_for_more(20);
        eventually("it is told that messages wait", || failed_to_publish(&stack.receiver));
        servers.nats.start_again();
        clients.wait_for_more(20);
        servers.nats.kill();
        servers.postgres.kill();
        servers.postgres.start_again();
        servers.nats.start_again();
        clients.wait_for_more(20);
        clients.done.store(true, Ordering::Relaxed);
    });
    servers.wait_for_count(OUTBOX, 0);
    servers.wait_for_count(NOT_SHIPPED, 0);
    let (receiver, outcomes) = stack.stop();

    let acknowledged = clients.acknowledged.into_inner().unwrap();
    let ids: HashSet<&String> = acknowledged.iter().collect();
    assert_eq!(ids.len(), acknowledged.len(), "an order was acknowledged twice");
    let orders = servers.ids("SELECT id FROM orders");
    assert!(ids.iter().all(|id| orders.contains(*id)), "an order was lost");
    assert_eq!(orders, servers.ids("SELECT order_id FROM shipments"));
    assert_tells_the_story(&receiver);
    for secret in ["s3cret", "clerk"] {
        assert!(!receiver.holds(secret), "{secret} was exported");
        for outcome in &outcomes {
            assert!(
                !outcome.stdout.contains(secret) && !outcome.stderr.contains(secret),
                "{secret} was logged"
            );
        }
    }
}

fn failed_to_publish(receiver: &Receiver) -> Result<(), String> {
    let failed = |span: &ReceivedSpan| {
        span.span.name == "publish order.created" && attribute(&span.span, "error.type").is_some()
    };
    if receiver.spans().iter().any(failed) { Ok(()) } else { Err("no span says so".into()) }
}

/// A statement, or the wait for a connection.
fn failed_in_database(receiver: &Receiver) -> Result<(), String> {
    let failed = |span: &ReceivedSpan| {
        ["db.system.name", "error.type"].iter().all(|key| attribute(&span.span, key).is_some())
    };
    if receiver.spans().iter().any(failed) { Ok(()) } else { Err("no span says so".into()) }
}

/// The database's failures are in its metrics, too, and so are the broker's.
fn assert_tells_the_story(receiver: &Receiver) {
    let has = |name: &str, key: &str| {
        let points = receiver.metric(name);
        points.all().iter().any(|point| point.point.attributes().iter().any(|attribute| attribute.key == key))
    };
    let statements = has("db.client.operation.duration", "error.type");
    let waits = !receiver.metric("db.client.connection.timeouts").is_empty();
    assert!(statements || waits, "no metric tells of the database");
    assert!(has("messaging.client.operation.duration", "error.type"), "no metric tells of a failed message");
    assert!(has("shop.messages", "error.type"), "no metric tells of messages that had to wait");
    let logs = receiver.logs();
    let said = |words: &str| logs.iter().any(|log| log.body().is_some_and(|body| body.contains(words)));
    for words in [
        "Disconnected from NATS",
        "Connected to NATS",
        "Messages cannot be handed over",
        "Messages can be handed over again",
    ] {
        assert!(said(words), "nobody said {words:?}");
    }
}

#[test]
fn a_worker_that_dies_at_work_leaves_the_rest_to_the_next() {
    let servers = Servers::start();
    let never = ["--shipping-latency-ms=3600000", "--nats-ack-wait-ms=2000"];
    let mut stack = Stack::with(&servers, &[], &never);
    order(stack.address(), GOOD_ORDER).unwrap();
    eventually("the worker is at work", || {
        let logs = stack.receiver.logs();
        if logs.iter().any(|log| log.body().as_deref() == Some("Shipping")) {
            Ok(())
        } else {
            Err("it is not")
        }
    });

    stack.kill_worker();
    stack.start_worker(&servers, &["--nats-ack-wait-ms=2000"]);
    servers.wait_for_count(SHIPMENTS, 1);
    let (receiver, _) = stack.stop();

    assert_eq!((servers.count(ORDERS), servers.count(SHIPMENTS), servers.count(OUTBOX)), (1, 1, 0));
    let deliveries: Vec<String> = receiver
        .spans()
        .iter()
        .filter(|span| span.span.name == "process order.created")
        .filter_map(|span| attribute(&span.span, "messaging.nats.message.delivery_count").map(tree::show))
        .collect();
    assert_eq!(deliveries, ["2"], "the first worker did not live to tell");
}
