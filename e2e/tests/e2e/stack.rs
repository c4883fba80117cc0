//! The whole shop as processes, with a database that lasts and, if a test wants, NATS between gateway and worker.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

use e2e::Receiver;
use e2e::program::{Answer, try_ask};
use serde_json::Value;
use servers::{Nats, Postgres};
use sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;

use crate::backends::{Backend, Backends, command};
use crate::process::{Outcome, exporting};
use crate::shop_process::{Shop, shop};
use crate::support::{GRPC, eventually};

/// PostgreSQL and NATS.
pub(crate) struct Servers {
    pub(crate) postgres: Postgres,
    pub(crate) nats: Nats,
}

/// Gateway, inventory, payments and worker, all of them seen by one receiver.
pub(crate) struct Stack {
    pub(crate) receiver: Receiver,
    pub(crate) shop: Shop,
    /// None while it is dead.
    pub(crate) worker: Option<Backend>,
}

impl Servers {
    pub(crate) fn start() -> Self {
        Self { postgres: Postgres::start(), nats: Nats::start() }
    }

    fn used_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DATABASE_URL", self.postgres.url()).env("NATS_URL", self.nats.url())
    }

    /// How many rows a statement counts.
    pub(crate) fn count(&self, statement: &'static str) -> i64 {
        count(&self.postgres.url(), statement)
    }

    /// What a statement finds.
    pub(crate) fn ids(&self, statement: &'static str) -> BTreeSet<String> {
        in_database(&self.postgres.url(), async |pool| {
            let ids: Vec<String> = sqlx::query_scalar(statement).fetch_all(pool).await.unwrap();
            ids.into_iter().collect()
        })
    }

    /// Waits until it is so many.
    pub(crate) fn wait_for_count(&self, statement: &'static str, expected: i64) {
        eventually(statement, || match self.count(statement) {
            count if count == expected => Ok(()),
            count => Err(count),
        });
    }
}

/// Counts in a database, from outside of the shop.
pub(crate) fn count(url: &str, statement: &'static str) -> i64 {
    in_database(url, async |pool| sqlx::query_scalar(statement).fetch_one(pool).await.unwrap())
}

fn in_database<T>(url: &str, work: impl AsyncFnOnce(&AnyPool) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new().max_connections(1).connect(url).await.unwrap();
        let outcome = work(&pool).await;
        pool.close().await;
        outcome
    })
}

impl Stack {
    pub(crate) fn start(servers: &Servers) -> Self {
        Self::with(servers, &[], &[])
    }

    pub(crate) fn with(servers: &Servers, of_gateway: &[&str], of_worker: &[&str]) -> Self {
        let receiver = Receiver::start();
        let (mut inventory, mut payments) = (command("inventory"), command("payments"));
        let backends =
            [servers.used_by(&mut inventory), &mut payments].map(|one| exporting(one, &receiver, GRPC));
        let backends = Backends::start(backends);
        let worker = Some(worker(servers, &receiver, of_worker));
        let mut gateway = shop();
        gateway
            .args(of_gateway)
            .env("OTEL_BSP_SCHEDULE_DELAY", "10")
            .env("OTEL_METRIC_EXPORT_INTERVAL", "50");
        gateway.env_remove("OTEL_SERVICE_NAME");
        let shop = Shop::before(backends, exporting(servers.used_by(&mut gateway), &receiver, GRPC));
        Self { receiver, shop, worker }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.shop.address()
    }

    pub(crate) fn kill_worker(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.kill();
        }
    }

    pub(crate) fn start_worker(&mut self, servers: &Servers, flags: &[&str]) {
        self.worker = Some(worker(servers, &self.receiver, flags));
    }

    /// In the order of the flow; what each of them said.
    pub(crate) fn stop(self) -> (Receiver, Vec<Outcome>) {
        self.shop.process.signal(rustix::process::Signal::TERM);
        let gateway = self.shop.process.wait();
        let worker = self.worker.map(Backend::stop);
        let outcomes = [gateway].into_iter().chain(worker).chain(self.shop.backends.stop());
        (self.receiver, outcomes.collect())
    }
}

fn worker(servers: &Servers, receiver: &Receiver, flags: &[&str]) -> Backend {
    let mut command = command("worker");
    command.args(flags).env("OTEL_BLRP_SCHEDULE_DELAY", "10");
    Backend::start("worker", exporting(servers.used_by(&mut command), receiver, GRPC))
}

/// Orders something; the order's id if it was acknowledged, the status if not. `Err(0)` without an answer.
pub(crate) fn order(address: SocketAddr, body: &str) -> Result<String, u16> {
    match try_ask(address, "POST /api/orders", "content-type: application/json\r\n", body) {
        Some(Answer { status: 201, body }) => {
            let body: Value = serde_json::from_str(&body).unwrap();
            Ok(body["order_id"].as_str().unwrap().to_owned())
        }
        Some(Answer { status, .. }) => Err(status),
        None => Err(0),
    }
}
